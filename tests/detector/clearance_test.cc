#include "detector/clearance.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class ClearanceTest : public ::testing::Test {
 protected:
  ClearanceTest() { scene_.Quiet(5); }
  Clearance Now() const { return {scene_.observations, scene_.attendance, scene_.now}; }
  Charge Signalling(int severity, absl::Time since) const {
    return {.domain = domains_.Find(FaultDomain::kTeamsSignalling),
            .severity = severity,
            .since = since};
  }

  Scene scene_;
  const Domains& domains_ = scene_.observations.domains();
  const std::vector<SiteIndex> all_ = {0, 1, 2, 3};
};

TEST_F(ClearanceTest, GoodProbesSinceTheFaultBeganAreHealthAndOlderOnesAreNot) {
  const absl::Time begin = scene_.now;
  EXPECT_FALSE(Now().Of(Story::kLon, Signalling(0, begin)).testified);
  scene_.Quiet(2);
  const Clearance::Health health = Now().Of(Story::kLon, Signalling(0, begin));
  EXPECT_TRUE(health.testified);
  EXPECT_NEAR(health.nats, 6 * 2.303, 0.01) << "three hubs, twice, ln 10 each";
}

TEST_F(ClearanceTest, ABadProbeOutweighsAGoodOne) {
  const absl::Time begin = scene_.now;
  scene_.Answer(Story::kLon, Story::kHub1);
  scene_.Lose(Story::kLon, Story::kHub2);
  EXPECT_LT(Now().Of(Story::kLon, Signalling(0, begin)).nats, 0);
}

TEST_F(ClearanceTest, OfAPartialFaultAnswersCountWhenLossesWouldBeKnownToo) {
  const absl::Time begin = scene_.now;
  scene_.Answer(Story::kLon, Story::kHub1);
  scene_.now += absl::Milliseconds(100);
  EXPECT_FALSE(Now().Of(Story::kLon, Signalling(1, begin)).testified);
  scene_.now += absl::Milliseconds(500);
  EXPECT_TRUE(Now().Of(Story::kLon, Signalling(1, begin)).testified);
}

TEST_F(ClearanceTest, WhatOneTargetAnswersRefutesADomainThatHoldsIt) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, [](SiteIndex, TargetIndex target) { return target == Story::kHub1; });
  EXPECT_EQ(Now().Refuter(all_, Signalling(0, begin)), Story::kHub2);
  const Charge hub1{.domain = domains_.alone(Story::kHub1), .severity = 0, .since = begin};
  EXPECT_EQ(Now().Refuter(all_, hub1), kNone);
}

TEST_F(ClearanceTest, WhatFiveLossesOfItsLikeHaveSparedIsCleanBeforeItsAnswersCount) {
  const absl::Time begin = scene_.now;
  for (const SiteIndex site : {Story::kLon, Story::kPar}) {
    scene_.Lose(site, Story::kHub1);
    scene_.Lose(site, Story::kHub2);
  }
  EXPECT_EQ(Now().Refuter(all_, Signalling(1, begin)), kNone);
  scene_.Lose(Story::kNyc, Story::kHub1);
  EXPECT_EQ(Now().Refuter(all_, Signalling(1, begin)), Story::kHub3);
  EXPECT_EQ(Now().Refuter(all_, Signalling(0, begin)), kNone) << "of a hard fault answers tell";
  scene_.Lose(Story::kNyc, Story::kHub3);
  EXPECT_EQ(Now().Refuter(all_, Signalling(1, begin)), kNone);
}

TEST_F(ClearanceTest, SeveralCleanTargetsRefuteTogether) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon &&
           (IsHub(target) || target == Story::kPing || target == Story::kTcp);
  });
  scene_.now += absl::Seconds(1);
  const std::vector<SiteIndex> lon = {Story::kLon};
  const Charge network{
      .domain = domains_.Find(FaultDomain::kSiteNetwork), .severity = 1, .since = begin};
  EXPECT_NE(Now().Refuter(lon, network), kNone) << "the voice layer and the ISP's witness answer";
}

TEST_F(ClearanceTest, WhereTheBackupStandsIsTheUsersChoiceAndRefutesNothing) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kPbx && target != Story::kLanLon;
  });
  const std::vector<SiteIndex> lon = {Story::kLon};
  const Charge network{
      .domain = domains_.Find(FaultDomain::kSiteNetwork), .severity = 0, .since = begin};
  EXPECT_EQ(Now().Refuter(lon, network), kNone);
}

TEST_F(ClearanceTest, TheMuteSayNothing) {
  const absl::Time begin = scene_.now;
  scene_.Quiet(2);
  scene_.now += kMuteAfter;
  scene_.attendance.FallMute(scene_.now);
  const Clearance::Health health =
      Now().OfThose(all_, Signalling(0, begin), [](SiteIndex) { return true; });
  EXPECT_FALSE(health.testified);
}

TEST_F(ClearanceTest, TheNetworkIsAcquittedByOneAnswerMore) {
  const absl::Time begin = scene_.now;
  const std::vector<SiteIndex> lon = {Story::kLon};
  const Charge network{
      .domain = domains_.Find(FaultDomain::kSiteNetwork), .severity = 0, .since = begin};
  for (int i = 0; i < 2; ++i) scene_.Answer(Story::kLon, Story::kPing);
  EXPECT_EQ(Now().Refuter(lon, network), Story::kPing);
  EXPECT_EQ(Now().Refuter(lon, network, Clearance::kCleanNetworkNats), kNone);
  scene_.Answer(Story::kLon, Story::kPing);
  EXPECT_EQ(Now().Refuter(lon, network, Clearance::kCleanNetworkNats), Story::kPing);
}

TEST_F(ClearanceTest, OfLostPacketsRequestsThatGetThroughAreLittleHealth) {
  const absl::Time begin = scene_.now;
  scene_.Quiet(3);
  scene_.now += absl::Seconds(1);
  const double mild = Now().Of(Story::kLon, Signalling(kLossy + 1, begin)).nats;
  EXPECT_NEAR(mild, -9 * std::log(1 - kSeverities[2]), 1e-6);
  EXPECT_EQ(Now().Refuter(all_, Signalling(kLossy + 2, begin)), kNone);
  EXPECT_NE(Now().Refuter(all_, Signalling(1, begin)), kNone);
}

TEST(SplitNats, IsWorthNothingWhereThoseFailAsOften) {
  EXPECT_EQ(SplitNats({.bad = 3, .all = 10}, {.bad = 3, .all = 10}), 0);
  EXPECT_EQ(SplitNats({.bad = 1, .all = 10}, {.bad = 3, .all = 10}), 0);
  EXPECT_EQ(SplitNats({.bad = 3, .all = 10}, {}), 0);
}

TEST(SplitNats, GrowsWithWhatWasSeen) {
  EXPECT_NEAR(SplitNats({.bad = 10, .all = 10}, {.bad = 0, .all = 10}), 20 * 0.6931, 0.01);
  EXPECT_LT(SplitNats({.bad = 3, .all = 6}, {.bad = 1, .all = 6}), 1) << "a dozen prove nothing";
  EXPECT_GT(SplitNats({.bad = 300, .all = 600}, {.bad = 100, .all = 600}), 50);
}

TEST_F(ClearanceTest, OthersAreWellOnlyIfTheySufferLess) {
  const absl::Time begin = scene_.now;
  const std::vector<SiteIndex> lon = {Story::kLon};
  const auto is_lon = [](SiteIndex site) { return site == Story::kLon; };
  scene_.Rounds(2, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_FALSE(Now().OthersAreWell(all_, lon, Signalling(0, begin), is_lon, true));
  const absl::Time again = scene_.now;
  scene_.Rounds(
      2, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kLon; });
  EXPECT_TRUE(Now().OthersAreWell(all_, lon, Signalling(0, again), is_lon, false));
  EXPECT_TRUE(Now().OthersAreWell(lon, lon, Signalling(0, again), is_lon, true)) << "nobody else";
}

TEST(Clearance, ASampleOfALargeFleetIsNoneOfOneIspOfTwo) {
  // Every site has an agent on each of its two lines.
  Fleet fleet = Story::LabFleet();
  const auto lab = static_cast<SiteIndex>(fleet.sites.size());
  constexpr SiteIndex kSites = 400;
  for (SiteIndex site = lab; site < kSites; ++site) {
    fleet.sites.push_back({.name = absl::StrCat("site", site), .isp = site % 2 == 0 ? "a" : "b"});
    fleet.targets[Story::kHub1].sites.push_back(site);
  }
  Scene scene(std::move(fleet));
  const absl::Time begin = scene.now;
  scene.Rounds(1, [](SiteIndex site, TargetIndex) { return site % 2 == 1; });
  std::vector<SiteIndex> sites;
  for (SiteIndex site = lab; site < kSites; ++site) sites.push_back(site);
  const Clearance clearance(scene.observations, scene.attendance, scene.now);
  const Charge charge{
      .domain = scene.observations.domains().alone(Story::kHub1), .severity = 0, .since = begin};
  const PathHealth::Count count =
      clearance.OfThose(sites, charge, [](SiteIndex) { return true; }).count;
  EXPECT_EQ(count.all, 200);
  EXPECT_NEAR(1.0 * count.bad / count.all, 0.5, 0.02);
}

}  // namespace
}  // namespace dialtone::detector
