#include "detector/simulation/noise.h"

#include <cmath>
#include <set>

#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

constexpr double kDay = 86400;
constexpr double kMorning = 10 * 3600;

DrawnNoise Draw(const NoiseRates& rates, std::size_t sites, double days, std::uint64_t seed,
                LinkTraits link = {}) {
  return DrawNoise(rates, std::vector<LinkTraits>(sites, link), 4, kMorning, 0, days * kDay, seed);
}

double Seconds(const Timeline& timeline) {
  double seconds = 0;
  for (const Episode& episode : timeline.episodes()) seconds += episode.end - episode.begin;
  return seconds;
}

std::size_t Count(const std::vector<Timeline>& timelines) {
  std::size_t count = 0;
  for (const Timeline& timeline : timelines) count += timeline.episodes().size();
  return count;
}

// Expects a count drawn at a rate to be within four standard deviations.
void ExpectCount(double expected, std::size_t count) {
  EXPECT_NEAR(expected, static_cast<double>(count), 4 * std::sqrt(expected));
}

TEST(Noise, LinkBurstsLoseWhatTheLineLosesInTheLongRun) {
  const DrawnNoise noise = Draw(NoiseRates::Quiet(), 1, 20, 1, {.loss = 0.01, .burst = 0.5});
  const Timeline& link = noise.links[0];
  EXPECT_NEAR(Seconds(link) * 0.7 / (20 * kDay), 0.01, 0.001);
  EXPECT_NEAR(Seconds(link) / static_cast<double>(link.episodes().size()), 0.5, 0.02);
  for (const Episode& burst : link.episodes()) EXPECT_EQ(burst.loss, 0.7);
}

TEST(Noise, LinkBurstsFollowTheHourOfTheDay) {
  const DrawnNoise noise = Draw(NoiseRates::Quiet(), 1, 60, 1, {.loss = 0.01, .burst = 0.5});
  double dawn = 0;
  double dusk = 0;
  for (const Episode& burst : noise.links[0].episodes()) {
    const double hour = std::fmod(kMorning + burst.begin, kDay) / 3600;
    // 1 + 0.6 sin over the day: most at six in the morning, least at six in the evening.
    if (hour >= 5 && hour < 7) ++dawn;
    if (hour >= 17 && hour < 19) ++dusk;
  }
  EXPECT_NEAR(dawn / dusk, 1.6 / 0.4, 0.4);
}

TEST(Noise, QuietHasLinkBurstsAndNothingElse) {
  const DrawnNoise noise = Draw(NoiseRates::Quiet(), 5, 100, 1, {.loss = 0.001, .burst = 0.5});
  EXPECT_GT(Count(noise.links), 0U);
  EXPECT_EQ(Count(noise.blackouts) + Count(noise.stalls) + Count(noise.isps), 0U);
  EXPECT_TRUE(noise.all_hubs.episodes().empty());
  for (const Timeline& hub : noise.hubs) EXPECT_TRUE(hub.episodes().empty());
}

TEST(Noise, NominalRatesAreThoseOfTheTable) {
  const DrawnNoise noise = Draw(NoiseRates::Nominal(), 10, 3650, 1);
  ExpectCount(10 * 3650 / 3.0, Count(noise.blackouts));
  ExpectCount(10 * 3650 * 2, Count(noise.stalls));
  ExpectCount(4 * 0.5 * 3650 / 7, Count(noise.isps));
  for (const Timeline& hub : noise.hubs) ExpectCount(3650, hub.episodes().size());
  ExpectCount(12 * 3650 / 365.25, noise.all_hubs.episodes().size());
}

TEST(Noise, HostileRatesAreThoseOfTheTable) {
  const DrawnNoise noise = Draw(NoiseRates::Hostile(), 10, 365, 1);
  ExpectCount(10 * 365 * 3, Count(noise.blackouts));
  ExpectCount(10 * 365 * 20, Count(noise.stalls));
  ExpectCount(4 * 5 * 365 / 7.0, Count(noise.isps));
}

TEST(Noise, NothingRareLastsLongerThanItsLimit) {
  const DrawnNoise noise = Draw(NoiseRates::Hostile(), 10, 3650, 1);
  double longest_blackout = 0;
  double blackouts_over_median = 0;
  for (const Timeline& blackouts : noise.blackouts) {
    for (const Episode& blackout : blackouts.episodes()) {
      const double length = blackout.end - blackout.begin;
      longest_blackout = std::max(longest_blackout, length);
      blackouts_over_median += length > 3 ? 1 : 0;
    }
  }
  EXPECT_LE(longest_blackout, 29 + 1e-6);
  EXPECT_NEAR(blackouts_over_median / static_cast<double>(Count(noise.blackouts)), 0.5, 0.01);
  for (const Timeline& stalls : noise.stalls) {
    for (const Episode& stall : stalls.episodes()) EXPECT_LE(stall.end - stall.begin, 8 + 1e-6);
  }
}

TEST(Noise, ThreeInTenIspBurstsHitOnlyTheWayToMicrosoft) {
  const DrawnNoise noise = Draw(NoiseRates::Hostile(), 1, 7300, 1);
  double microsoft = 0;
  for (const Timeline& isp : noise.isps) {
    for (const Episode& burst : isp.episodes()) {
      EXPECT_GE(burst.loss, 0.3);
      EXPECT_LE(burst.loss, 1);
      microsoft += burst.kind == kTowardsMicrosoft ? 1 : 0;
    }
  }
  EXPECT_NEAR(microsoft / static_cast<double>(Count(noise.isps)), 0.3, 0.02);
}

TEST(Noise, HiccupsHitTheSharesOfTheTable) {
  const DrawnNoise noise = Draw(NoiseRates::Nominal(), 1, 36500, 1);
  std::set<double> of_one_hub;
  for (const Episode& hiccup : noise.hubs[1].episodes()) of_one_hub.insert(hiccup.share);
  EXPECT_EQ(of_one_hub, (std::set<double>{0.05, 0.2, 1}));
  double all_sites = 0;
  for (const Episode& hiccup : noise.all_hubs.episodes()) all_sites += hiccup.share == 1 ? 1 : 0;
  EXPECT_NEAR(all_sites / static_cast<double>(noise.all_hubs.episodes().size()), 2.0 / 3, 0.05);
}

TEST(Noise, ASmallerShareHitsFewerSites) {
  const Episode all = {.share = 1, .draw = 7};
  const Episode fifth = {.share = 0.2, .draw = 7};
  int hit = 0;
  for (int site = 0; site < 10'000; ++site) {
    EXPECT_TRUE(Hits(all, site));
    hit += Hits(fifth, site) ? 1 : 0;
  }
  EXPECT_NEAR(hit, 2000, 160);
}

TEST(Noise, ASiteMoreChangesNothingForTheOthers) {
  const LinkTraits link = {.loss = 0.01, .burst = 0.5};
  const DrawnNoise few = Draw(NoiseRates::Hostile(), 3, 30, 5, link);
  const DrawnNoise many = Draw(NoiseRates::Hostile(), 9, 30, 5, link);
  for (std::size_t site = 0; site < 3; ++site) {
    ASSERT_EQ(few.links[site].episodes().size(), many.links[site].episodes().size());
    for (std::size_t i = 0; i < few.links[site].episodes().size(); ++i) {
      EXPECT_EQ(few.links[site].episodes()[i].begin, many.links[site].episodes()[i].begin);
    }
    EXPECT_EQ(Seconds(few.blackouts[site]), Seconds(many.blackouts[site]));
  }
}

TEST(Noise, TellsWhatMayBeNamedAndWhom) {
  Scenario scenario;
  scenario.isps = 2;
  scenario.sites = DefaultSites(4, 2, 1);
  DrawnNoise noise = DrawNoise(NoiseRates::Quiet(), std::vector<LinkTraits>(4), 2, 0, 0, 100, 1);
  noise.links[3] = Timeline({{.begin = 1, .end = 1.5}, {.begin = 20, .end = 23}});
  noise.blackouts[0] = Timeline({{.begin = 5, .end = 9}});
  noise.isps[1] = Timeline({{.begin = 30, .end = 40, .kind = kTowardsMicrosoft}});
  noise.hubs[1] = Timeline({{.begin = 50, .end = 51}});
  noise.stalls[2] = Timeline({{.begin = 60, .end = 62}});

  const std::vector<NoiseEpisode> told = TellNoise(noise, scenario);

  ASSERT_EQ(told.size(), 4U);  // neither the short burst nor the stall
  EXPECT_EQ(told[0].sites, std::vector<SiteIndex>{0});
  EXPECT_EQ(told[0].domains[0].domain, FaultDomain::kSiteNetwork);
  EXPECT_EQ(told[1].when.from, absl::Seconds(20));
  EXPECT_EQ(told[2].sites, (std::vector<SiteIndex>{1, 3}));
  EXPECT_EQ(told[2].domains[0].domain, FaultDomain::kMicrosoft365);
  EXPECT_EQ(told[3].domains[0], (DomainName{.domain = FaultDomain::kHub, .hub = 2}));
  EXPECT_EQ(told[3].sites.size(), 4U);
}

}  // namespace
}  // namespace dialtone::detector::simulation
