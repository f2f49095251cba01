// What a writer asks for: the whole table, as plain data, and what may be wrong with it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "router/plan_text.h"

namespace dialtone::router {

// Fences writers: a writer that has been replaced has a lower epoch. Both count from 1.
struct Version {
  uint64_t epoch = 0;
  uint64_t generation = 0;

  auto operator<=>(const Version&) const = default;
};

// Who asked for a route; see Origin in route.proto. kUnset: not said, refused.
enum class Origin { kUnset, kAuto, kOperator, kBreakGlass };

// How a next hop is tried; see HopState in route.proto. kUnset: not said, refused.
enum class HopState { kUnset, kNormal, kLastInRoute, kAfterBackups };

// The wanted route of one group.
struct GroupWish {
  std::string group;
  std::vector<Share> shares;
  bool ignore_hop_states = false;
  Origin origin = Origin::kUnset;
  std::string reason;
  std::optional<absl::Time> since;

  bool operator==(const GroupWish&) const = default;
};

// The wanted state of one next hop.
struct HopWish {
  std::string hop;
  HopState state = HopState::kUnset;
  int percent = 0;
  std::string reason;

  bool operator==(const HopWish&) const = default;
};

// A hop state that is not in force, and why.
struct RefusedHop {
  std::string hop;
  std::string reason;

  bool operator==(const RefusedHop&) const = default;
};

// One SetRoutes.
struct Proposal {
  Version version;
  std::vector<GroupWish> groups = {};
  std::vector<HopWish> hop_states = {};
};

// Who proposes, from the certificate. kAnyone: the plaintext loopback server of a development
// machine.
enum class Writer { kDetector, kOperator, kAnyone };

// What becomes of a proposal: the closed set of dialtone_router_proposals_total{result}.
enum class ProposalResult {
  kAccepted,
  kRepeated,      // the last accepted one again
  kOlder,         // than the last accepted one
  kConflicting,   // the version of the last accepted one with other content
  kShrunk,        // a group of the last accepted one is missing
  kInvalid,       // names, shares, percentages, texts
  kTooMany,       // entries
  kNotPermitted,  // the origin is not the writer's
  kNotStored,     // good, but the disk did not take it
  kBusy,          // too many proposals wait
};

// All of them, in order, for metrics.
inline constexpr ProposalResult kAllProposalResults[] = {
    ProposalResult::kAccepted,    ProposalResult::kRepeated,     ProposalResult::kOlder,
    ProposalResult::kConflicting, ProposalResult::kShrunk,       ProposalResult::kInvalid,
    ProposalResult::kTooMany,     ProposalResult::kNotPermitted, ProposalResult::kNotStored,
    ProposalResult::kBusy};

// The result and, for the writer, what was given and what was expected.
struct Judgement {
  ProposalResult result = ProposalResult::kAccepted;
  std::string reason;

  bool accepted() const {
    return result == ProposalResult::kAccepted || result == ProposalResult::kRepeated;
  }
};

// The words of metrics, logs and texts: "accepted", "auto", "last_in_route".
absl::string_view ToString(ProposalResult result);
absl::string_view ToString(Origin origin);
absl::string_view ToString(HopState state);

}  // namespace dialtone::router
