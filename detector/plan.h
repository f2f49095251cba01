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
#include "detector/cap.h"
#include "detector/chronicle.h"
#include "detector/facts.h"

namespace dialtone::detector {

// A group that an automatic flip has moved off its home route.
struct Away {
  absl::Time since = absl::InfinitePast();
  std::string backup = {};
  std::uint64_t diagnosis = 0;                      // that moved it last
  bool is_wide = false;                             // that one was a region's or everyone's
  absl::Time clean_since = absl::InfiniteFuture();  // nothing accuses its home route any more
  int step = -1;                                    // of Policy::failback_steps in force; -1: none
  absl::Time step_since = absl::InfinitePast();
  bool operator==(const Away&) const = default;
};

// One group: what is wanted for it, and what the plan remembers.
struct GroupStanding {
  std::optional<GroupRoute> wanted = {};  // nothing until its router was read
  std::optional<Away> away = {};
  std::vector<absl::Time> flips = {};  // automatic ones of the last hour, oldest first
  // The fault came back after its home route had been clean this long: the longest of the last
  // hour. It may do so again.
  absl::Duration lull = absl::ZeroDuration();
  absl::Time clean_since = absl::InfiniteFuture();  // no fault was confirmed since
  // A route set past the detector that was adopted already: shown again it is no news.
  std::optional<GroupRoute> break_glass = {};
  std::string guard = {};                       // that refuses a flip now; empty: none
  std::string blocked_by = {};                  // the same in words
  std::map<std::string, absl::Time> told = {};  // by guard: when it was last told of
  bool operator==(const GroupStanding&) const = default;
};

// Turns diagnoses into wanted routes, within holds and limits, each with its reason.
//
// A flip waits until its diagnosis has lasted as the policy asks, passes every guard, and goes in
// waves. It stays for a while whatever happens, then comes home in steps, site by site as each
// proves health; a new fault during the steps sends it back at once. Faults that come in waves move
// numbers twice at most: what came back after a lull is trusted only when the lull has been twice
// as long. While it is away and its backup stops answering it goes on to the next proven one.
// Everything is decided anew at every event from what is true; timers are only moments that the
// agenda is asked about.
class Plan {
 public:
  explicit Plan(const Fleet& fleet) : groups_(fleet.groups.size()), saved_(fleet.groups.size()) {}

  void Decide(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle);

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

  // Journal values by key, of the groups whose value is another than it was when last asked for, or
  // restored: asked many times a second, of 10,000 groups. And back.
  std::map<std::string, std::string> Unsaved(const Fleet& fleet);
  void Restore(const Fleet& fleet, const std::map<std::string, std::string>& journal);
  static std::string KeyOf(const Group& group);

 private:
  using Guard = std::pair<std::string, std::string>;  // its name, and why in words
  using Blocked = std::map<GroupIndex, Guard>;
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

  void DecideFlips(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle);
  bool IsDue(const Facts& facts, GroupIndex group, const ActiveDiagnosis& moving,
             Agenda* agenda) const;
  std::optional<Guard> Refusal(const Facts& facts, GroupIndex group, const ActiveDiagnosis& moving,
                               Agenda* agenda) const;
  std::vector<GroupIndex> WithinLimits(const Facts& facts, const ActiveDiagnosis& active,
                                       std::vector<GroupIndex> groups, Cap::Account* account,
                                       const Cap& cap, Agenda* agenda, Blocked* blocked);
  void Flip(const Facts& facts, const ActiveDiagnosis& active,
            const std::vector<GroupIndex>& groups, absl::Time now, Chronicle* chronicle);
  void Block(const Facts& facts, const Blocked& blocked, absl::Time now, Chronicle* chronicle);

  // plan_home.cc
  void DecideHomecoming(const Facts& facts, Agenda* agenda, Chronicle* chronicle);
  void DecideFailback(const Facts& facts, GroupIndex group, Agenda* agenda, Homecoming* homecoming);
  bool GoesBack(const Facts& facts, GroupIndex group, absl::Time now, Chronicle* chronicle);
  bool IsClean(const Facts& facts, GroupIndex group, Agenda* agenda) const;
  void Step(const Facts& facts, GroupIndex group, int percent, absl::Time now,
            Homecoming* homecoming);
  // The away groups whose backup stopped answering go on to the next proven one.
  void LeaveDeadBackups(const Facts& facts, Agenda* agenda, Blocked* blocked, Chronicle* chronicle);

  std::vector<GroupStanding> groups_;
  struct Saved {
    GroupStanding standing = {};
    std::string text = {};
  };
  std::vector<Saved> saved_;                        // by group: as the journal has it
  std::map<std::uint64_t, absl::Time> first_wave_;  // by diagnosis
  bool is_idle_ = false;  // nothing was away, refused or remembered at the last decision
};

// When a group that is away takes its first step home, if nothing accuses its home route until
// then: after its stay, and a clean while. InfiniteFuture while something does.
absl::Time HomeFrom(const Policy& policy, const GroupStanding& standing);

// A fault is back: how long the home route had been clean counts, once.
void NoteLull(absl::Time now, GroupStanding* standing);

// All calls of a group to one route, by our own decision.
GroupRoute AllTo(const std::string& group, const std::string& route, std::string reason,
                 absl::Time since);

}  // namespace dialtone::detector
