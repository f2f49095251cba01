#include "detector/simulation/simulate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class SimulateTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, absl::string_view text) {
    return directory_.Write(name, std::string(text));
  }

  TemporaryDirectory directory_;
};

constexpr absl::string_view kQuiet =
    "scenario calm v1\nsites 2\nnoise quiet\nwarmup 5s\nduration 5s\nexpect no-flip\n";

TEST_F(SimulateTest, PlaysEveryFileAndTellsWhetherAllHold) {
  const std::string good = Write("good.scn", kQuiet);
  const std::string bad = Write(
      "bad.scn", absl::StrCat(kQuiet, "at 1s..4s truth domain identity scope global flip yes\n"));
  const auto report = Simulate({.files = {good, bad}, .runs = 2, .threads = 1});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_THAT(report->scenarios(), SizeIs(2));
  EXPECT_TRUE(report->scenarios(0).holds());
  EXPECT_EQ(report->scenarios(0).file(), good);
  EXPECT_FALSE(report->scenarios(1).holds()) << "nothing failed, so nothing moved";
  EXPECT_FALSE(report->holds());
}

TEST_F(SimulateTest, TellsEveryErrorOfEveryFileAndPlaysNothing) {
  const std::string first = Write("first.scn", "scenario x v1\nsites 0\nduration 1m\n");
  const std::string second = Write("second.scn", "scenario x v1\nsites 2\nduration 1m\nsnow\n");
  const auto report = Simulate({.files = {first, second, "/nowhere.scn"}});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("first.scn:2:7: error"));
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("second.scn:4:1: error"));
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("/nowhere.scn: error"));
}

TEST_F(SimulateTest, WithoutRunsTheFilesAreOnlyRead) {
  const std::string good = Write("good.scn", absl::StrCat(kQuiet, "expect quiet\n"));
  const auto report = Simulate({.files = {good}, .runs = 0});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->scenarios(), SizeIs(0));
  EXPECT_TRUE(report->holds());
  EXPECT_FALSE(Simulate({.files = {Write("bad.scn", "snow\n")}, .runs = 0}).ok());
}

TEST_F(SimulateTest, FindsThePolicyBesideTheScenario) {
  Write("mine.textproto", "mode: MODE_OBSERVE\n");
  const std::string file = Write("x.scn", absl::StrCat(kQuiet, "policy mine.textproto\n"));
  EXPECT_TRUE(Simulate({.files = {file}, .runs = 1}).ok());
  const std::string lost = Write("y.scn", absl::StrCat(kQuiet, "policy lost.textproto\n"));
  EXPECT_FALSE(Simulate({.files = {lost}, .runs = 1}).ok());
}

TEST_F(SimulateTest, RunsAreTheSameOnAnyNumberOfThreads) {
  const Scenario scenario = SmallScenario("warmup 10s\n");
  Scenario brief = scenario;
  brief.duration = absl::Seconds(10);
  const auto one = PlayRuns(brief, Policy(), /*seed=*/5, /*runs=*/4, /*threads=*/1);
  const auto four = PlayRuns(brief, Policy(), /*seed=*/5, /*runs=*/4, /*threads=*/4);
  ASSERT_THAT(one, SizeIs(4));
  for (std::size_t run = 0; run < one.size(); ++run) {
    EXPECT_EQ(one[run].seed, 5000 + run);
    EXPECT_EQ(one[run].seed, four[run].seed);
    EXPECT_EQ(one[run].probes, four[run].probes);
    EXPECT_EQ(one[run].timeline.size(), four[run].timeline.size());
  }
}

}  // namespace
}  // namespace dialtone::detector::simulation
