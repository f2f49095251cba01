#include "detector/probe_plan.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/sample_fleet.h"

namespace dialtone::detector {
namespace {

using ::testing::Each;
using ::testing::UnorderedElementsAre;

std::vector<TargetIndex> Targets(const std::vector<PlannedProbe>& plan) {
  std::vector<TargetIndex> targets;
  for (const PlannedProbe& probe : plan) targets.push_back(probe.target);
  return targets;
}

// `sites` sites that all probe three hubs and three witnesses every second.
Fleet WideFleet(int sites) {
  Fleet fleet;
  std::vector<SiteIndex> all(static_cast<size_t>(sites));
  std::iota(all.begin(), all.end(), 0);
  for (int i = 0; i < sites; ++i) fleet.sites.push_back({.name = "s", .region = "r", .isp = "i"});
  for (int i = 0; i < 6; ++i) {
    fleet.targets.push_back({.name = "t",
                             .role = i < 3 ? TargetRole::kTeamsHub : TargetRole::kInternetWitness,
                             .sites = all,
                             .interval = absl::Seconds(1)});
  }
  return fleet;
}

TEST(ProbePlan, GivesASiteItsOwnTargetsOnly) {
  const Fleet fleet = SampleFleet();
  EXPECT_THAT(Targets(PlanProbes(fleet, kLon)), UnorderedElementsAre(kHub1, kHub2, kWitness));
  EXPECT_THAT(Targets(PlanProbes(fleet, kHall)),
              UnorderedElementsAre(kHub1, kHub2, kPbx, kWitness, kLonUplink));
}

TEST(ProbePlan, KeepsEveryPhaseInsideItsInterval) {
  const Fleet fleet = SampleFleet();
  for (SiteIndex site = 0; site < 4; ++site) {
    for (const PlannedProbe& probe : PlanProbes(fleet, site)) {
      EXPECT_EQ(probe.interval, fleet.targets[static_cast<size_t>(probe.target)].interval);
      EXPECT_GE(probe.phase, absl::ZeroDuration());
      EXPECT_LT(probe.phase, probe.interval);
    }
  }
}

TEST(ProbePlan, ProbesTeamsAndWitnessesInTurn) {
  const Fleet fleet = WideFleet(1);
  std::vector<PlannedProbe> plan = PlanProbes(fleet, 0);
  std::sort(plan.begin(), plan.end(),
            [](const PlannedProbe& a, const PlannedProbe& b) { return a.phase < b.phase; });
  for (size_t i = 1; i < plan.size(); ++i) {
    EXPECT_NE(plan[i].target < 3, plan[i - 1].target < 3) << "slot " << i;
    EXPECT_NEAR(absl::ToDoubleMilliseconds(plan[i].phase - plan[i - 1].phase), 1000.0 / 6, 1);
  }
}

TEST(ProbePlan, SpreadsTheFleetOverTheInterval) {
  constexpr int kSites = 100;
  const Fleet fleet = WideFleet(kSites);
  std::vector<double> phases;  // of hub 0, in seconds
  for (SiteIndex site = 0; site < kSites; ++site) {
    for (const PlannedProbe& probe : PlanProbes(fleet, site)) {
      if (probe.target == 0) phases.push_back(absl::ToDoubleSeconds(probe.phase));
    }
  }
  std::sort(phases.begin(), phases.end());
  std::vector<double> gaps = {phases.front() + 1 - phases.back()};
  for (size_t i = 1; i < phases.size(); ++i) gaps.push_back(phases[i] - phases[i - 1]);
  EXPECT_THAT(gaps,
              Each(::testing::AllOf(::testing::Ge(0.5 / kSites), ::testing::Le(2.0 / kSites))));
}

}  // namespace
}  // namespace dialtone::detector
