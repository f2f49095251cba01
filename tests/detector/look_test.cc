// What the core shows to those who ask.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/core.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const PathView& PathOf(const View& view, SiteIndex site, TargetIndex target) {
  for (const PathView& path : view.sites[static_cast<std::size_t>(site)].paths) {
    if (path.target == target) return path;
  }
  static const PathView none;
  return none;
}

TEST(Look, BeforeAnythingIsKnownNothingIsHealthy) {
  Fleet fleet = Story::LabFleet();
  const Core core(fleet, Story::LabPolicy(), CoreStart{.epoch = 4, .journal = {}},
                  absl::FromUnixSeconds(1'000'000));
  const View view = core.Look(absl::FromUnixSeconds(1'000'000));
  EXPECT_FALSE(view.all_healthy);
  EXPECT_EQ(view.epoch, 4U);
  EXPECT_THAT(view.sites, SizeIs(4));
  EXPECT_TRUE(view.sites[0].is_mute);
  EXPECT_FALSE(view.sites[0].last_batch_age.has_value());
  EXPECT_EQ(view.sites[0].health, Health::kNoJudgement);
  EXPECT_FALSE(view.groups[0].wanted.has_value());
  EXPECT_FALSE(view.routers[0].up);
}

TEST(Look, WhenAllIsWellEverythingSaysSo) {
  Story story;
  story.Run(absl::Seconds(10));
  const View view = story.Look();
  EXPECT_TRUE(view.all_healthy);
  for (const SiteView& site : view.sites) {
    EXPECT_EQ(site.health, Health::kHealthy);
    EXPECT_LE(*site.last_batch_age, absl::Seconds(1));
  }
  EXPECT_TRUE(view.groups[0].in_sync);
  EXPECT_EQ(view.groups[0].numbers, 100U);
  EXPECT_EQ(view.groups[0].backup_proof, "pbx: proven by OPTIONS only");
  EXPECT_TRUE(view.routers[0].voice_layer_up);
  EXPECT_GT(PathOf(view, Story::kLon, Story::kHub1).recent, 0);
  EXPECT_EQ(PathOf(view, Story::kLon, Story::kHub1).recent_bad, 0);
  EXPECT_GT(view.cap_left, 0);
}

TEST(Look, AFailingPathIsFailedOnceADiagnosisSaysSo) {
  Story story;
  story.Run(absl::Seconds(10)).BreakHubs().Run(absl::Seconds(10));
  const View view = story.Look();
  EXPECT_FALSE(view.all_healthy);
  EXPECT_EQ(PathOf(view, Story::kLon, Story::kHub1).health, Health::kFailed);
  EXPECT_GT(PathOf(view, Story::kLon, Story::kHub1).recent_bad, 5);
  EXPECT_EQ(view.cap_left, 0) << "all are away";
  EXPECT_EQ(PathOf(view, Story::kLon, Story::kPing).health, Health::kHealthy);
  EXPECT_EQ(view.sites[Story::kLon].health, Health::kFailed);
  ASSERT_THAT(view.diagnoses, SizeIs(1));
  ASSERT_THAT(view.hops, SizeIs(3));
  EXPECT_EQ(view.hops[0].wanted, HopState::kAfterBackups);
  EXPECT_EQ(view.hops[0].confirmed, HopState::kAfterBackups);
  EXPECT_THAT(view.next_steps, Contains(HasSubstr("until its home route is clean")));
  story.Heal().Run(absl::Seconds(10));
  EXPECT_THAT(story.Look().diagnoses, IsEmpty());
  ASSERT_THAT(story.Look().past_diagnoses, SizeIs(1));
  EXPECT_EQ(story.Look().past_diagnoses[0].state, DiagnosisState::kEnded);
}

TEST(Look, ASilentSiteIsNotJudged) {
  Story story;
  story.Run(absl::Seconds(10)).SilenceAgent(Story::kLon).Run(absl::Seconds(10));
  const View view = story.Look();
  EXPECT_TRUE(view.sites[Story::kLon].is_mute);
  EXPECT_EQ(view.sites[Story::kLon].health, Health::kNoJudgement);
  EXPECT_GT(*view.sites[Story::kLon].last_batch_age, absl::Seconds(9));
  EXPECT_FALSE(view.all_healthy);
}

TEST(Look, WhatTheRouterRefusesIsShownWithItsReason) {
  Story story;
  story.Run(absl::Seconds(10)).BreakHubs().Run(absl::Seconds(3));
  story.router().refused_hop_states = {{.hop = "t1", .reason = "hop answers: 48 of 50"}};
  story.FindRouter();
  const std::vector<HopView> hops = story.Look().hops;
  ASSERT_FALSE(hops.empty());
  EXPECT_EQ(hops[0].hop, "t1");
  EXPECT_THAT(hops[0].reason, HasSubstr("hop answers"));
}

TEST(Look, ALostRouterIsShownAsLost) {
  Story story;
  story.Run(absl::Seconds(10)).LoseRouter();
  const View view = story.Look();
  EXPECT_FALSE(view.routers[0].up);
  EXPECT_EQ(view.routers[0].error, "connection refused");
  EXPECT_FALSE(view.all_healthy);
}

TEST(Look, DecisionsAreNewestFirst) {
  Story story;
  story.Run(absl::Seconds(10)).BreakHubs().Run(absl::Seconds(20));
  const std::vector<DecisionView> decisions = story.Look().decisions;
  ASSERT_GT(decisions.size(), 3U);
  for (std::size_t i = 1; i < decisions.size(); ++i) {
    EXPECT_GE(decisions[i - 1].time, decisions[i].time);
  }
}

}  // namespace
}  // namespace dialtone::detector
