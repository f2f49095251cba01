#include "detector/simulation/judge.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::string_view kRegionOut =
    "at 60s..120s truth domain identity scope region 0 flip yes\n";
const std::vector<SiteIndex> kRegion0 = {0, 1, 4, 5, 8, 9};

// A run in which region 0 is named and moved, as it should.
MadeRun GoodRun() {
  MadeRun run;
  run.Confirm(7, "identity", kRegion0, 62);
  for (const SiteIndex site : kRegion0) run.Move(site, 66, 7);
  return run;
}

const Finding& FindingOf(const Judgement& judgement, absl::string_view condition) {
  for (const Finding& finding : judgement.findings) {
    if (finding.condition == condition) return finding;
  }
  ADD_FAILURE() << condition;
  return judgement.findings.front();
}

std::vector<RunRecord> Runs(int good, const RunRecord& bad, int times) {
  std::vector<RunRecord> runs(static_cast<std::size_t>(good), GoodRun());
  runs.insert(runs.end(), static_cast<std::size_t>(times), bad);
  return runs;
}

TEST(Judge, HoldsWhenEverythingHolds) {
  const Judgement judgement = Judge(SmallScenario(kRegionOut), {GoodRun()});
  EXPECT_TRUE(judgement.holds());
  for (const Finding& finding : judgement.findings) EXPECT_THAT(finding.reasons, IsEmpty());
}

TEST(Judge, WantsNineteenOfTwentyPairsMoved) {
  MadeRun one_left;
  one_left.Confirm(7, "identity", kRegion0, 62);
  for (const SiteIndex site : {0, 1, 4, 5, 8}) one_left.Move(site, 66, 7);
  // 6 sites x 20 runs: 6 pairs may be left.
  const Scenario scenario = SmallScenario(kRegionOut);
  EXPECT_TRUE(FindingOf(Judge(scenario, Runs(14, one_left, 6)), "moves").holds);
  const Judgement judgement = Judge(scenario, Runs(13, one_left, 7));
  EXPECT_FALSE(FindingOf(judgement, "moves").holds);
  EXPECT_THAT(FindingOf(judgement, "moves").reasons, SizeIs(kMaxReasons));
  EXPECT_THAT(FindingOf(judgement, "moves").reasons[0], HasSubstr("1 of 6 sites did not move (9)"));
}

TEST(Judge, WantsTheRightNameWhenTheFirstSiteMoves) {
  MadeRun wrong_domain;
  wrong_domain.Confirm(7, "teams-media", kRegion0, 62).Edit("identity", kRegion0, 67);
  for (const SiteIndex site : kRegion0) wrong_domain.Move(site, 66, 7);
  const Scenario scenario = SmallScenario(kRegionOut);
  EXPECT_TRUE(Judge(scenario, Runs(18, wrong_domain, 2)).holds()) << "nine of ten";
  const Judgement judgement = Judge(scenario, Runs(17, wrong_domain, 3));
  EXPECT_FALSE(judgement.holds());
  EXPECT_THAT(FindingOf(judgement, "diagnosis").reasons[0], HasSubstr("teams-media for 6 sites"));

  MadeRun too_narrow;
  too_narrow.Confirm(7, "identity", {0, 1, 4}, 62);
  for (const SiteIndex site : kRegion0) too_narrow.Move(site, 66, 7);
  EXPECT_FALSE(FindingOf(Judge(scenario, {too_narrow}), "diagnosis").holds);

  MadeRun too_wide;
  too_wide.Confirm(7, "identity", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 62);
  for (const SiteIndex site : kRegion0) too_wide.Move(site, 66, 7);
  EXPECT_FALSE(FindingOf(Judge(scenario, {too_wide}), "diagnosis").holds);

  MadeRun unnamed;
  for (const SiteIndex site : kRegion0) unnamed.Move(site, 66);
  EXPECT_FALSE(FindingOf(Judge(scenario, {unnamed}), "diagnosis").holds);
}

TEST(Judge, StayingMovedNeedsNoNewNameAndNoNewMove) {
  const Scenario scenario = SmallScenario(
      "at 60s..120s truth domain identity scope region 0 flip yes\n"
      "at 200s..260s truth domain identity scope region 0 flip yes\n");
  EXPECT_TRUE(Judge(scenario, {GoodRun()}).holds());
}

TEST(Judge, JudgesTheNameOfWhatMovesNothingAfterTenSeconds) {
  const Scenario scenario =
      SmallScenario("at 60s..120s truth domain network scope site 3 flip no\n");
  EXPECT_TRUE(Judge(scenario, {MadeRun()}).holds()) << "nothing confirmed passes";
  EXPECT_TRUE(
      Judge(scenario, {MadeRun().Confirm(1, "lan", {3}, 62).Edit("isp-core", {3}, 71)}).holds());
  EXPECT_FALSE(
      Judge(scenario, {MadeRun().Confirm(1, "lan", {3}, 62).Edit("isp-core", {3}, 73)}).holds());
  EXPECT_FALSE(Judge(scenario, {MadeRun().Confirm(1, "lan", {3}, 62).End(64)}).holds())
      << "over before: its last word counts";
  EXPECT_TRUE(Judge(scenario, {MadeRun().Confirm(1, "lan", {7}, 62)}).holds())
      << "about no site of it";
}

TEST(Judge, NothingMovesWithoutCause) {
  MadeRun run = GoodRun();
  run.Move(2, 70);
  const Judgement judgement = Judge(SmallScenario(kRegionOut), {run});
  EXPECT_FALSE(judgement.holds());
  EXPECT_THAT(FindingOf(judgement, "no false move").reasons,
              ElementsAre(HasSubstr("site 2: its numbers moved to backup at 70.0 s")));
}

TEST(Judge, ATermOnFalseMovesReplacesTheRule) {
  MadeRun run = GoodRun();
  run.Move(2, 70);
  const Scenario scenario = SmallScenario(std::string(kRegionOut) + "expect false-site-flips<=1\n");
  const Judgement judgement = Judge(scenario, {run});
  EXPECT_TRUE(judgement.holds());
  for (const Finding& finding : judgement.findings) EXPECT_NE(finding.condition, "no false move");
}

}  // namespace
}  // namespace dialtone::detector::simulation
