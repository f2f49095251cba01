#include "cli/show.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/cli/from_text.h"

namespace dialtone::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShowSiteList, IsOneLineASite) {
  const auto sites = FromText<v1::SitesResponse>(R"(
    sites { site: "lon" region: "eu" isp: "a" health: FAILED last_report_age { nanos: 400000000 }
            failing: "hub1" failing: "hub2" numbers: 100 numbers_off_home: 60 }
    sites { site: "hall" region: "eu" isp: "c" is_vantage: true health: HEALTHY })");
  EXPECT_EQ(ShowSiteList(sites, false),
            "SITE            REGION  ISP  HEALTH   AGENT            OFF HOME   FAILING\n"
            "lon             eu      a    FAILED   heard 0.4 s ago  60 of 100  hub1 hub2\n"
            "hall (vantage)  eu      c    healthy  never heard                 \n");
}

TEST(ShowSites, ShowsDiagnosesPathsAndGroups) {
  const auto sites = FromText<v1::SitesResponse>(R"(
    sites { site: "lon" region: "eu" isp: "a" health: FAILED agent_version: "0.1.0" is_mute: true
            last_report_age { seconds: 40 }
            paths { target: "hub1" health: FAILED last_result_age { seconds: 1 } detail: "no answer"
                    baseline: 0.0125 }
            paths { target: "inet" health: HEALTHY round_trip { nanos: 12300000 } } }
    groups { group: "g-lon" site: "lon" home_route: "teams" confirmed { route: "pbx" percent: 100 } }
    diagnoses { id: 4 state: CONFIRMED sentence: "hub1 is silent." })");
  const std::string text = ShowSites(sites, false);
  EXPECT_THAT(text, HasSubstr("CONFIRMED #4 hub1 is silent.\n\nlon  region eu, ISP a, FAILED, "
                              "agent 0.1.0 MUTE for 40 s\n"));
  EXPECT_THAT(text, HasSubstr("hub1    FAILED   1.0 s ago                1.25 %       no answer"));
  EXPECT_THAT(text, HasSubstr("inet    healthy  never        12.3 ms"));
  EXPECT_THAT(text, HasSubstr("g-lon"));
  EXPECT_THAT(text, HasSubstr("pbx"));
}

TEST(ShowSites, SaysThatAnAgentsClockWasSet) {
  const auto sites = FromText<v1::SitesResponse>(R"(
    sites { site: "lon" health: HEALTHY }
    sites { site: "par" health: HEALTHY clock_steps: 1 last_clock_step { seconds: 7200 }
            last_clock_step_age { seconds: 40 } }
    sites { site: "nyc" health: HEALTHY clock_steps: 3 last_clock_step { seconds: -1 nanos: -500000000 }
            last_clock_step_age { seconds: 3 } })");
  const std::string text = ShowSites(sites, false);
  EXPECT_THAT(text, HasSubstr("never heard\nits clock was set 1 time, by 2 h forward, 40 s ago\n"));
  EXPECT_THAT(text, HasSubstr("\nits clock was set 3 times, last by 1.5 s back, 3.0 s ago\n"));
  EXPECT_THAT(text, HasSubstr("agent never heard\n\npar"));
}

TEST(ShowHold, ShowsWhatItDoesAndWhatIsHeld) {
  const auto response = FromText<v1::HoldResponse>(R"(
    effects: "g-lon stays on teams"
    holds { scope { site: "lon" } author: "ana" reason: "migration"
            since { seconds: 1800014400 } until { seconds: 1800028800 } }
    holds { scope { all: true } author: "bob" reason: "freeze week" since { seconds: 1800014400 } })");
  const std::string text = ShowHold(response, false);
  EXPECT_THAT(text, HasSubstr("g-lon stays on teams\n\nHOLD"));
  EXPECT_THAT(text,
              HasSubstr("site lon  ana  2027-01-15 12:00 UTC  2027-01-15 16:00 UTC  migration"));
  EXPECT_THAT(text, HasSubstr("all       bob  2027-01-15 12:00 UTC  cleared"));
}

TEST(ShowHold, SaysWhenNothingIsHeld) {
  EXPECT_EQ(ShowHold(v1::HoldResponse(), false), "No hold is in force.\n");
}

}  // namespace
}  // namespace dialtone::cli
