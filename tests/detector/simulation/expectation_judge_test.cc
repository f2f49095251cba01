#include "detector/simulation/expectation_judge.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

constexpr absl::string_view kTruth = "at 60s..120s truth domain identity scope site 0-4 flip yes\n";

// Whether one term holds over some runs.
bool Holds(absl::string_view term, const std::vector<RunRecord>& runs,
           absl::string_view truths = kTruth) {
  const Scenario scenario = SmallScenario(absl::StrCat(truths, "expect ", term, "\n"));
  for (const Finding& finding : Judge(scenario, runs).findings) {
    if (finding.condition == term) return finding.holds;
  }
  ADD_FAILURE() << "not judged: " << term;
  return false;
}

RunRecord DetectedAt(double at) { return MadeRun().Confirm(1, "identity", {0, 1}, at); }

TEST(ExpectationJudge, DetectionIsTheMedianAndItsTailTwiceThat) {
  EXPECT_TRUE(Holds("detect<=5s", {DetectedAt(65)}));
  EXPECT_FALSE(Holds("detect<=5s", {DetectedAt(65.1)}));
  std::vector<RunRecord> runs(19, DetectedAt(64));
  runs.push_back(MadeRun());
  EXPECT_TRUE(Holds("detect<=5s", runs)) << "one of twenty may miss it";
  runs.back() = DetectedAt(64);
  runs[3] = runs[9] = DetectedAt(71);
  EXPECT_FALSE(Holds("detect<=5s", runs)) << "two of twenty may not take more than twice that";
}

TEST(ExpectationJudge, DetectionIsMeasuredOnEveryTruthWhenNoneAsksForAMove) {
  constexpr absl::string_view kTwo =
      "at 60s..120s truth domain identity scope site 0-4 flip may\n"
      "at 60s..120s truth domain dns scope site 7 flip no\n";
  EXPECT_FALSE(Holds("detect<=5s", {DetectedAt(62)}, kTwo));
  EXPECT_TRUE(Holds("detect<=5s",
                    {MadeRun().Confirm(1, "identity", {0}, 62).Confirm(2, "dns", {7}, 63)}, kTwo));
}

TEST(ExpectationJudge, TheFlipIsThatOfTheSiteInTheMiddle) {
  const RunRecord run = MadeRun().Move(0, 64).Move(1, 65).Move(2, 66).Move(3, 80).Move(4, 90);
  EXPECT_TRUE(Holds("flip<=6s", {run}));
  EXPECT_FALSE(Holds("flip<=5s", {run}));
  EXPECT_FALSE(Holds("flip<=5s", {MadeRun()}));
}

TEST(ExpectationJudge, ComingHomeCountsFromTheEndOfTheLastTruth) {
  EXPECT_TRUE(Holds("failback<=40s",
                    {MadeRun().Move(0, 64).Move(1, 64).Share(0, 130, 0).Share(1, 160, 0)}));
  EXPECT_FALSE(Holds("failback<=39s", {MadeRun().Move(1, 64).Share(1, 160, 0)}));
  EXPECT_FALSE(Holds("failback<=10m", {MadeRun().Move(1, 64).Share(1, 160, 25)}));
  EXPECT_TRUE(Holds("failback<=0s", {MadeRun()})) << "nobody was away";
}

TEST(ExpectationJudge, CountsTheMovesOfTheWorstSite) {
  const RunRecord twice = MadeRun().Move(0, 64).Share(0, 70, 0).Move(0, 80).Move(1, 64);
  EXPECT_TRUE(Holds("flips-per-site<=2", {twice}));
  EXPECT_FALSE(Holds("flips-per-site<=1", {twice}));
  EXPECT_TRUE(Holds("flips-per-site<=1", {twice, MadeRun().Move(0, 64), MadeRun()}))
      << "the median of the runs";
}

TEST(ExpectationJudge, CountsFalseMovesPerRun) {
  const RunRecord two = MadeRun().Move(8, 64).Move(9, 64).Move(0, 64);
  EXPECT_TRUE(Holds("false-site-flips<=1", {two, MadeRun()}));
  EXPECT_FALSE(Holds("false-site-flips<=0.5", {two, MadeRun()}));
}

TEST(ExpectationJudge, NoFlipMeansInEveryRun) {
  EXPECT_TRUE(Holds("no-flip", {MadeRun(), MadeRun()}));
  EXPECT_FALSE(Holds("no-flip", {MadeRun(), MadeRun().Move(3, 400)}));
  EXPECT_TRUE(Holds("no-flip-before=400s", {MadeRun().Move(3, 400)}));
  EXPECT_FALSE(Holds("no-flip-before=400s", {MadeRun().Move(3, 399)}));
}

TEST(ExpectationJudge, NoBlameMeansNeverConfirmed) {
  EXPECT_FALSE(Holds("no-blame=dns,identity", {MadeRun(), DetectedAt(500)}));
  EXPECT_TRUE(Holds("no-blame=teams-media,hub1", {DetectedAt(500)}));
  EXPECT_FALSE(Holds("no-blame=network", {MadeRun().Confirm(1, "isp-core", {3}, 9)}));
}

TEST(ExpectationJudge, QuietAllowsTheNoisesOwnEpisodes) {
  EXPECT_TRUE(Holds("quiet", {MadeRun()}));
  EXPECT_FALSE(Holds("quiet", {DetectedAt(64)})) << "a scenario's own truth is not noise";
  MadeRun run;
  run.Noise("network", {3}, 8, 12).Confirm(1, "site-network", {3}, 9).End(13);
  EXPECT_TRUE(Holds("quiet", {run}));
  run.Confirm(2, "identity", {3}, 10);
  EXPECT_FALSE(Holds("quiet", {run})) << "by another name";
}

}  // namespace
}  // namespace dialtone::detector::simulation
