#include "detector/simulation/simulated_fleet.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

Scenario Company() {
  Scenario scenario;
  scenario.sites = DefaultSites(6, 3, 2);
  return scenario;
}

Policy Laboratory() {
  Policy policy;
  policy.microsoft_interval = absl::Seconds(1);
  return policy;
}

absl::Duration IntervalOf(const Fleet& fleet, Probed probed) {
  return fleet.targets[static_cast<std::size_t>(TargetOf(probed))].interval;
}

TEST(SimulatedFleet, EverySiteHasUsersAndAVoiceLayerOfItsOwn) {
  const Fleet fleet = FleetOf(Company(), Policy());
  ASSERT_EQ(fleet.sites.size(), 6U);
  ASSERT_EQ(fleet.voice_layers.size(), 6U);
  ASSERT_EQ(fleet.groups.size(), 6U);
  for (SiteIndex site = 0; site < 6; ++site) {
    const auto index = static_cast<std::size_t>(site);
    EXPECT_FALSE(fleet.sites[index].is_vantage);
    EXPECT_EQ(fleet.voice_layers[index].vantage, site);
    EXPECT_EQ(fleet.groups[index].site, site);
    EXPECT_EQ(fleet.groups[index].voice_layer, site);
  }
  EXPECT_EQ(fleet.sites[4].isp, "isp1");
  EXPECT_EQ(fleet.sites[4].region, "region1");
}

TEST(SimulatedFleet, TargetsStandInTheOrderOfTheLanguage) {
  const Fleet fleet = FleetOf(Company(), Policy());
  ASSERT_EQ(fleet.targets.size(), kProbedCount + 1U);
  for (std::size_t i = 0; i < kProbedCount; ++i) {
    EXPECT_EQ(fleet.targets[i].name, kProbedWords[i]);
    EXPECT_EQ(fleet.targets[i].sites.size(), 6U);
  }
  EXPECT_EQ(fleet.targets[0].hop, "t1");
  EXPECT_EQ(fleet.targets[static_cast<std::size_t>(kBackupTarget)].role, TargetRole::kBackupHop);
}

TEST(SimulatedFleet, WhatIsFoundByNameIsTheRowOfDns) {
  const Fleet fleet = FleetOf(Company(), Policy());
  for (int i = 0; i < kProbedCount; ++i) {
    EXPECT_EQ(fleet.targets[static_cast<std::size_t>(i)].found_by_name,
              ProbedOf("names").Has(static_cast<Probed>(i)))
        << kProbedWords[static_cast<std::size_t>(i)];
  }
}

TEST(SimulatedFleet, IntervalsFollowThePolicy) {
  const Fleet laboratory = FleetOf(Company(), Laboratory());
  EXPECT_EQ(IntervalOf(laboratory, Probed::kHub1), absl::Seconds(1));
  EXPECT_EQ(IntervalOf(laboratory, Probed::kCall), absl::Seconds(10));
  EXPECT_EQ(IntervalOf(laboratory, Probed::kCarrier), absl::Seconds(30));
  const Fleet shipped = FleetOf(Company(), Policy());
  EXPECT_EQ(IntervalOf(shipped, Probed::kHub1), absl::Seconds(15));
  EXPECT_EQ(IntervalOf(shipped, Probed::kInternet1), absl::Seconds(1));
  EXPECT_EQ(IntervalOf(shipped, Probed::kCall), absl::Minutes(5));
}

}  // namespace
}  // namespace dialtone::detector::simulation
