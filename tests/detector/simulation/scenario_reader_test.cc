#include "detector/simulation/scenario_reader.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr absl::string_view kWhole = R"(# A comment may come first.
scenario region-signin v1
source A report of 2020, #2 of its kind
note what it
note is for
seed 7
site 3,5-6 isp 1 region 0 loss 0.5% burst 300ms rtt 80ms
sites 20 isps 4 regions 2   # after the line that needs it
noise hostile
warmup 3m
start-hour 7.5
calls 0.2/s per site
duration 15m
policy policies/cautious.textproto
report-path uplink
at 60s..5m fault error503 targets signin scope region 0 severity 60%
at 60s..5m agent silent scope site 2
at 60s..5m truth domain identity scope region 0 flip yes calls-degraded 30%
expect detect<=8s flip<=20.5s failback<=6m flips-per-site<=2
expect false-site-flips<=0.5 no-flip no-flip-before=60s no-blame=network,hub2 quiet
)";

TEST(ScenarioReader, ReadsEveryStatement) {
  const ScenarioOrErrors read = ReadScenario("whole.scn", kWhole);
  ASSERT_THAT(read.errors, IsEmpty());
  ASSERT_TRUE(read.scenario.has_value());
  const Scenario& scenario = *read.scenario;
  EXPECT_EQ(scenario.name, "region-signin");
  EXPECT_EQ(scenario.source, "A report of 2020, #2 of its kind");
  EXPECT_EQ(scenario.note, "what it is for");
  EXPECT_EQ(scenario.seed, 7U);
  ASSERT_THAT(scenario.sites, SizeIs(20));
  EXPECT_EQ(scenario.sites[4].isp, 0);
  EXPECT_EQ(scenario.sites[4].region, 1);
  EXPECT_EQ(scenario.sites[5].isp, 1);
  EXPECT_EQ(scenario.sites[5].region, 0);
  EXPECT_EQ(scenario.sites[6].loss, 0.005);
  EXPECT_EQ(scenario.sites[6].burst, absl::Milliseconds(300));
  EXPECT_EQ(scenario.sites[6].round_trip, absl::Milliseconds(80));
  EXPECT_EQ(scenario.sites[7].loss, std::nullopt);
  EXPECT_EQ(scenario.noise, Noise::kHostile);
  EXPECT_EQ(scenario.warm_up, absl::Minutes(3));
  EXPECT_DOUBLE_EQ(scenario.start_hour, 7.5);
  EXPECT_DOUBLE_EQ(scenario.calls_per_second, 0.2);
  EXPECT_EQ(scenario.duration, absl::Minutes(15));
  EXPECT_EQ(scenario.policy_file, "policies/cautious.textproto");
  EXPECT_TRUE(scenario.reports_share_uplink);
  EXPECT_THAT(scenario.faults, SizeIs(1));
  EXPECT_THAT(scenario.agent_faults, SizeIs(1));
  EXPECT_THAT(scenario.truths, SizeIs(1));
}

TEST(ScenarioReader, ReadsEveryTermOfAnExpectation) {
  const ScenarioOrErrors read = ReadScenario("whole.scn", kWhole);
  ASSERT_TRUE(read.scenario.has_value());
  using Kind = Expectation::Kind;
  std::vector<Kind> kinds;
  for (const Expectation& term : read.scenario->expectations) kinds.push_back(term.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::kDetectWithin, Kind::kFlipWithin, Kind::kFailbackWithin,
                                 Kind::kFlipsPerSite, Kind::kFalseSiteFlips, Kind::kNoFlip,
                                 Kind::kNoFlipBefore, Kind::kNoBlame, Kind::kQuiet));
  EXPECT_EQ(read.scenario->expectations[1].within, absl::Milliseconds(20500));
  EXPECT_EQ(read.scenario->expectations[1].text, "flip<=20.5s");
  EXPECT_EQ(read.scenario->expectations[1].line, 19);
  EXPECT_DOUBLE_EQ(read.scenario->expectations[4].count, 0.5);
  EXPECT_THAT(read.scenario->expectations[7].domains, SizeIs(3));
}

TEST(ScenarioReader, HasDefaults) {
  const ScenarioOrErrors read = ReadScenario("x.scn", "scenario x v1\nsites 20\nduration 1m\n");
  ASSERT_TRUE(read.scenario.has_value());
  EXPECT_EQ(read.scenario->warm_up, absl::Seconds(120));
  EXPECT_EQ(read.scenario->start_hour, 10);
  EXPECT_EQ(read.scenario->noise, Noise::kNominal);
  EXPECT_EQ(read.scenario->isps, 4);
  EXPECT_EQ(read.scenario->regions, 2);
  EXPECT_EQ(read.scenario->seed, 1U);
  EXPECT_FALSE(read.scenario->reports_share_uplink);
}

TEST(ScenarioReader, TellsAllErrorsAtOnceEachWithItsPlace) {
  const ScenarioOrErrors read = ReadScenario("x.scn", R"(scenario x v1
sites 20 isps 4 regions 2
noise loud
duration 10 m
at 60s..5m fault explode targets hubs scope global severity 100%
at 60s..5m truth domain identity scope site 20 flip yes calls-degraded 0%
expect detect<8s quiet!
weather fine
)");
  EXPECT_FALSE(read.scenario.has_value());
  EXPECT_THAT(
      read.errors,
      ElementsAre(
          StartsWith("x.scn:3:7: error: given \"loud\", expected quiet, nominal or hostile"),
          StartsWith("x.scn:4:10: error: given \"10\", expected the time played after 0"),
          StartsWith("x.scn:5:18: error: given \"explode\""),
          StartsWith("x.scn:6:45: error: given \"20\""),
          StartsWith("x.scn:7:8: error: given \"detect<8s\""),
          StartsWith("x.scn:7:18: error: given \"quiet!\""),
          StartsWith("x.scn:8:1: error: given \"weather\"")));
}

TEST(ScenarioReader, BeginsWithItsName) {
  EXPECT_THAT(ReadScenario("x.scn", "sites 20\nduration 1m\n").errors,
              ElementsAre(HasSubstr("x.scn:1:1: error: given \"sites\", expected \"scenario")));
  EXPECT_THAT(ReadScenario("x.scn", "scenario x v2\nsites 20\nduration 1m\n").errors,
              ElementsAre(StartsWith("x.scn:1:12: error: given \"v2\", expected \"v1\"")));
  EXPECT_THAT(ReadScenario("x.scn", "").errors, SizeIs(1));
}

TEST(ScenarioReader, MissesWhatAFileMustHave) {
  EXPECT_THAT(ReadScenario("x.scn", "scenario x v1").errors,
              ElementsAre(HasSubstr("no \"sites\""), HasSubstr("no \"duration\"")));
}

TEST(ScenarioReader, RefusesAStatementGivenTwice) {
  EXPECT_THAT(ReadScenario("x.scn", "scenario x v1\nsites 3\nsites 4\nduration 1m\n").errors,
              ElementsAre(StartsWith("x.scn:3:1: error: \"sites\" is given a second time")));
}

TEST(ScenarioReader, HasLimits) {
  const auto first_error = [](absl::string_view line) {
    const ScenarioOrErrors read =
        ReadScenario("x.scn", absl::StrCat("scenario x v1\nduration 1m\n", line, "\n"));
    return read.errors.empty() ? "none" : read.errors.front();
  };
  EXPECT_EQ(first_error("sites 10000"), "none");
  EXPECT_THAT(first_error("sites 10001"), HasSubstr("expected the number of sites, 1 to 10000"));
  EXPECT_THAT(first_error("sites 0"), HasSubstr("given \"0\""));
  EXPECT_THAT(first_error("sites 9 isps 1001"), HasSubstr("given \"1001\""));
  EXPECT_THAT(first_error("calls 1001/s per site"), HasSubstr("0 to 1000/s"));
  EXPECT_THAT(first_error("start-hour 25"), HasSubstr("0 to 24"));
  EXPECT_THAT(ReadScenario("x.scn", std::string(kMaxScenarioBytes + 1, '#')).errors, SizeIs(1));
  EXPECT_THAT(
      ReadScenario("x.scn", absl::StrCat("scenario x v1\n", std::string(4000, '\n'))).errors,
      SizeIs(2))
      << "blank lines do not count";
}

}  // namespace
}  // namespace dialtone::detector::simulation
