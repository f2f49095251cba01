// A plan with everything around it, and diagnoses put in force by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detector/plan.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {

// The lab's three groups; the router was read and adopted, the backup is proven, hubs answer.
struct PlanScene : Scene {
  explicit PlanScene(Policy given_policy = Story::LabPolicy(), Fleet given = Story::LabFleet())
      : Scene(std::move(given), given_policy) {
    Quiet(3);
    plan.Adopt(PlanFacts(), Report(), now);
  }

  Facts PlanFacts(bool is_warm = true) const {
    return {.fleet = fleet,
            .policy = policy,
            .observations = observations,
            .attendance = attendance,
            .active = active,
            .routers = routers,
            .holds = holds,
            .calls = calls,
            .started = started,
            .is_warm = is_warm};
  }

  // A confirmed diagnosis that lasts since now.
  void Confirm(FaultDomain domain, Scope scope, std::vector<SiteIndex> sites) {
    const auto id = static_cast<std::uint64_t>(++last_id);
    active.push_back({.diagnosis = {.id = id,
                                    .state = DiagnosisState::kConfirmed,
                                    .domain = domain,
                                    .scope = scope,
                                    .sites = std::move(sites),
                                    .sentence = "hubs are down",
                                    .onset = now,
                                    .confirmed = now},
                      .domain = observations.domains().Find(domain),
                      .lasts_since = now});
  }
  void HubsDownForAll() { Confirm(FaultDomain::kTeamsSignalling, Scope::kGlobal, {0, 1, 2, 3}); }

  void Decide(bool is_warm = true) {
    Agenda agenda(now);
    plan.Decide(PlanFacts(is_warm), &cap, &agenda, &chronicle);
    next = agenda.next();
  }
  // Lets time pass in steps of half a second; the PBX answers, and the hubs unless told otherwise.
  void Pass(absl::Duration duration, bool hubs_answer = false) {
    const absl::Time end = now + duration;
    while (now < end) {
      now += absl::Milliseconds(500);
      Answer(Story::kVantage, Story::kPbx);
      for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) {
        if (hubs_answer) Answer(Story::kVantage, hub);
      }
      Decide();
    }
  }

  const std::vector<Share>& Shares(GroupIndex group) const {
    return plan.standing(group).wanted->shares;
  }
  bool IsOn(GroupIndex group, const std::string& route) const {
    return Shares(group) == std::vector<Share>{{.route = route, .percent = 100}};
  }
  int OnBackup() const {
    int count = 0;
    for (GroupIndex group = 0; group < 3; ++group) count += IsOn(group, "pbx") ? 1 : 0;
    return count;
  }

  std::vector<ActiveDiagnosis> active;
  int last_id = 0;
  Cap cap{fleet};
  Plan plan{fleet};
  absl::Time next;
};

}  // namespace dialtone::detector
