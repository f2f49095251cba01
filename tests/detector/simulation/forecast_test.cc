#include "detector/simulation/forecast.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Policy Laboratory() {
  Policy policy;
  policy.microsoft_interval = absl::Seconds(1);
  policy.burst_interval = absl::Milliseconds(200);
  policy.burst_duration = absl::Seconds(2);
  return policy;
}

FaultForecast Find(const Forecast& forecast, const std::string& fault, const std::string& scope) {
  for (const FaultForecast& row : forecast.faults) {
    if (row.fault == fault && row.scope == scope) return row;
  }
  ADD_FAILURE() << fault << ", " << scope << ": not forecast";
  return {};
}

TEST(Forecast, AtLaboratoryRatesComesNearToWhatWasMeasured) {
  const Forecast forecast = ForecastOf(Laboratory(), {.sites = 20, .isps = 4});
  EXPECT_NEAR(forecast.thresholds.site, 19.9, 0.2);
  const auto seconds = [&](const char* fault, const char* scope = "everyone") {
    return absl::ToDoubleSeconds(Find(forecast, fault, scope).recognised);
  };
  EXPECT_NEAR(seconds("all hubs silent"), 0.53, 0.15);
  EXPECT_NEAR(seconds("all hubs answer 503"), 0.19, 0.15);
  EXPECT_NEAR(seconds("30 % of requests die"), 0.81, 0.3);
  EXPECT_NEAR(seconds("10 % of requests die"), 2.0, 1.0);
  EXPECT_NEAR(seconds("all hubs silent", "one site"), 1.9, 1.0);
}

TEST(Forecast, SlowerProbingAndFewerSitesTakeLonger) {
  const auto silent = [](const Policy& policy, int sites) {
    const Forecast forecast = ForecastOf(policy, {.sites = sites, .isps = 4});
    return Find(forecast, "all hubs silent", "everyone").recognised;
  };
  EXPECT_GT(silent(Policy(), 20), silent(Laboratory(), 20));
  EXPECT_GT(silent(Policy(), 20), silent(Policy(), 100));
  EXPECT_LT(silent(Policy(), 100), absl::Seconds(2));
}

TEST(Forecast, NumbersMoveNotBeforeThePersistenceAndNotForTooFewCalls) {
  Policy policy = Laboratory();
  EXPECT_EQ(Find(ForecastOf(policy, {}), "all hubs silent", "everyone").moved, absl::Seconds(5));
  EXPECT_EQ(Find(ForecastOf(policy, {}), "path to Microsoft dead", "one ISP").moved,
            absl::Seconds(20));
  policy.least_hurt_percent = 20;
  EXPECT_FALSE(Find(ForecastOf(policy, {}), "10 % of requests die", "everyone").moved.has_value());
  EXPECT_TRUE(Find(ForecastOf(policy, {}), "30 % of requests die", "everyone").moved.has_value());
}

TEST(Forecast, TheShippedPolicyKeepsWhatItStates) {
  EXPECT_THAT(ForecastOf(Policy(), {}).broken, IsEmpty());
  EXPECT_THAT(ForecastOf(Laboratory(), {}).broken, IsEmpty());
}

TEST(Forecast, SaysWhatIsStatedAndNotKept) {
  Policy hasty;
  hasty.persistence_wide = absl::Seconds(2);
  const Forecast brief = ForecastOf(hasty, {});
  ASSERT_THAT(brief.broken, SizeIs(1));
  EXPECT_THAT(brief.broken[0], HasSubstr("brief flips"));
  Policy slow;
  slow.microsoft_interval = absl::Hours(1);
  slow.persistence_network = slow.shortest_outage = absl::Seconds(30);
  const Forecast late = ForecastOf(slow, {.sites = 3, .isps = 3});
  ASSERT_THAT(late.broken, SizeIs(1));
  EXPECT_THAT(late.broken[0], HasSubstr("later than the shortest outage worth moving for, 30s"));
}

}  // namespace
}  // namespace dialtone::detector::simulation
