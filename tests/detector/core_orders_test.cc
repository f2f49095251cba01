// Stories of what outlives a detector, and of what humans order.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/core.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- restarts

TEST(Core, ARestartInAFaultChangesNoRouteAndTheDecisionGoesOn) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(15));
  ASSERT_TRUE(AllMoved(story, "pbx"));
  const std::vector<HopStateEntry> before = story.router().hop_states;
  story.Restart(/*with_journal=*/true);
  EXPECT_EQ(story.router().epoch, 2);
  for (int i = 0; i < 400; ++i) {
    story.Run(absl::Milliseconds(50));
    ASSERT_TRUE(AllMoved(story, "pbx"));
    ASSERT_EQ(story.Hop("t1"), HopState::kAfterBackups) << "after " << i;
  }
  ASSERT_FALSE(before.empty());
  EXPECT_TRUE(story.Confirmed(FaultDomain::kTeamsSignalling));
  story.Heal();
  EXPECT_LT(story.Until([&] { return AllMoved(story, "teams"); }, absl::Minutes(2)),
            absl::Seconds(60));
}

TEST(Core, ARestartBeforeTheFlipKeepsTheClockOfTheFault) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(3));
  ASSERT_TRUE(story.Confirmed(FaultDomain::kTeamsSignalling));
  story.Restart(/*with_journal=*/true);
  EXPECT_LT(story.Until([&] { return AllMoved(story, "pbx"); }, absl::Seconds(30)),
            absl::Seconds(7));
}

TEST(Core, WithoutAJournalItAdoptsWhatTheRouterHas) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(15));
  ASSERT_TRUE(AllMoved(story, "pbx"));
  story.Restart(/*with_journal=*/false);
  story.Run(absl::Seconds(5));
  EXPECT_TRUE(AllMoved(story, "pbx"));
  EXPECT_EQ(story.router().epoch, 2);
  story.Heal();
  EXPECT_LT(story.Until([&] { return AllMoved(story, "teams"); }, absl::Minutes(2)),
            absl::Seconds(60));
}

TEST(Core, WithoutAJournalAnOperatorsMoveStaysAHold) {
  Story story;
  story.Run(absl::Seconds(30));
  story.Tell(OperatorPlan{.request = 1, .scope = {ScopeSelector::Kind::kGroup, "g-nyc"}});
  story.Tell(OperatorApply{
      .request = 2, .plan_id = story.last_answer.plan_id, .author = "ana", .reason = "drill"});
  ASSERT_TRUE(story.IsAllOn("g-nyc", "pbx"));
  story.Restart(/*with_journal=*/false);
  story.Run(absl::Minutes(3));
  EXPECT_TRUE(story.IsAllOn("g-nyc", "pbx"));
  ASSERT_EQ(story.Look().holds.size(), 1U);
  EXPECT_EQ(story.Look().holds[0].author, "adopted");
}

TEST(Core, AsksARouterThatComesBackForWhatIsWanted) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(3));
  story.LoseRouter().Run(absl::Seconds(10));
  EXPECT_TRUE(AllMoved(story, "teams"));
  story.FindRouter();
  EXPECT_LT(story.Until([&] { return AllMoved(story, "pbx"); }, absl::Seconds(30)),
            absl::Seconds(5));
}

// ---- humans

TEST(Core, FreezeStartsNoStepAndKeepsThoseInForce) {
  Story story;
  story.Run(absl::Seconds(30));
  story.Tell(OperatorFreeze{.request = 1, .frozen = true, .author = "ana", .reason = "change"});
  story.BreakHubs().Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_EQ(story.Hop("t1"), HopState::kNormal);
  EXPECT_TRUE(story.Told(OccurrenceKind::kBlocked));
  story.Tell(OperatorFreeze{.request = 2, .frozen = false, .author = "ana", .reason = "done"});
  story.Run(absl::Seconds(5));
  EXPECT_TRUE(AllMoved(story, "pbx"));
  story.Tell(OperatorFreeze{.request = 3, .frozen = true, .author = "ana", .reason = "wait"});
  story.Heal().Run(absl::Minutes(3));
  EXPECT_TRUE(AllMoved(story, "pbx"));
}

TEST(Core, AHeldGroupStays) {
  Story story;
  story.Run(absl::Seconds(30));
  story.Tell(OperatorHold{.request = 1,
                          .scope = {ScopeSelector::Kind::kSite, "lon"},
                          .author = "ana",
                          .reason = "migration"});
  story.BreakHubs().Run(absl::Seconds(20));
  EXPECT_TRUE(story.IsAllOn("g-lon", "teams"));
  EXPECT_TRUE(story.IsAllOn("g-nyc", "pbx"));
}

TEST(Core, AnOperatorsFailoverHoldsUntilFailback) {
  Story story;
  story.Run(absl::Seconds(30));
  story.Tell(OperatorPlan{.request = 1, .scope = {ScopeSelector::Kind::kAll, ""}});
  ASSERT_TRUE(story.last_answer.status.ok()) << story.last_answer.status;
  EXPECT_EQ(story.last_answer.confirmation, "all 300");
  story.Tell(OperatorApply{
      .request = 2, .plan_id = story.last_answer.plan_id, .author = "ana", .reason = "drill"});
  ASSERT_TRUE(story.last_answer.status.ok()) << story.last_answer.status;
  EXPECT_EQ(story.last_answer.generation, story.router().generation);
  story.Run(absl::Minutes(3));
  EXPECT_TRUE(AllMoved(story, "pbx"));
  story.Tell(
      OperatorPlan{.request = 3, .failback = true, .scope = {ScopeSelector::Kind::kAll, ""}});
  story.Tell(OperatorApply{
      .request = 4, .plan_id = story.last_answer.plan_id, .author = "ana", .reason = "over"});
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.Look().holds, IsEmpty());
}

TEST(Core, AnUnprovenBackupIsRefusedToEverybody) {
  Story story;
  for (SiteIndex site = Story::kLon; site <= Story::kVantage; ++site) {
    story.Break(site, Story::kPbx);
  }
  story.Run(absl::Minutes(1)).BreakHubs().Run(absl::Seconds(20));
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.Look().groups[0].blocked_by, HasSubstr("backup_unverified"));
  story.Tell(OperatorPlan{.request = 1, .scope = {ScopeSelector::Kind::kAll, ""}});
  story.Tell(OperatorApply{
      .request = 2, .plan_id = story.last_answer.plan_id, .author = "ana", .reason = "try"});
  EXPECT_EQ(story.last_answer.status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Core, APlanThatTheFactsHaveOvertakenIsNotApplied) {
  Story story;
  story.Run(absl::Seconds(30));
  story.Tell(OperatorPlan{.request = 1, .scope = {ScopeSelector::Kind::kAll, ""}});
  const std::string plan_id = story.last_answer.plan_id;
  story.BreakHubs().Run(absl::Seconds(20));
  ASSERT_TRUE(AllMoved(story, "pbx"));
  story.Tell(
      OperatorApply{.request = 2, .plan_id = plan_id, .author = "ana", .reason = "too late"});
  EXPECT_EQ(story.last_answer.status.code(), absl::StatusCode::kAborted);
  story.Tell(OperatorApply{.request = 3, .plan_id = plan_id, .author = "ana", .reason = "again"});
  EXPECT_EQ(story.last_answer.status.code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace dialtone::detector
