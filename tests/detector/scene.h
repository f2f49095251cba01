// The parts of the core side by side, to test one of them with the others real: the lab's company,
// its router, results said by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/attendance.h"
#include "detector/call_watch.h"
#include "detector/chronicle.h"
#include "detector/diagnosis.h"
#include "detector/facts.h"
#include "detector/holds.h"
#include "detector/observations.h"
#include "detector/routers.h"
#include "tests/detector/story.h"

namespace dialtone::detector {

// Everything a plan may look at. All sites are heard, the router has been read, and nothing was
// probed yet. `now` is moved by the test.
struct Scene {
  explicit Scene(Fleet given = Story::LabFleet(), Policy given_policy = Story::LabPolicy())
      : fleet(std::move(given)),
        policy(std::move(given_policy)),
        observations(fleet, policy),
        attendance(static_cast<int>(fleet.sites.size())),
        diagnostician(fleet),
        routers(fleet),
        holds(fleet) {
    for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()); ++site) {
      attendance.OnConnected({.site = site, .run_id = 1}, now);
    }
    Hear();
    routers.OnReport(Report());
  }

  // The router as it is before anybody moved anything.
  RouterReport Report() const {
    RouterReport report{.voice_layer = 0,
                        .routes = {{.route = "teams", .hops = {"t1", "t2", "t3"}},
                                   {.route = "pbx", .hops = {"pbx1"}}},
                        .voice_layer_up = true};
    for (const Group& group : fleet.groups) {
      report.groups.push_back({.group = group.name,
                               .home_route = "teams",
                               .backup_routes = {"pbx"},
                               .numbers = 100,
                               .confirmed = {{.route = "teams", .percent = 100}},
                               .in_sync = true});
    }
    return report;
  }

  // Every agent says that it is there.
  void Hear() {
    for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()); ++site) {
      bool was_mute = false;
      attendance.OnBatch({.site = site, .run_id = 1}, now, &was_mute);
    }
  }

  // A result of a probe that is sent now.
  void Say(SiteIndex site, TargetIndex target, Outcome outcome, int code = 0) {
    observations.OnResult(site, {.target = target, .sent = now, .outcome = outcome, .code = code},
                          now);
  }
  void Answer(SiteIndex site, TargetIndex target) { Say(site, target, Outcome::kAnswered, 200); }
  void Lose(SiteIndex site, TargetIndex target) { Say(site, target, Outcome::kTimedOut); }

  // `seconds` rounds, one a second, of everything that everybody probes: what `is_lost` says is
  // lost, the rest answers. Probes of a round are 25 ms apart; Teams and witnesses take turns.
  template <typename IsLost>
  void Rounds(int seconds, const IsLost& is_lost) {
    for (int round = 0; round < seconds; ++round) {
      const absl::Time begin = now;
      Hear();
      for (const TargetIndex target : Order()) {
        for (const SiteIndex site : fleet.targets[static_cast<std::size_t>(target)].sites) {
          if (is_lost(site, target)) {
            Lose(site, target);
          } else {
            Answer(site, target);
          }
        }
        now += absl::Milliseconds(25);
      }
      now = begin + absl::Seconds(1);
    }
    Hear();
  }
  void Quiet(int seconds) {
    Rounds(seconds, [](SiteIndex, TargetIndex) { return false; });
  }

  Agenda AgendaNow() const { return Agenda(now); }
  std::vector<DiagnosisChange> Diagnose() {
    Agenda agenda(now);
    return diagnostician.Update(&observations, attendance, &agenda);
  }

  Facts FactsNow(bool is_warm = true) const {
    return {.fleet = fleet,
            .policy = policy,
            .observations = observations,
            .attendance = attendance,
            .active = diagnostician.active(),
            .routers = routers,
            .holds = holds,
            .calls = calls,
            .started = started,
            .is_warm = is_warm};
  }

  // Teams, witness, Teams, witness, ...
  std::vector<TargetIndex> Order() const {
    std::vector<TargetIndex> teams;
    std::vector<TargetIndex> others;
    for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
      const TargetRole role = fleet.targets[static_cast<std::size_t>(target)].role;
      (IsTeams(role) ? teams : others).push_back(target);
    }
    std::vector<TargetIndex> order;
    for (std::size_t i = 0; i < std::max(teams.size(), others.size()); ++i) {
      if (i < others.size()) order.push_back(others[i]);
      if (i < teams.size()) order.push_back(teams[i]);
    }
    return order;
  }

  Fleet fleet;
  Policy policy;
  absl::Time now = absl::FromUnixSeconds(1'000'000);
  absl::Time started = absl::FromUnixSeconds(1'000'000);
  Observations observations;
  Attendance attendance;
  Diagnostician diagnostician;
  Routers routers;
  Holds holds;
  CallWatch calls{fleet};
  Chronicle chronicle{0};
};

// Whether a target is one of the lab's hubs.
inline bool IsHub(TargetIndex target) { return target <= Story::kHub3; }

}  // namespace dialtone::detector
