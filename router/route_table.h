// Wanted and confirmed routes of all groups, and who may change them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "router/hop_calls.h"
#include "router/hop_states.h"
#include "router/inventory.h"
#include "router/plan_text.h"
#include "router/proposal.h"
#include "router/proposal_rules.h"
#include "router/speed_limit.h"
#include "router/topology.h"

namespace dialtone::router {

// The plan that a group should have, for the voice layer.
struct GroupPlan {
  std::string group;
  Plan plan;

  bool operator==(const GroupPlan&) const = default;
};

// What the voice layer has for a group. Nothing: no plan, or none that can be read.
struct PlanReading {
  std::string group;
  std::optional<Plan> plan;

  bool operator==(const PlanReading&) const = default;
};

// What outlives the program: the last accepted table. Hop states are not in it.
struct StoredTable {
  Version version;
  std::vector<GroupWish> groups;
};

// One group as the table knows it.
struct GroupState {
  const Group* group = nullptr;
  uint64_t numbers = 0;
  std::optional<GroupWish> wanted;  // absent: no writer ever named it
  Plan plan;                        // what the voice layer is asked for now
  bool waiting = false;             // for the speed limit: `plan` is still the one before
  std::optional<Plan> confirmed;    // what the voice layer last read back
  std::optional<absl::Time> confirmed_time;
  std::optional<absl::Time>
      asked_time;  // when the wanted route was accepted, until it is confirmed

  // What is wanted is what was read back.
  bool in_sync() const { return !waiting && confirmed == plan; }
};

// Holds what is wanted and what is confirmed, and refuses a writer that has been replaced. Pure: it
// is told the time. A group that no writer ever named keeps the route it is found on.
class RouteTable {
 public:
  // The topology must outlive the table. `groups_per_10s` as in RouterConfig; 0: no limit.
  RouteTable(const Topology& topology, const Inventory& inventory, size_t groups_per_10s);

  // At the start, before anything else: what was accepted before. Gives the names of groups that
  // cannot be restored, because the configuration dropped them or the routes that they were on.
  std::vector<std::string> Restore(const StoredTable& stored);

  // What becomes of `proposal` if it is accepted now. Nothing changes.
  Judgement Judge(const Proposal& proposal, Writer writer) const;

  // The wishes of `proposal` that are not wanted as they are: what has to be stored before
  // Accept().
  std::vector<GroupWish> Changed(const Proposal& proposal) const;

  // Takes a proposal for which Judge() said accepted: all of it.
  void Accept(Proposal proposal, absl::Time now);

  // The writer of `version` is still there: its hop states live on. False unless it is the last
  // accepted one and its hop states are known, which they are not after a restart until it proposes
  // again.
  bool Renew(Version version, absl::Time now);

  // The voice layer was looked at, or (Lost) not reached.
  void ObserveCalls(std::vector<HopCounters> counters, absl::Time now);
  void LostCalls(absl::Time now);

  // The voice layer read back plans. Gives how long the routes that are confirmed by this took.
  std::vector<absl::Duration> Confirm(const std::vector<PlanReading>& readings, absl::Time now);

  // A plan found where the voice layer would start from: kept by a group that no writer ever named.
  void Keep(const PlanReading& reading);

  // Lets leases end and waiting groups through.
  void Advance(absl::Time now);

  // When Advance() next has something to do.
  absl::Time NextWake() const;

  // Ascending by name.
  const std::vector<GroupState>& groups() const { return groups_; }
  const GroupState* Find(absl::string_view group) const;

  // What the voice layer should have, ascending by group. plans_serial() rises when it changes.
  std::vector<GroupPlan> Plans() const;
  uint64_t plans_serial() const { return plans_serial_; }

  // Rises when what is confirmed of any group changes.
  uint64_t confirmed_serial() const { return confirmed_serial_; }

  const Version& version() const { return version_; }
  const HopStates& hop_states() const { return hop_states_; }
  const CallWindow& calls() const { return calls_; }

 private:
  GroupState* FindMutable(absl::string_view group);
  bool SameContent(const Proposal& proposal) const;
  void SetPlan(GroupState* state, Plan plan);
  void TakeWish(GroupWish wish, absl::Time now);

  const ProposalRules rules_;
  std::vector<GroupState> groups_;
  absl::flat_hash_map<std::string, size_t> index_;
  SpeedLimit speed_limit_;
  Version version_;
  HopStates hop_states_;
  CallWindow calls_;
  size_t waiting_ = 0;  // groups
  size_t named_ = 0;    // groups that a writer named
  uint64_t plans_serial_ = 1;
  uint64_t confirmed_serial_ = 0;
};

}  // namespace dialtone::router
