#include "detector/simulation/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::SizeIs;

TEST(Report, TellsTheFirstRunAndTheFindings) {
  const Scenario scenario = SmallScenario(
      "calls 1/s per site\n"
      "at 70s..120s fault blackhole targets signin scope site 0 severity 100%\n"
      "at 70s..120s truth domain identity scope site 0 flip yes\n");
  RunRecord first = MadeRun().Confirm(1, "hub2", {0, 1}, 75).Edit("identity", {0}, 76).End(130);
  first.seed = 1000;
  first.diagnoses[0].editions[1].sentence = "sign-in is down";
  first.timeline.push_back(
      {.at = absl::Seconds(75), .kind = OccurrenceKind::kConfirmed, .sentence = "hub2 is down"});
  first.explanation.push_back("because");
  first.calls = {.placed = 100, .hurt = 10, .hurt_unaided = 40};
  const RunRecord second;

  const v1::ScenarioReport report =
      ReportOf(scenario, {first, second}, Judge(scenario, {first, second}));
  EXPECT_EQ(report.name(), "small");
  EXPECT_EQ(report.runs(), 2U);
  EXPECT_EQ(report.first_seed(), 1000U);
  EXPECT_FALSE(report.holds());
  EXPECT_EQ(report.fault_start().seconds(), 70);
  ASSERT_THAT(report.timeline(), SizeIs(1));
  EXPECT_EQ(report.timeline(0).kind(), "confirmed");
  ASSERT_THAT(report.diagnoses(), SizeIs(1));
  EXPECT_EQ(report.diagnoses(0).domain(), v1::IDENTITY) << "in its last words";
  EXPECT_EQ(report.diagnoses(0).confirmed().seconds(), 75);
  EXPECT_EQ(report.diagnoses(0).ended().seconds(), 130);
  EXPECT_DOUBLE_EQ(report.calls().hurt_unaided(), 20) << "the mean of the runs";
  ASSERT_THAT(report.findings(), SizeIs(3));
  EXPECT_EQ(report.findings(0).condition(), "moves");
  EXPECT_GE(report.findings(0).reasons_size(), 1);
}

TEST(Report, SaysNothingOfCallsWithoutCallers) {
  const Scenario scenario = SmallScenario("");
  const RunRecord run;
  const v1::ScenarioReport report = ReportOf(scenario, {run}, Judge(scenario, {run}));
  EXPECT_FALSE(report.has_calls());
  EXPECT_FALSE(report.has_fault_start());
  EXPECT_TRUE(report.holds());
}

}  // namespace
}  // namespace dialtone::detector::simulation
