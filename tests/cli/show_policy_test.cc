#include "cli/show_policy.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/cli/from_text.h"

namespace dialtone::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kForecast[] = R"pb(
  sites: 20
  isps: 4
  site_nats: 19.9
  wide_nats: 20.6
  votes_nats: 28.6
  faults {
    fault: "all hubs silent"
    scope: "everyone"
    recognised { nanos: 480000000 }
    moved { seconds: 5 }
    consequence: NUMBERS_MOVE
  }
  faults {
    fault: "one hub silent"
    scope: "everyone"
    recognised { seconds: 12 nanos: 400000000 }
    consequence: HOP_SKIPPED
  }
  faults {
    fault: "access line dead"
    scope: "one site"
    recognised { seconds: 2 }
    moved { seconds: 30 }
    consequence: AVOIDING_MOVE
  }
  faults { fault: "5 % of requests die" scope: "everyone" consequence: NUMBERS_MOVE }
  brief_flips_per_year: 0.84
  most_brief_flips_per_year: 3)pb";

TEST(ShowPolicy, SaysHowLongEachKindOfFaultTakesAndWhatItLeadsTo) {
  const std::string shown = ShowForecast(FromText<v1::PolicyForecast>(kForecast), /*colour=*/false);
  EXPECT_THAT(shown, HasSubstr("20 sites with 4 ISPs"));
  EXPECT_THAT(shown, ContainsRegex("all hubs silent +everyone +0\\.5 s +5\\.0 s"));
  EXPECT_THAT(shown, ContainsRegex("one hub silent +everyone +12 s +no: other hubs"));
  EXPECT_THAT(shown, ContainsRegex("access line dead +one site +2\\.0 s +30 s, where backup_av"));
  EXPECT_THAT(shown, ContainsRegex("5 % of requests die +everyone +not within an hour +no"));
  EXPECT_THAT(shown, HasSubstr("19.9 nats"));
  EXPECT_THAT(shown, HasSubstr("0.8 a year, stated are at most 3"));
  EXPECT_THAT(shown, HasSubstr("It keeps what it states."));
}

TEST(ShowPolicy, SaysWhatIsNotKept) {
  v1::PolicyForecast forecast;
  forecast.add_broken("brief flips: too many");
  const std::string shown = ShowForecast(forecast, /*colour=*/false);
  EXPECT_THAT(shown, HasSubstr("NOT KEPT  brief flips: too many"));
  EXPECT_THAT(shown, Not(HasSubstr("It keeps")));
}

}  // namespace
}  // namespace dialtone::cli
