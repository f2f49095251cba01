#include "detector/simulation/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "detector/simulation/random.h"

namespace dialtone::detector::simulation {
namespace {

constexpr double kDay = 86400;
constexpr double kYear = 365.25 * kDay;
// The streams of one run.
enum Stream : std::uint64_t { kLinks = 1, kBlackouts, kStalls, kIsps, kHubHiccups, kAllHubs };

// Packets lost inside a burst of a link.
constexpr double kLossInside = 0.7;
// A line cannot be in a burst for more of the time than this.
constexpr double kMostInBurst = 0.3;
// How much oftener bursts come at one hour than at another: a sine from midnight to midnight.
constexpr double kDayAmplitude = 0.6;

// Bursts of a link that are shorter than this, seconds, nobody can tell from lone losses.
constexpr double kShortestTold = 1;

// Lengths of the rare classes, seconds: lognormal, cut off.
struct Lengths {
  double median;
  double sigma;
  double longest;
  double Draw(Dice* dice) const { return std::min(longest, dice->Lognormal(median, sigma)); }
};
constexpr Lengths kBlackout = {3, 1, 29};
constexpr Lengths kIspBurst = {4, 1, 29};
constexpr Lengths kHubHiccup = {0.7, 0.7, 20};
constexpr Lengths kAllHubsHiccup = {1.5, 0.8, 20};
constexpr Lengths kStall = {0.4, 1, 8};

// Episodes at a constant rate; `fill` draws what an episode is beside its length.
template <typename Fill>
Timeline Draw(double rate, const Lengths& lengths, Moment begin, Moment end, std::uint64_t key,
              const Fill& fill) {
  std::vector<Episode> episodes;
  if (rate <= 0) return Timeline();
  Dice dice(key);
  for (Moment at = begin + dice.Exponential(1 / rate); at < end;) {
    Episode episode{.begin = at, .end = at + lengths.Draw(&dice)};
    fill(&dice, &episode);
    at = episode.end + dice.Exponential(1 / rate);
    episodes.push_back(episode);
  }
  return Timeline(std::move(episodes));
}

// A line is good or in a burst, two states without memory; how long the good stretches are follows
// the hour of the day.
Timeline DrawLink(const LinkTraits& link, double day_seconds, Moment begin, Moment end,
                  std::uint64_t key) {
  std::vector<Episode> episodes;
  const double in_burst = std::min(kMostInBurst, link.loss / kLossInside);
  if (in_burst <= 0 || link.burst <= 0) return Timeline();
  const double mean_good = link.burst * (1 - in_burst) / in_burst;
  Dice dice(key);
  const auto good = [&](Moment at) {
    const double day = std::sin(2 * std::numbers::pi * (day_seconds + at) / kDay);
    return dice.Exponential(mean_good / (1 + kDayAmplitude * day));
  };
  for (Moment at = begin + good(begin); at < end;) {
    const Moment over = at + dice.Exponential(link.burst);
    episodes.push_back({.begin = at, .end = over, .loss = kLossInside});
    at = over + good(over);
  }
  return Timeline(std::move(episodes));
}

// An ISP's core, or its way to Microsoft, for a while.
void FillIspBurst(Dice* dice, Episode* episode) {
  episode->loss = dice->Between(0.3, 1);
  episode->kind = dice->Uniform() < 0.3 ? kTowardsMicrosoft : kEverything;
}

void FillHiccup(Dice* dice, Episode* episode) {
  constexpr double kShares[] = {0.05, 0.2, 1};
  episode->kind = dice->Uniform() < 0.5 ? kRefusing : kSilent;
  episode->share = kShares[static_cast<int>(dice->Uniform() * 3)];
  episode->draw = dice->Bits();
}

void FillAllHubsHiccup(Dice* dice, Episode* episode) {
  episode->kind = dice->Uniform() < 0.5 ? kRefusing : kSilent;
  episode->share = dice->Uniform() < 1.0 / 3 ? 0.2 : 1;
  episode->draw = dice->Bits();
}

}  // namespace

NoiseRates NoiseRates::Nominal() {
  return {.blackouts = 1 / (3 * kDay),
          .isp_bursts = 0.5 / (7 * kDay),
          .hub_hiccups = 1 / kDay,
          .all_hubs_hiccups = 12 / kYear,
          .stalls = 2 / kDay};
}

NoiseRates NoiseRates::Hostile() {
  return {.link_loss_factor = 1.5,
          .blackouts = 3 / kDay,
          .isp_bursts = 5 / (7 * kDay),
          .hub_hiccups = 1 / kDay,
          .all_hubs_hiccups = 12 / kYear,
          .stalls = 20 / kDay};
}

void DrawnNoise::Rewind() {
  for (std::vector<Timeline>* const all : {&links, &blackouts, &stalls, &isps}) {
    for (Timeline& timeline : *all) timeline.Rewind();
  }
  for (Timeline& hub : hubs) hub.Rewind();
  all_hubs.Rewind();
}

DrawnNoise DrawNoise(const NoiseRates& rates, const std::vector<LinkTraits>& links, int isps,
                     double day_seconds, Moment begin, Moment end, std::uint64_t seed) {
  DrawnNoise noise;
  for (std::size_t site = 0; site < links.size(); ++site) {
    LinkTraits link = links[site];
    link.loss *= rates.link_loss_factor;
    noise.links.push_back(DrawLink(link, day_seconds, begin, end, Key(Key(seed, kLinks), site)));
    noise.blackouts.push_back(Draw(rates.blackouts, kBlackout, begin, end,
                                   Key(Key(seed, kBlackouts), site),
                                   [](Dice*, Episode* episode) { episode->loss = 1; }));
    noise.stalls.push_back(Draw(rates.stalls, kStall, begin, end, Key(Key(seed, kStalls), site),
                                [](Dice*, Episode*) {}));
  }
  for (int isp = 0; isp < isps; ++isp) {
    noise.isps.push_back(Draw(rates.isp_bursts, kIspBurst, begin, end,
                              Key(Key(seed, kIsps), static_cast<std::uint64_t>(isp)),
                              FillIspBurst));
  }
  for (std::size_t hub = 0; hub < noise.hubs.size(); ++hub) {
    noise.hubs[hub] = Draw(rates.hub_hiccups, kHubHiccup, begin, end,
                           Key(Key(seed, kHubHiccups), hub), FillHiccup);
  }
  noise.all_hubs = Draw(rates.all_hubs_hiccups, kAllHubsHiccup, begin, end, Key(seed, kAllHubs),
                        FillAllHubsHiccup);
  return noise;
}

std::vector<NoiseEpisode> TellNoise(const DrawnNoise& noise, const Scenario& scenario) {
  std::vector<NoiseEpisode> told;
  const auto tell = [&told](const Episode& episode, std::vector<DomainName> domains,
                            std::vector<SiteIndex> sites) {
    if (sites.empty()) return;
    told.push_back(
        {.when = {.from = absl::Seconds(episode.begin), .to = absl::Seconds(episode.end)},
         .domains = std::move(domains),
         .sites = std::move(sites)});
  };
  const std::vector<DomainName> network = {{.domain = FaultDomain::kSiteNetwork},
                                           {.domain = FaultDomain::kIspCore}};
  for (SiteIndex site = 0; site < scenario.site_count(); ++site) {
    const auto index = static_cast<std::size_t>(site);
    for (const Episode& burst : noise.links[index].episodes()) {
      if (burst.end - burst.begin >= kShortestTold) tell(burst, network, {site});
    }
    for (const Episode& blackout : noise.blackouts[index].episodes())
      tell(blackout, network, {site});
  }
  const auto sites_where = [&scenario](const auto& holds) {
    std::vector<SiteIndex> sites;
    for (SiteIndex site = 0; site < scenario.site_count(); ++site) {
      if (holds(site)) sites.push_back(site);
    }
    return sites;
  };
  for (std::size_t isp = 0; isp < noise.isps.size(); ++isp) {
    const std::vector<SiteIndex> sites = sites_where([&](SiteIndex site) {
      return scenario.sites[static_cast<std::size_t>(site)].isp == static_cast<int>(isp);
    });
    for (const Episode& burst : noise.isps[isp].episodes()) {
      const std::vector<DomainName> microsoft = {{.domain = FaultDomain::kMicrosoft365},
                                                 {.domain = FaultDomain::kTeamsAll}};
      tell(burst, burst.kind == kEverything ? network : microsoft, sites);
    }
  }
  for (std::size_t hub = 0; hub < noise.hubs.size(); ++hub) {
    for (const Episode& hiccup : noise.hubs[hub].episodes()) {
      tell(hiccup, {{.domain = FaultDomain::kHub, .hub = static_cast<int>(hub) + 1}},
           sites_where([&hiccup](SiteIndex site) { return Hits(hiccup, site); }));
    }
  }
  for (const Episode& hiccup : noise.all_hubs.episodes()) {
    tell(hiccup, {{.domain = FaultDomain::kTeamsSignalling}, {.domain = FaultDomain::kTeamsAll}},
         sites_where([&hiccup](SiteIndex site) { return Hits(hiccup, site); }));
  }
  std::stable_sort(told.begin(), told.end(), [](const NoiseEpisode& a, const NoiseEpisode& b) {
    return a.when.from < b.when.from;
  });
  return told;
}

bool Hits(const Episode& episode, int site) {
  return episode.share >= 1 ||
         Unit(Key(episode.draw, static_cast<std::uint64_t>(site))) < episode.share;
}

}  // namespace dialtone::detector::simulation
