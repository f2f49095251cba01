#include "cli/show_simulation.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/cli/from_text.h"

namespace dialtone::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kFailing[] = R"pb(
  file: "x.scn"
  name: "signin"
  runs: 20
  first_seed: 7000
  fault_start { seconds: 60 }
  timeline {
    at { seconds: 57 }
    kind: "suspected"
    sentence: "something stirs"
  }
  timeline {
    at { seconds: 61 nanos: 500000000 }
    kind: "confirmed"
    sentence: "sign-in is down"
  }
  diagnoses {
    confirmed { seconds: 61 }
    sentence: "sign-in is down for everyone"
  }
  explanation: "because of the evidence"
  calls { placed: 100 hurt: 10 hurt_unaided: 40 }
  findings { condition: "moves" holds: true figures: "400 of 400" }
  findings {
    condition: "detect<=1s"
    figures: "median 1.5 s"
    reasons: "the median of 20 runs is 1.5 s, expected at most 1 s"
  })pb";

TEST(ShowSimulation, TellsTheStoryAndWhatFails) {
  const std::string shown = ShowScenario(FromText<v1::ScenarioReport>(kFailing), /*colour=*/false);
  EXPECT_THAT(shown, HasSubstr("Scenario signin (x.scn), 20 runs from seed 7000: FAILS"));
  EXPECT_THAT(shown, HasSubstr("-3.00 s  suspected"));
  EXPECT_THAT(shown, HasSubstr("+1.50 s  confirmed"));
  EXPECT_THAT(shown, HasSubstr("in force"));
  EXPECT_THAT(shown, HasSubstr("because of the evidence"));
  EXPECT_THAT(shown,
              HasSubstr("100 placed, 10 hurt; 40 would have been without Dialtone: 30 saved"));
  EXPECT_THAT(shown, HasSubstr("expected at most 1 s"));
}

TEST(ShowSimulation, SaysWhenNothingHappened) {
  const std::string shown =
      ShowScenario(FromText<v1::ScenarioReport>("name: 'calm' runs: 1 holds: true"), false);
  EXPECT_THAT(shown, HasSubstr("1 run from"));
  EXPECT_THAT(shown, HasSubstr("nothing happened"));
  EXPECT_THAT(shown, HasSubstr("no diagnosis was confirmed"));
  EXPECT_THAT(shown, Not(HasSubstr("Calls")));
}

TEST(ShowSimulation, SumsUp) {
  v1::SimulationReport report;
  EXPECT_THAT(ShowSimulationSummary(report, false), IsEmpty());
  *report.add_scenarios() = FromText<v1::ScenarioReport>(kFailing);
  *report.add_scenarios() = FromText<v1::ScenarioReport>("name: 'calm' runs: 20 holds: true");
  const std::string shown = ShowSimulationSummary(report, false);
  EXPECT_THAT(shown, HasSubstr("FAILS   signin"));
  EXPECT_THAT(shown, HasSubstr("detect<=1s"));
  EXPECT_THAT(shown, HasSubstr("1 of 2 scenarios hold"));
}

}  // namespace
}  // namespace dialtone::cli
