// The way home: waves of faults, checked steps, dead backups, sites one by one, mute sites.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr GroupIndex kLonGroup = 0;

// As shipped, but for the probes, which come twice a second here.
Policy Shipped() {
  Policy policy;
  policy.may_act = true;
  return policy;
}

struct Wave {
  absl::Duration on;
  absl::Duration off;
};

class WavesTest : public ::testing::TestWithParam<Wave> {};

TEST_P(WavesTest, MoveNumbersTwiceAtMost) {
  PlanScene scene(Shipped());
  for (int wave = 0; wave < 5; ++wave) {
    scene.HubsDownForAll();
    scene.Pass(GetParam().on);
    EXPECT_EQ(scene.OnBackup(), 3) << "wave " << wave;
    scene.active.clear();
    scene.Pass(GetParam().off, /*hubs_answer=*/true);
  }
  std::size_t flips = 0;
  for (const Occurrence& told : scene.chronicle.Take()) {
    const bool is_lon =
        std::find(told.groups.begin(), told.groups.end(), "g-lon") != told.groups.end();
    if (told.kind == OccurrenceKind::kFlip && is_lon) ++flips;
  }
  EXPECT_LE(flips, 2U);
  scene.Pass(absl::Minutes(45), /*hubs_answer=*/true);
  EXPECT_EQ(scene.OnBackup(), 0) << "and home in the end";
}

INSTANTIATE_TEST_SUITE_P(Waves, WavesTest,
                         ::testing::Values(Wave{absl::Minutes(3), absl::Minutes(4)},
                                           Wave{absl::Minutes(5), absl::Minutes(5)},
                                           Wave{absl::Minutes(10), absl::Minutes(15)},
                                           Wave{absl::Minutes(1), absl::Minutes(2)},
                                           Wave{absl::Seconds(20), absl::Seconds(20)}));

TEST(PlanHome, WhatComesBackAfterALullIsTrustedAfterTwiceTheLull) {
  GroupStanding standing;
  standing.away =
      Away{.since = absl::FromUnixSeconds(0), .clean_since = absl::FromUnixSeconds(1000)};
  Policy policy;
  EXPECT_EQ(HomeFrom(policy, standing), absl::FromUnixSeconds(1030));
  standing.lull = absl::Minutes(4);
  EXPECT_EQ(HomeFrom(policy, standing), absl::FromUnixSeconds(1480));
  standing.lull = absl::Minutes(40);
  EXPECT_EQ(HomeFrom(policy, standing), absl::FromUnixSeconds(1000) + absl::Minutes(35));
  policy.stay_doubles = false;
  EXPECT_EQ(HomeFrom(policy, standing), absl::FromUnixSeconds(1030));
}

TEST(PlanHome, ASuspicionThatComesToNothingEndsNoLull) {
  GroupStanding standing;
  NoteLull(absl::FromUnixSeconds(10), &standing);
  EXPECT_EQ(standing.lull, absl::ZeroDuration()) << "the first fault ends none";
  standing.clean_since = absl::FromUnixSeconds(20);
  NoteLull(absl::FromUnixSeconds(50), &standing);
  EXPECT_EQ(standing.lull, absl::Seconds(30));
  NoteLull(absl::FromUnixSeconds(60), &standing);
  EXPECT_EQ(standing.lull, absl::Seconds(30)) << "once";
}

TEST(PlanHome, CallsThatFailOnAStepSendItBackWhateverTheProbesSay) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  scene.active.clear();
  scene.Pass(absl::Seconds(21), /*hubs_answer=*/true);
  ASSERT_THAT(scene.Shares(kLonGroup), ElementsAre(Share{"teams", 5}, Share{"pbx", 95}));
  RouterReport report = scene.Report();
  report.hop_calls = {{.hop = "t1", .sent = 20, .answered = 2}};
  scene.calls.OnReport(report, /*is_quiet=*/true, scene.now);
  scene.Decide();
  EXPECT_TRUE(scene.IsOn(kLonGroup, "pbx"));
  EXPECT_THAT(scene.plan.standing(kLonGroup).wanted->reason, HasSubstr("stay unanswered"));
  EXPECT_EQ(scene.plan.standing(kLonGroup).flips.size(), 2U);
}

TEST(PlanHome, WhileTheFaultLastsADeadBackupIsLeftForTheNextProvenOne) {
  Fleet fleet = Story::LabFleet();
  const auto trunk = static_cast<TargetIndex>(fleet.targets.size());
  fleet.targets.push_back({.name = "trunk",
                           .role = TargetRole::kBackupHop,
                           .hop = "trunk1",
                           .sites = {Story::kVantage},
                           .interval = absl::Seconds(1)});
  PlanScene scene(Shipped(), fleet);
  RouterReport report = scene.Report();
  for (RouterGroup& group : report.groups) group.backup_routes = {"pbx", "trunk"};
  report.routes.push_back({.route = "trunk", .hops = {"trunk1"}});
  scene.routers.OnReport(report);
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(10));
  ASSERT_EQ(scene.OnBackup(), 3);
  scene.chronicle.Take();
  for (int seconds = 0; seconds < 31; ++seconds) {
    scene.now += absl::Seconds(1);
    scene.Answer(Story::kVantage, trunk);
    scene.Decide();
  }
  EXPECT_TRUE(scene.IsOn(kLonGroup, "trunk"));
  EXPECT_EQ(scene.plan.standing(kLonGroup).flips.size(), 1U) << "no flip of its own";
  EXPECT_THAT(
      scene.chronicle.Take()[0].sentence,
      HasSubstr("g-lon from pbx, which does not answer, to trunk (proven by OPTIONS only)"));
}

TEST(PlanHome, ADeadBackupIsLeftForHomeAsSoonAsHomeIsClean) {
  Policy policy = Shipped();
  PlanScene scene(policy);
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(10));
  ASSERT_EQ(scene.OnBackup(), 3);
  scene.active.clear();
  for (int half_seconds = 0; half_seconds < 64; ++half_seconds) {  // the PBX says nothing any more
    scene.now += absl::Milliseconds(500);
    for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) {
      scene.Answer(Story::kVantage, hub);
    }
    scene.Decide();
  }
  EXPECT_EQ(scene.OnBackup(), 0) << "no stay and no steps on a route that does not answer";
}

TEST(PlanHome, WithoutAnotherProvenRouteADeadBackupIsSaidAndKept) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  for (int seconds = 0; seconds < 40; ++seconds) {
    scene.now += absl::Seconds(1);
    scene.Decide();
  }
  EXPECT_EQ(scene.OnBackup(), 3);
  EXPECT_EQ(scene.plan.standing(kLonGroup).guard, "backup_unverified");
  EXPECT_THAT(scene.plan.standing(kLonGroup).blocked_by,
              HasSubstr("it is on pbx, and pbx: no answer to OPTIONS within 30s"));
}

TEST(PlanHome, ASiteComesHomeWhenItsDiagnosisNoLongerNamesItThoughItGoesOn) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsMedia, Scope::kGlobal, {0, 2});
  scene.Pass(absl::Seconds(10), /*hubs_answer=*/true);
  ASSERT_TRUE(scene.IsOn(kLonGroup, "pbx"));
  ASSERT_TRUE(scene.IsOn(2, "pbx"));
  scene.active[0].diagnosis.sites = {2};
  scene.Pass(absl::Minutes(1), /*hubs_answer=*/true);
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  EXPECT_TRUE(scene.IsOn(2, "pbx"));
}

TEST(PlanHome, AFaultWhoseEvidenceIsGoneSendsNothingBack) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  scene.active.clear();
  scene.Pass(absl::Seconds(21), /*hubs_answer=*/true);
  ASSERT_THAT(scene.Shares(kLonGroup), ElementsAre(Share{"teams", 5}, Share{"pbx", 95}));
  scene.HubsDownForAll();
  scene.active[0].lasts_since = absl::InfiniteFuture();
  scene.Pass(absl::Seconds(1), /*hubs_answer=*/true);
  EXPECT_FALSE(scene.IsOn(kLonGroup, "pbx"));
  scene.active[0].lasts_since = scene.now;
  scene.Pass(absl::Seconds(4));
  EXPECT_TRUE(scene.IsOn(kLonGroup, "pbx"));
}

}  // namespace
}  // namespace dialtone::detector
