#include "detector/thresholds.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

// Seven targets of Microsoft's and one witness, at `sites` sites.
Fleet FleetOf(int sites, absl::Duration interval) {
  Fleet fleet;
  std::vector<SiteIndex> all;
  for (SiteIndex site = 0; site < sites; ++site) {
    fleet.sites.push_back({.name = absl::StrCat("s", site)});
    all.push_back(site);
  }
  const auto add = [&](TargetRole role) {
    fleet.targets.push_back({.role = role, .sites = all, .interval = interval});
  };
  for (int hub = 0; hub < 3; ++hub) add(TargetRole::kTeamsHub);
  for (int relay = 0; relay < 2; ++relay) add(TargetRole::kTeamsMediaRelay);
  add(TargetRole::kSignIn);
  add(TargetRole::kMicrosoft365Witness);
  add(TargetRole::kInternetWitness);
  return fleet;
}

TEST(Thresholds, FollowFromWhatTheUserCanBear) {
  const Thresholds shipped = ThresholdsOf(Policy(), FleetOf(100, absl::Seconds(1)));
  EXPECT_NEAR(shipped.site, 19.9, 0.1);
  EXPECT_NEAR(shipped.wide, 23.6, 0.1);
  EXPECT_NEAR(ThresholdsOf(Policy(), FleetOf(20, absl::Seconds(1))).wide, 22.0, 0.1);
  EXPECT_DOUBLE_EQ(shipped.votes, shipped.wide + 8);
  Policy careful;
  careful.false_flips_per_site_year /= 10;
  careful.false_flips_per_system_decade /= 100;
  const Thresholds higher = ThresholdsOf(careful, FleetOf(100, absl::Seconds(1)));
  EXPECT_NEAR(higher.site - shipped.site, std::log(10), 1e-6);
  EXPECT_NEAR(higher.wide - shipped.wide, std::log(100), 1e-6);
}

TEST(Thresholds, FollowTheProbingRatesInForceAndTheSizeOfTheFleet) {
  const Thresholds fast = ThresholdsOf(Policy(), FleetOf(100, absl::Seconds(1)));
  const Thresholds slow = ThresholdsOf(Policy(), FleetOf(100, absl::Seconds(15)));
  EXPECT_NEAR(fast.site - slow.site, std::log(15), 1e-6);
  EXPECT_NEAR(fast.wide - slow.wide, std::log(15), 1e-6);
  const Thresholds large = ThresholdsOf(Policy(), FleetOf(1000, absl::Seconds(1)));
  EXPECT_NEAR(large.site, fast.site, 1e-6);
  EXPECT_NEAR(large.wide - fast.wide, std::log(10), 1e-6);
}

TEST(Thresholds, HaveAFloorAndACapAndAWiderScopeIsNeverEasier) {
  const Thresholds none = ThresholdsOf(Policy(), Fleet());
  EXPECT_EQ(none.site, 14);
  Policy never;
  never.false_flips_per_site_year = never.false_flips_per_system_decade = 1e-12;
  EXPECT_EQ(ThresholdsOf(never, FleetOf(20, absl::Seconds(1))).wide, 40);
  Policy odd;
  odd.false_flips_per_system_decade = 100;
  const Thresholds small = ThresholdsOf(odd, FleetOf(1, absl::Seconds(1)));
  EXPECT_GE(small.wide, small.site);
}

}  // namespace
}  // namespace dialtone::detector
