#include "detector/simulation/expected_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "detector/score.h"

namespace dialtone::detector::simulation {
namespace {

// Of a path that is well, the share of bad probes: what a scenario's nominal lines teach.
constexpr double kBaseline = 0.005;
constexpr double kRefusal = 0.001;
// A line of which nothing special has been learned (link.cc), and a path's stutter
// (path_health.cc).
constexpr double kRho = 0.8;
constexpr double kTau = 0.5;
constexpr double kWitness = 0.75;
constexpr double kStutter = 0.5;
constexpr double kStutterTau = 0.7;
constexpr double kLongestLag = 4;

constexpr double kLongest = 3600;
// Steps of the integral: 10 ms, and longer as time goes on.
constexpr double kLeastStep = 0.01;
constexpr double kGrowth = 0.01;
// Of the mean over when the previous bad result was.
constexpr int kLags = 24;

// Results that come at some rate since the fault began.
struct Rates {
  double bad = 0;        // a second, at one site
  double own_bad = 0;    // of one path
  double witnesses = 0;  // good ones
};

double Or(double a, double b) { return 1 - (1 - a) * (1 - b); }

// The chance that a burst of the line explains a bad result, `lag` after the site's previous one.
double BurstChance(double lag, double witnesses) {
  const double b0 = kRho * std::exp(-lag / kTau);
  double f = 1;
  if (witnesses > 0) {
    const double gap = std::min(1.0, 0.5 / witnesses);
    f = gap < 1 ? std::pow(1 - kWitness * std::exp(-gap / kTau), 2) : 1;
  }
  return b0 * f / (b0 * f + 1 - b0);
}

// Mean nats of a bad result `since` seconds after the first one could be.
double BadNatsAt(double since, double q, const ProbeStream& stream, const Rates& rates) {
  const auto nats = [&](double p) { return std::log(1 + q * (1 / std::min(p, 0.98) - 1)); };
  const double a = stream.is_refusal ? kRefusal : kBaseline;
  const double own_lag = rates.own_bad > 0 ? 1 / rates.own_bad : kLongest;
  const double c = since > own_lag ? kStutter * std::exp(-own_lag / kStutterTau) : 0;
  const double alone = nats(Or(a, c));
  // No burst of the line says no, and one target has no neighbours that could tell of one.
  if (stream.is_refusal || stream.targets < 2) return alone;
  const double reach = std::min(since, kLongestLag);
  double mean = 0;
  double weights = 0;
  for (int i = 0; i < kLags; ++i) {
    const double lag = reach * (i + 0.5) / kLags;
    const double weight = rates.bad * std::exp(-rates.bad * lag) * reach / kLags;
    mean += weight * nats(Or(Or(a, BurstChance(lag, rates.witnesses)), c));
    weights += weight;
  }
  weights = std::min(1.0, weights);
  return mean + (1 - weights) * alone;
}

}  // namespace

std::optional<absl::Duration> TimeToReach(double nats, const ProbeStream& stream, int sites,
                                          const Policy& policy) {
  if (stream.probes <= 0 || stream.spoilt <= 0 || stream.targets == 0) return std::nullopt;
  const bool is_fast = policy.burst_interval < absl::Milliseconds(500);
  const double answer = absl::ToDoubleSeconds(stream.answer);
  std::array<double, kSeverityCount> scores{};
  double step = kLeastStep;
  // `now`: when the probes were sent whose results are known `answer` later.
  for (double now = 0; now < kLongest; now += step) {
    step = std::max(kLeastStep, kGrowth * now);
    // Sites that had a bad result by then burst: from the core's first doubt on.
    const double known = std::max(0.0, now - answer);
    const double bursting = 1 - std::exp(-stream.spoilt * stream.probes * known);
    const auto mean = [&](double slow, double fast) { return slow + bursting * (fast - slow); };
    const double probes = mean(stream.probes, stream.burst_probes);
    const Rates rates = {.bad = stream.spoilt * probes,
                         .own_bad = stream.spoilt * probes / stream.targets,
                         .witnesses = mean(stream.witnesses, stream.burst_witnesses)};
    // Of a burst that is faster than its probes are independent two a second speak for mild ones.
    const double mild =
        is_fast ? std::min(probes, std::max(stream.probes, 2.0 * stream.targets)) : probes;
    double best = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double q = kSeverities[i];
      const double bad = BadNatsAt(now, q, stream, rates);
      const double gain = stream.spoilt * bad + (1 - stream.spoilt) * std::log(1 - q);
      scores[i] = std::max(0.0, scores[i] + step * sites * (i > 0 ? mild : probes) * gain);
      best = std::max(best, scores[i]);
    }
    // The first result at all comes after one spacing, however much it says.
    if (best >= nats) return absl::Seconds(answer + std::max(now, 1 / (probes * sites)));
  }
  return std::nullopt;
}

}  // namespace dialtone::detector::simulation
