#include "detector/simulation/scenario.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

Scenario Fleet(int sites, int isps, int regions) {
  return {.isps = isps, .regions = regions, .sites = DefaultSites(sites, isps, regions)};
}

TEST(Scenario, DealsSitesToIspsAndThenToRegions) {
  const Scenario fleet = Fleet(10, 4, 2);
  EXPECT_THAT(SitesOf({.kind = Where::Kind::kIsp, .numbers = {1}}, fleet), ElementsAre(1, 5, 9));
  EXPECT_THAT(SitesOf({.kind = Where::Kind::kRegion, .numbers = {1}}, fleet),
              ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(SitesOf({.kind = Where::Kind::kSite, .numbers = {3, 7}}, fleet), ElementsAre(3, 7));
  EXPECT_THAT(SitesOf({}, fleet), SizeIs(10));
}

TEST(Scenario, TakesTheSameSitesForTheSameFraction) {
  const Scenario fleet = Fleet(20, 4, 2);
  const auto some = [&fleet](double fraction) {
    return SitesOf({.kind = Where::Kind::kFraction, .fraction = fraction}, fleet);
  };
  // splitmix64(4711 * 1000003 + s), worked out apart from this code.
  EXPECT_THAT(some(0.1), ElementsAre(0, 2));
  EXPECT_THAT(some(0.5), IsSupersetOf(some(0.1)));
  EXPECT_THAT(some(0.5), SizeIs(10));
  EXPECT_THAT(some(0.001), SizeIs(1)) << "never nobody";
  EXPECT_THAT(some(1), SizeIs(20));
}

TEST(Scenario, KnowsTheTargetsOfEveryWord) {
  const auto has = [](absl::string_view word, Probed probed) { return ProbedOf(word).Has(probed); };
  EXPECT_TRUE(has("hubs", Probed::kHub3));
  EXPECT_FALSE(has("hubs", Probed::kCall));
  EXPECT_TRUE(has("teams", Probed::kCall));
  EXPECT_FALSE(has("teams", Probed::kMicrosoft365));
  EXPECT_TRUE(has("voicelayer", Probed::kCarrier));
  EXPECT_FALSE(has("beyond-isp", Probed::kIspReference));
  EXPECT_FALSE(has("offlan", Probed::kLan));
  EXPECT_FALSE(has("names", Probed::kInternet1));
  EXPECT_TRUE(ProbedOf("printers").empty());
  for (const absl::string_view word : kProbedWords) EXPECT_FALSE(ProbedOf(word).empty()) << word;
}

TEST(Scenario, RampsAndFlapsScaleTheSeverity) {
  const Fault ramp{.when = {.from = absl::Seconds(10), .to = absl::Seconds(110)},
                   .severity = 0.5,
                   .ramp_in = absl::Seconds(20),
                   .ramp_out = absl::Seconds(50)};
  EXPECT_DOUBLE_EQ(ramp.SeverityAt(absl::Seconds(9)), 0);
  EXPECT_DOUBLE_EQ(ramp.SeverityAt(absl::Seconds(20)), 0.25);
  EXPECT_DOUBLE_EQ(ramp.SeverityAt(absl::Seconds(40)), 0.5);
  EXPECT_DOUBLE_EQ(ramp.SeverityAt(absl::Seconds(85)), 0.25);
  EXPECT_DOUBLE_EQ(ramp.SeverityAt(absl::Seconds(110)), 0) << "half open";

  const Fault flap{.when = {.from = absl::Seconds(10), .to = absl::Seconds(110)},
                   .flap_on = absl::Seconds(3),
                   .flap_off = absl::Seconds(7)};
  EXPECT_DOUBLE_EQ(flap.SeverityAt(absl::Seconds(12)), 1);
  EXPECT_DOUBLE_EQ(flap.SeverityAt(absl::Seconds(13)), 0);
  EXPECT_DOUBLE_EQ(flap.SeverityAt(absl::Seconds(20)), 1);
}

TEST(Scenario, EveryRunHasItsOwnSeed) {
  EXPECT_EQ(SeedOfRun(7, 0), 7000U);
  EXPECT_EQ(SeedOfRun(7, 19), 7019U);
}

TEST(Scenario, SpellsDomainsAsTheFilesDo) {
  EXPECT_EQ(Word({.domain = FaultDomain::kHub, .hub = 2}), "hub2");
  EXPECT_EQ(Word({.domain = FaultDomain::kTeamsMedia}), "teams-media");
}

}  // namespace
}  // namespace dialtone::detector::simulation
