// Decides where the calls of each number group go: flip, and staged failback.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/chronicle.h"
#include "detector/facts.h"

namespace dialtone::detector {

// A group that an automatic flip has moved off its home route.
struct Away {
  absl::Time since = absl::InfinitePast();
  std::string backup = {};
  std::uint64_t diagnosis = 0;                      // that moved it last
  absl::Time clean_since = absl::InfiniteFuture();  // nothing accuses its home route any more
  int step = -1;                                    // of Policy::failback_steps in force; -1: none
  absl::Time step_since = absl::InfinitePast();
};

// One group: what is wanted for it, and what the plan remembers.
struct GroupStanding {
  std::optional<GroupRoute> wanted = {};  // nothing until its router was read
  std::optional<Away> away = {};
  std::vector<absl::Time> flips = {};  // automatic ones of the last hour, oldest first
  // A route set past the detector that was adopted already: shown again it is no news.
  std::optional<GroupRoute> break_glass = {};
  std::string guard = {};       // that refuses a flip now; empty: none
  std::string blocked_by = {};  // the same in words
};

// Turns diagnoses into wanted routes, within holds and limits, each with its reason.
//
// A flip waits until its diagnosis has lasted as the policy asks, passes every guard, and goes in
// waves. It stays for a while whatever happens, then comes home in steps; a new fault during the
// steps sends it back at once. Everything is decided anew at every event from what is true; timers
// are only moments that the agenda is asked about.
class Plan {
 public:
  explicit Plan(const Fleet& fleet) : groups_(fleet.groups.size()) {}

  void Decide(const Facts& facts, Agenda* agenda, Chronicle* chronicle);

  // A router was read. Groups unknown so far take its route as wanted; one that stands off home by
  // AUTO restarts its stay. Returns the groups that a human had moved and nobody holds: the caller
  // sets a hold for each.
  std::vector<GroupIndex> Adopt(const Facts& facts, const RouterReport& report, absl::Time now);

  // An operator's order: all calls of the group to `route`.
  void Order(GroupIndex group, GroupRoute route);
  // A hold on a group that stands off home is over: it comes home as if a flip had moved it.
  void Release(const Facts& facts, GroupIndex group, absl::Time now);

  const GroupStanding& standing(GroupIndex group) const {
    return groups_[static_cast<std::size_t>(group)];
  }
  // What happens next and when, one sentence each.
  std::vector<std::string> NextSteps(const Facts& facts, absl::Time now) const;

  void Save(const Fleet& fleet, std::map<std::string, std::string>* journal) const;
  void Restore(const Fleet& fleet, const std::map<std::string, std::string>& journal);

 private:
  using Guard = std::pair<std::string, std::string>;  // its name, and why in words
  // What leads groups off their home route now, diagnosis by diagnosis.
  using Candidates = std::map<std::uint64_t, std::vector<GroupIndex>>;
  // Groups that take the same step home at the same moment: one occurrence.
  struct HomeStep {
    std::string home_route = {};
    int percent = 0;
    std::uint64_t diagnosis = 0;
    auto operator<=>(const HomeStep&) const = default;
  };
  using Homecoming = std::map<HomeStep, std::vector<GroupIndex>>;

  GroupStanding& At(GroupIndex group) { return groups_[static_cast<std::size_t>(group)]; }

  void DecideFlips(const Facts& facts, Agenda* agenda, Chronicle* chronicle);
  std::optional<Guard> Refusal(const Facts& facts, GroupIndex group, Agenda* agenda) const;
  std::vector<GroupIndex> WithinLimits(const Facts& facts, const ActiveDiagnosis& active,
                                       std::vector<GroupIndex> groups, Agenda* agenda);
  void Flip(const Facts& facts, const ActiveDiagnosis& active,
            const std::vector<GroupIndex>& groups, absl::Time now, Chronicle* chronicle);
  void Block(const Facts& facts, const std::map<GroupIndex, Guard>& blocked, absl::Time now,
             Chronicle* chronicle);

  void DecideFailback(const Facts& facts, GroupIndex group, Agenda* agenda, Homecoming* homecoming);
  bool IsClean(const Facts& facts, GroupIndex group, Agenda* agenda) const;
  bool HasStayed(const Facts& facts, const GroupStanding& standing, Agenda* agenda) const;
  void Step(const Facts& facts, GroupIndex group, absl::Time now, Homecoming* homecoming);

  std::vector<GroupStanding> groups_;
  std::map<std::uint64_t, absl::Time> first_wave_;  // by diagnosis
};

// How long a diagnosis of that scope and domain must last before numbers move.
absl::Duration PersistenceOf(const Policy& policy, const Diagnosis& diagnosis);

}  // namespace dialtone::detector
