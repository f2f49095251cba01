#include "detector/recovery.h"

#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    scene_.Quiet(20);
    begin_ = scene_.now;
  }
  Recovery Test(int severity) const {
    return {scene_.observations, scene_.attendance,
            Charge{.domain = scene_.observations.domains().Find(FaultDomain::kTeamsSignalling),
                   .severity = severity,
                   .since = begin_}};
  }
  void Break(int seconds) {
    scene_.Rounds(seconds, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  }

  Scene scene_;
  absl::Time begin_;
  const std::vector<SiteIndex> all_ = {0, 1, 2, 3};
};

TEST_F(RecoveryTest, HealthFromBeforeTheFaultIsNone) {
  EXPECT_FALSE(Test(0).Of(Story::kLon, false));
  Break(2);
  EXPECT_FALSE(Test(0).Of(Story::kLon, false));
}

TEST_F(RecoveryTest, AHardFaultIsOverAfterAFewGoodResultsOfEachHub) {
  Break(3);
  scene_.Quiet(2);
  EXPECT_FALSE(Test(0).Of(Story::kLon, false));
  scene_.Quiet(2);
  EXPECT_TRUE(Test(0).Of(Story::kLon, false));
  EXPECT_FALSE(Test(2).Of(Story::kLon, false)) << "a mild one needs many more";
}

TEST_F(RecoveryTest, OneHubOfThreeIsNoRecovery) {
  Break(3);
  scene_.Rounds(
      10, [](SiteIndex, TargetIndex target) { return IsHub(target) && target != Story::kHub1; });
  EXPECT_FALSE(Test(0).Of(Story::kLon, false));
  EXPECT_FALSE(Test(0).Of(Story::kLon, true)) << "its own last results are bad";
}

TEST_F(RecoveryTest, AllTogetherRecoverWhenNothingIsBadForAWhile) {
  Break(3);
  scene_.Quiet(4);
  EXPECT_FALSE(Test(0).OfAll(all_, scene_.now));
  scene_.Quiet(2);
  EXPECT_TRUE(Test(0).OfAll(all_, scene_.now));
  scene_.Lose(Story::kNyc, Story::kHub2);
  EXPECT_FALSE(Test(0).OfAll(all_, scene_.now));
}

TEST_F(RecoveryTest, AMuteSiteGoesWithTheOthers) {
  Break(3);
  scene_.now += kMuteAfter;
  scene_.attendance.FallMute(scene_.now);
  EXPECT_FALSE(Test(0).Of(Story::kLon, false));
  EXPECT_TRUE(Test(0).Of(Story::kLon, true));
}

}  // namespace
}  // namespace dialtone::detector
