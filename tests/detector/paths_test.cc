#include "detector/paths.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

Fleet ThreeSites() {
  Fleet fleet;
  fleet.sites = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
  fleet.targets = {{.name = "everywhere", .sites = {0, 1, 2}},
                   {.name = "some", .sites = {0, 2}},
                   {.name = "one", .sites = {1}}};
  return fleet;
}

TEST(Paths, EverySiteFindsItsPathsAndNoOther) {
  const Paths paths(ThreeSites());
  EXPECT_EQ(paths.size(), 6);
  const bool probes[3][3] = {{true, true, true}, {true, false, true}, {false, true, false}};
  for (TargetIndex target = 0; target < 3; ++target) {
    for (SiteIndex site = 0; site < 3; ++site) {
      const PathIndex path = paths.Find(site, target);
      ASSERT_EQ(path != kNone, probes[target][site]) << target << " from " << site;
      if (path == kNone) continue;
      EXPECT_EQ(paths.site(path), site);
      EXPECT_EQ(paths.target(path), target);
    }
  }
}

TEST(Paths, ASiteKnowsItsOwn) {
  const Paths paths(ThreeSites());
  EXPECT_THAT(paths.OfSite(0), ElementsAre(paths.Find(0, 0), paths.Find(0, 1)));
  EXPECT_THAT(paths.OfSite(1), ElementsAre(paths.Find(1, 0), paths.Find(1, 2)));
}

TEST(Paths, TheIntervalIsTheTargetsOwnOrThePolicysForItsRole) {
  const Policy policy{.microsoft_interval = absl::Seconds(15),
                      .witness_interval = absl::Seconds(1)};
  EXPECT_EQ(IntervalOf({.role = TargetRole::kTeamsHub}, policy), absl::Seconds(15));
  EXPECT_EQ(IntervalOf({.role = TargetRole::kMicrosoft365Witness}, policy), absl::Seconds(15));
  EXPECT_EQ(IntervalOf({.role = TargetRole::kBackupHop}, policy), absl::Seconds(1));
  EXPECT_EQ(IntervalOf({.role = TargetRole::kTeamsHub, .interval = absl::Seconds(3)}, policy),
            absl::Seconds(3));
}

}  // namespace
}  // namespace dialtone::detector
