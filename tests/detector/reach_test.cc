#include "detector/reach.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"
#include "tests/detector/twenty_sites.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

class ReachTest : public ::testing::Test {
 protected:
  ReachTest() { scene_.Quiet(10); }

  Reach Find(absl::Time since, int severity = 0, bool pool_convicts = true) {
    const Votes votes(scene_.observations, scene_.attendance);
    const Clearance clearance(scene_.observations, scene_.attendance, scene_.now);
    return ReachFinder(scene_.fleet, scene_.observations, scene_.attendance, votes, clearance)
        .Find(Scopes::kEveryone, pool_convicts,
              {.domain = scene_.observations.domains().Find(FaultDomain::kTeamsSignalling),
               .severity = severity,
               .since = since});
  }

  Scene scene_{TwentySites()};
};

TEST_F(ReachTest, WhoHasNotHadTheTimeToTellGoesAlongWithMost) {
  const absl::Time since = scene_.now;
  for (SiteIndex site = 0; site < 15; ++site) scene_.Lose(site, 0);
  for (SiteIndex site = 0; site < 20; ++site) scene_.Answer(site, 3);
  const Reach reach = Find(since);
  EXPECT_EQ(reach.hit.size(), 15U);
  EXPECT_EQ(reach.sites.size(), 20U);
}

TEST_F(ReachTest, WhoProvesHealthIsSpared) {
  const absl::Time since = scene_.now;
  scene_.Rounds(2, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site != 7; });
  const Reach reach = Find(since);
  EXPECT_EQ(reach.sites.size(), 19U);
  EXPECT_FALSE(std::binary_search(reach.sites.begin(), reach.sites.end(), 7));
}

TEST_F(ReachTest, AQuarterHitHardDoesNotTakeThoseAlongThatAreWell) {
  const absl::Time since = scene_.now;
  scene_.Rounds(1, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site < 6; });
  for (SiteIndex site = 0; site < 6; ++site) scene_.Lose(site, 0);
  const Reach reach = Find(since, /*severity=*/1);
  EXPECT_THAT(reach.sites, ElementsAre(0, 1, 2, 3, 4, 5))
      << "the others have two good results each, which spares none of them alone";
}

TEST_F(ReachTest, WhoWasAskedTooSeldomToSeeAMildFaultGoesAlong) {
  const absl::Time since = scene_.now;
  scene_.Rounds(1, [](SiteIndex site, TargetIndex target) { return target == 0 && site < 3; });
  EXPECT_EQ(Find(since, /*severity=*/2).sites.size(), 20U)
      << "three sites lost one probe each: of the others hardly more would have";
  EXPECT_EQ(Find(since, /*severity=*/2, /*pool_convicts=*/false).sites.size(), 3U);
  scene_.Rounds(4, [](SiteIndex site, TargetIndex target) { return target == 0 && site < 3; });
  EXPECT_EQ(Find(since, /*severity=*/2).sites.size(), 3U) << "by now they would have";
}

TEST_F(ReachTest, WhereSomeLoseAShareAndTheOthersNothingTheOthersStay) {
  const auto lose_a_sixth_at = [this](int sites) {
    std::array<int, 20> sent = {};
    scene_.Rounds(12, [&](SiteIndex site, TargetIndex target) {
      return IsHub(target) && site < sites && (++sent[site] + site) % 6 == 0;
    });
  };
  absl::Time since = scene_.now;
  lose_a_sixth_at(12);
  Reach reach = Find(since, /*severity=*/2, /*pool_convicts=*/false);
  EXPECT_TRUE(reach.is_part) << "whether it convicts or not";
  reach = Find(since, /*severity=*/2);
  EXPECT_TRUE(reach.is_part);
  EXPECT_GE(reach.sites.size(), 8U);
  EXPECT_LT(reach.sites.back(), 12);

  scene_.Quiet(30);
  since = scene_.now;
  lose_a_sixth_at(20);
  reach = Find(since, /*severity=*/2);
  EXPECT_FALSE(reach.is_part);
  EXPECT_EQ(reach.sites.size(), 20U);
}

TEST_F(ReachTest, WhoWasWellWhileTheFaultLastedIsNotUndecided) {
  scene_.Rounds(5, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site < 4; });
  EXPECT_THAT(Find(scene_.now).sites, ElementsAre(0, 1, 2, 3)) << "its pool rose a moment ago";
}

TEST_F(ReachTest, WhatItsOwnLineExplainsBetterImplicatesNoSite) {
  const absl::Time since = scene_.now;
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return site == 3 || (IsHub(target) && site < 3);
  });
  EXPECT_THAT(Find(since).hit, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace dialtone::detector
