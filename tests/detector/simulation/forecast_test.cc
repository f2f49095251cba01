#include "detector/simulation/forecast.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/simulation/policies.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Forecast Of(const Policy& policy, const FleetShape& shape = {}) {
  return ForecastOf(policy, EvenFleet(shape, policy));
}

FaultForecast Find(const Forecast& forecast, const std::string& fault, const std::string& scope) {
  for (const FaultForecast& row : forecast.faults) {
    if (row.fault == fault && row.scope == scope) return row;
  }
  ADD_FAILURE() << fault << ", " << scope << ": not forecast";
  return {};
}

// What the scenarios of the same names measured: medians of 20 sites.
TEST(Forecast, AtLaboratoryRatesComesNearToWhatIsMeasured) {
  const Forecast forecast = Of(LaboratoryPolicy());
  EXPECT_EQ(forecast.sites, 20);
  EXPECT_EQ(forecast.isps, 4);
  const auto seconds = [&](const char* fault, const char* scope = "everyone") {
    return absl::ToDoubleSeconds(Find(forecast, fault, scope).recognised);
  };
  EXPECT_NEAR(seconds("all hubs silent"), 0.48, 0.15);
  EXPECT_NEAR(seconds("all hubs answer 503"), 0.19, 0.15);
  EXPECT_NEAR(seconds("30 % of requests die"), 0.81, 0.3);
  EXPECT_NEAR(seconds("10 % of requests die"), 2.5, 1.0);
  EXPECT_NEAR(seconds("5 % of requests die"), 6, 2.0);
  EXPECT_NEAR(seconds("sign-in dead"), 0.67, 0.2);
  EXPECT_NEAR(seconds("all hubs silent", "one site"), 3.2, 0.5);
  EXPECT_NEAR(seconds("access line dead", "one site"), 5.2, 0.5);
}

TEST(Forecast, SlowerProbingAndFewerSitesTakeLonger) {
  const auto silent = [](const Policy& policy, int sites) {
    return Find(Of(policy, {.sites = sites}), "all hubs silent", "everyone").recognised;
  };
  EXPECT_GT(silent(Policy(), 20), silent(LaboratoryPolicy(), 20));
  EXPECT_GT(silent(Policy(), 20), silent(Policy(), 100));
  EXPECT_LT(silent(Policy(), 100), absl::Seconds(2));
}

TEST(Forecast, AStricterBudgetTakesLonger) {
  const auto silent = [](double false_flips) {
    Policy policy = LaboratoryPolicy();
    policy.false_flips_per_site_year = false_flips;
    return Find(Of(policy), "30 % of requests die", "one site").recognised;
  };
  EXPECT_GT(silent(0.0001), silent(0.005));
  EXPECT_GT(silent(0.005), silent(1));
}

TEST(Forecast, NumbersMoveNotBeforeThePersistenceAndNotForTooFewCalls) {
  Policy policy = LaboratoryPolicy();
  EXPECT_EQ(Find(Of(policy), "all hubs silent", "everyone").moved, absl::Seconds(5));
  EXPECT_EQ(Find(Of(policy), "all hubs silent", "one ISP").moved, absl::Seconds(20));
  EXPECT_EQ(Find(Of(policy), "access line dead", "one site").moved, absl::Seconds(30));
  policy.least_hurt_percent = 20;
  EXPECT_FALSE(Find(Of(policy), "10 % of requests die", "everyone").moved.has_value());
  EXPECT_TRUE(Find(Of(policy), "30 % of requests die", "everyone").moved.has_value());
}

TEST(Forecast, OneHubMovesNoNumbersAndAVoiceLayerNothing) {
  const Forecast forecast = Of(LaboratoryPolicy());
  const FaultForecast hub = Find(forecast, "one hub silent", "everyone");
  EXPECT_EQ(hub.consequence, Consequence::kHopSkipped);
  EXPECT_FALSE(hub.moved.has_value());
  EXPECT_GT(hub.recognised, Find(forecast, "all hubs silent", "everyone").recognised);
  EXPECT_FALSE(Find(forecast, "voice layer dead", "everyone").moved.has_value());
}

TEST(Forecast, SaysNothingOfWhatNobodyProbesAndOfScopesThatAreNot) {
  Policy policy;
  Fleet fleet = EvenFleet({.sites = 2, .isps = 1}, policy);
  std::erase_if(fleet.targets,
                [](const Target& target) { return target.role == TargetRole::kSignIn; });
  for (const FaultForecast& row : ForecastOf(policy, fleet).faults) {
    EXPECT_NE(row.fault, "sign-in dead");
    EXPECT_NE(row.scope, "one ISP");
  }
}

TEST(Forecast, TheShippedPolicyKeepsWhatItStates) {
  EXPECT_THAT(Of(Policy()).broken, IsEmpty());
  EXPECT_THAT(Of(LaboratoryPolicy()).broken, IsEmpty());
}

TEST(Forecast, SaysWhatIsStatedAndNotKept) {
  Policy hasty;
  hasty.persistence_wide = absl::Seconds(2);
  const Forecast brief = Of(hasty);
  ASSERT_THAT(brief.broken, SizeIs(1));
  EXPECT_THAT(brief.broken[0], HasSubstr("brief flips"));
  Policy slow;
  slow.microsoft_interval = absl::Hours(1);
  const Forecast late = Of(slow, {.sites = 3, .isps = 3});
  ASSERT_THAT(late.broken, SizeIs(2)) << "for everyone, and at one site";
  EXPECT_THAT(late.broken[0], HasSubstr("later than the shortest outage worth moving for, 30s"));
}

}  // namespace
}  // namespace dialtone::detector::simulation
