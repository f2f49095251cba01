#include "detector/simulation/forecast.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/hypothesis.h"
#include "detector/score.h"

namespace dialtone::detector::simulation {
namespace {

// Of a path that is well, the share of bad probes (the middle of lines measured).
constexpr double kBaseline = 0.005;
// A learned deadline: 0.3 s and twice a round trip of 50 ms. And an answer that says no.
constexpr double kSilence = 0.4;
constexpr double kAnswer = 0.05;
constexpr double kLongest = 3600;
// A faster burst speaks for hard faults only (settled with the agents).
constexpr double kFastestForPartial = 0.5;

struct Kind {
  std::string fault;
  int targets = 0;    // that it spoils, at one site
  double spoilt = 1;  // share of their probes
  double answer = kSilence;
  bool is_call = false;  // seen by test calls alone
};

// At least two of the 25 packets of an audio probe lost, at that loss each way.
double AudioSpoilt(double loss) {
  const double p = 1 - (1 - loss) * (1 - loss);
  return 1 - std::pow(1 - p, 25) - 25 * p * std::pow(1 - p, 24);
}

// Expected nats of one probe, for the severity that explains it best.
double NatsPerProbe(double spoilt) {
  double best = 0;
  for (const double q : kSeverities) {
    const double bad = std::log(1 + q * (1 / kBaseline - 1));
    best = std::max(best, spoilt * bad + (1 - spoilt) * std::log(1 - q));
  }
  return best;
}

// Test calls: as often as scenarios place them at these rates.
double CallInterval(const Policy& policy) {
  return policy.microsoft_interval <= absl::Seconds(1) ? 10 : 300;
}

absl::Duration Recognised(const Policy& policy, const Kind& kind, int sites, double threshold) {
  const double nats = NatsPerProbe(kind.spoilt);
  if (nats <= 0) return absl::InfiniteDuration();
  const double interval =
      kind.is_call ? CallInterval(policy) : absl::ToDoubleSeconds(policy.microsoft_interval);
  const double streams = static_cast<double>(kind.targets) * sites;
  const double slow = streams / interval;  // probes a second
  double fast = slow;
  if (!kind.is_call) {
    double burst = absl::ToDoubleSeconds(policy.burst_interval);
    if (kind.spoilt < 0.8) burst = std::max(burst, kFastestForPartial);
    fast = std::max(slow, streams / burst);
  }
  // What the first bad probe says is there with it; then up to the suspicion at the slow rate.
  const double suspected = std::max(1.0, std::min(kSuspectedNats, threshold) / nats) / slow;
  const double rest = std::max(0.0, threshold - std::max(kSuspectedNats, nats)) / nats;
  const double burst_lasts = absl::ToDoubleSeconds(policy.burst_duration);
  double confirmed = rest / fast;
  if (confirmed > burst_lasts) confirmed = burst_lasts + (rest - burst_lasts * fast) / slow;
  const double all = kind.answer + suspected + confirmed;
  return all > kLongest ? absl::InfiniteDuration() : absl::Seconds(all);
}

// The chance that a lognormal episode, cut off at `most`, outlasts `least` and ends within 30 s of
// it.
double ChanceBrief(double median, double sigma, double most, double least) {
  const auto outlasts = [&](double seconds) {
    if (seconds >= most) return 0.0;
    return 0.5 * std::erfc(std::log(seconds / median) / sigma / std::sqrt(2.0));
  };
  return std::max(0.0, outlasts(least) - outlasts(least + 30));
}

// The troubles that networks make by themselves, as scenarios play them under `nominal`.
double BriefFlips(const Policy& policy, const FleetShape& shape) {
  const double wide = absl::ToDoubleSeconds(policy.persistence_wide);
  const double isp = absl::ToDoubleSeconds(policy.persistence_isp);
  constexpr double kHubHiccupsPerYear = 12;      // all hubs at once
  constexpr double kIspBurstsPerYear = 26;       // of one ISP
  constexpr double kTowardsMicrosoftOnly = 0.3;  // of these: the others name a network
  return kHubHiccupsPerYear * ChanceBrief(1.5, 0.8, 20, wide) +
         kIspBurstsPerYear * kTowardsMicrosoftOnly * shape.isps * ChanceBrief(4, 1, 29, isp);
}

}  // namespace

Forecast ForecastOf(const Policy& policy, const FleetShape& shape) {
  Forecast forecast;
  Fleet fleet;
  std::vector<SiteIndex> all;
  for (SiteIndex site = 0; site < shape.sites; ++site) {
    fleet.sites.emplace_back();
    all.push_back(site);
  }
  constexpr TargetRole kMicrosofts[] = {
      TargetRole::kTeamsHub,           TargetRole::kTeamsHub,        TargetRole::kTeamsHub,
      TargetRole::kTeamsMediaRelay,    TargetRole::kTeamsMediaRelay, TargetRole::kSignIn,
      TargetRole::kMicrosoft365Witness};
  for (const TargetRole role : kMicrosofts) {
    fleet.targets.push_back({.role = role, .sites = all, .interval = policy.microsoft_interval});
  }
  forecast.thresholds = ThresholdsOf(policy, fleet);

  const std::vector<Kind> kinds = {
      {.fault = "all hubs silent", .targets = 3},
      {.fault = "all hubs answer 503", .targets = 3, .answer = kAnswer},
      {.fault = "30 % of requests die", .targets = 3, .spoilt = 0.3},
      {.fault = "10 % of requests die", .targets = 3, .spoilt = 0.1},
      {.fault = "5 % of requests die", .targets = 3, .spoilt = 0.05},
      {.fault = "media loss 10 %", .targets = 2, .spoilt = AudioSpoilt(0.1), .answer = 1},
      {.fault = "media loss 3 %", .targets = 2, .spoilt = AudioSpoilt(0.03), .answer = 1},
      {.fault = "sign-in dead", .targets = 1},
      {.fault = "calls without audio one way", .targets = 1, .answer = 4, .is_call = true}};
  const auto add = [&](const Kind& kind, const std::string& scope, int sites, double threshold,
                       absl::Duration persistence) {
    FaultForecast row{.fault = kind.fault, .scope = scope};
    row.recognised = Recognised(policy, kind, sites, threshold);
    const bool is_worth_it = 100 * kind.spoilt >= policy.least_hurt_percent;
    if (is_worth_it) row.moved = std::max(row.recognised, persistence);
    forecast.faults.push_back(std::move(row));
  };
  for (const Kind& kind : kinds) {
    if (shape.sites < 2) break;
    add(kind, "everyone", shape.sites, forecast.thresholds.wide, policy.persistence_wide);
  }
  const int of_isp = shape.sites / std::max(1, shape.isps);
  if (of_isp >= 2 && shape.isps >= 2) {
    add({.fault = "path to Microsoft dead", .targets = 7}, "one ISP", of_isp,
        forecast.thresholds.wide, policy.persistence_isp);
  }
  add(kinds[0], "one site", 1, forecast.thresholds.site, policy.persistence_site);
  add(kinds[2], "one site", 1, forecast.thresholds.site, policy.persistence_site);

  forecast.brief_flips_per_year = BriefFlips(policy, shape);
  if (forecast.brief_flips_per_year > policy.brief_flips_per_year) {
    forecast.broken.push_back(absl::StrFormat(
        "brief flips: %.1f a year are to be expected, stated are at most %g; a longer "
        "persistence.wide or persistence.isp makes them fewer",
        forecast.brief_flips_per_year, policy.brief_flips_per_year));
  }
  for (const FaultForecast& row : forecast.faults) {
    if (row.fault != kinds[0].fault || row.scope == "one site") continue;
    if (row.recognised > policy.shortest_outage) {
      forecast.broken.push_back(absl::StrCat("\"", row.fault, "\" is recognised after ",
                                             absl::FormatDuration(row.recognised),
                                             ", later than the shortest outage worth moving for, ",
                                             absl::FormatDuration(policy.shortest_outage)));
    }
  }
  return forecast;
}

}  // namespace dialtone::detector::simulation
