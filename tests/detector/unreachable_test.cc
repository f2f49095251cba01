#include "detector/unreachable.h"

#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class UnreachableTest : public ::testing::Test {
 protected:
  UnreachableTest() {
    scene_.Quiet(5);
    scene_.now += kMuteAfter;
    for (SiteIndex site = Story::kPar; site <= Story::kVantage; ++site) {
      bool was_mute = false;
      scene_.attendance.OnBatch({.site = site, .run_id = 1}, scene_.now, &was_mute);
    }
    scene_.attendance.FallMute(scene_.now);
  }
  bool Ask() const {
    return IsUnreachable(scene_.fleet, scene_.observations, scene_.attendance, Story::kUplinkLon);
  }
  // Two losses in a row of the silent site's uplink.
  void Fail(SiteIndex site) {
    for (int i = 0; i < 2; ++i) {
      scene_.now += absl::Milliseconds(500);
      scene_.Lose(site, Story::kUplinkLon);
    }
  }

  Scene scene_;
};

TEST_F(UnreachableTest, TheVantageAndTwoOthersMustFailAndANeighbourOfItsIspLive) {
  scene_.Answer(Story::kPar, Story::kPing);
  EXPECT_FALSE(Ask());
  Fail(Story::kVantage);
  EXPECT_FALSE(Ask());
  Fail(Story::kPar);
  EXPECT_FALSE(Ask());
  Fail(Story::kNyc);
  EXPECT_TRUE(Ask());
}

TEST_F(UnreachableTest, TheVantagesOwnProbeIsNeeded) {
  scene_.Answer(Story::kPar, Story::kPing);
  Fail(Story::kPar);
  Fail(Story::kNyc);
  EXPECT_FALSE(Ask());
}

TEST_F(UnreachableTest, WhereTheWholeIspIsDarkItIsNoSitesFault) {
  Fail(Story::kVantage);
  Fail(Story::kPar);
  Fail(Story::kNyc);
  EXPECT_FALSE(Ask()) << "par, on the same ISP, has not reached the internet since";
}

}  // namespace
}  // namespace dialtone::detector
