#include "detector/simulation/run_facts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kFleet = 10;

std::vector<KnownTruth> GlobalIdentity() {
  return TruthsOf(SmallScenario("at 60s..120s truth domain identity scope global flip yes\n"));
}

TEST(RunFacts, ArrivalCountsFromTheTruthAndOnlyWithinIt) {
  const std::vector<KnownTruth> truths = GlobalIdentity();
  const RunRecord run = MadeRun().Move(1, 20).Move(2, 65).Move(3, 121);
  const RunFacts facts(run, kFleet);
  EXPECT_EQ(ArrivalDelay(facts, truths[0], 1), absl::ZeroDuration()) << "it was there already";
  EXPECT_EQ(ArrivalDelay(facts, truths[0], 2), absl::Seconds(5));
  EXPECT_EQ(ArrivalDelay(facts, truths[0], 3), absl::InfiniteDuration());
  EXPECT_EQ(ArrivalDelay(facts, truths[0], 4), absl::InfiniteDuration());
}

TEST(RunFacts, DetectionWaitsForARightDomainOnASiteOfTheTruth) {
  const std::vector<KnownTruth> truths = GlobalIdentity();
  const RunRecord run = MadeRun()
                            .Confirm(1, "teams-media", {1}, 61)
                            .Edit("identity", {1}, 64)
                            .Edit("identity", {1, 2}, 66);
  EXPECT_EQ(DetectionDelay(RunFacts(run, kFleet), truths[0]), absl::Seconds(4));
  const RunRecord before = MadeRun().Confirm(1, "identity", {1}, 10);
  EXPECT_EQ(DetectionDelay(RunFacts(before, kFleet), truths[0]), absl::ZeroDuration());
  const RunRecord nothing;
  EXPECT_EQ(DetectionDelay(RunFacts(nothing, kFleet), truths[0]), absl::InfiniteDuration());
}

TEST(RunFacts, WhatAnOperatorMovesIsNotJudged) {
  const RunRecord run = MadeRun().Move(1, 20, 0, Origin::kOperator);
  EXPECT_THAT(RunFacts(run, kFleet).stays, IsEmpty());
}

TEST(RunFacts, AMoveIsFalseWhereNoTruthAllowsIt) {
  const Scenario scenario = SmallScenario(
      "at 60s..120s truth domain identity scope site 1 flip yes\n"
      "at 60s..120s truth domain network scope site 2 flip no\n"
      "at 60s..120s truth domain teams-media scope site 3 flip may\n");
  const RunRecord run = MadeRun()
                            .Noise("network", {4}, 60, 70)
                            .Move(1, 134)
                            .Move(2, 65)
                            .Move(3, 70)
                            .Move(4, 75)
                            .Move(5, 80)
                            .Share(1, 140, 0)
                            .Move(1, 145);
  const std::vector<FalseMove> moves = FalseMovesOf(RunFacts(run, kFleet), TruthsOf(scenario));
  ASSERT_THAT(moves, SizeIs(3));
  EXPECT_EQ(moves[0].site, 2) << "of a truth with flip no";
  EXPECT_EQ(moves[1].site, 5) << "of no truth";
  EXPECT_EQ(moves[2].site, 1) << "after the aftermath";
}

TEST(RunFacts, ASkipOfEveryHubIsFalseWhereTheHubsAreNotSick) {
  const Scenario scenario = SmallScenario(
      "at 60s..63s truth domain teams-signalling scope site 1 flip no\n"
      "at 60s..120s truth domain network scope site 2 flip no\n");
  MadeRun run;
  for (const int site : {1, 2}) {
    for (const int hub : {1, 2, 3}) run.Hop(site, 61, hub, HopState::kAfterBackups);
  }
  const RunRecord record = run;
  const std::vector<FalseMove> moves = FalseMovesOf(RunFacts(record, kFleet), TruthsOf(scenario));
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].site, 2);
  EXPECT_THAT(moves[0].what, HasSubstr("skipped"));
}

TEST(RunFacts, SaysTimesAndListsShortly) {
  EXPECT_EQ(ShortTime(absl::Milliseconds(5320)), "5.32 s");
  EXPECT_EQ(ShortTime(absl::Seconds(64)), "64.0 s");
  EXPECT_EQ(ShortTime(absl::Seconds(250)), "4 min 10 s");
  EXPECT_EQ(ShortTime(absl::Hours(25)), "25 h 00 min");
  EXPECT_EQ(ShortTime(absl::InfiniteDuration()), "never");
  EXPECT_EQ(SiteList({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
}

}  // namespace
}  // namespace dialtone::detector::simulation
