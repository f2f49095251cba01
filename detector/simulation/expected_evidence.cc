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
// So many bad results in a row are no burst of the line but a state of the path (path_health.h).
constexpr double kState = 5;

constexpr double kLongest = 3600;
// Steps of the integral: 10 ms, and longer as time goes on.
constexpr double kLeastStep = 0.01;
constexpr double kGrowth = 0.01;
// Of the means over when the previous bad result was.
constexpr int kQuantiles = 8;

double Or(double a, double b) { return 1 - (1 - a) * (1 - b); }

// When the previous bad result was, in the middle of each of kQuantiles equal shares of the cases:
// probes come `spacing` apart and `spoilt` of them are bad. Infinite where it was before the fault.
std::array<double, kQuantiles> Lags(double spacing, double spoilt, double since) {
  std::array<double, kQuantiles> lags{};
  for (int i = 0; i < kQuantiles; ++i) {
    const double share = (i + 0.5) / kQuantiles;
    const double probes = spoilt >= 1 ? 1 : std::ceil(std::log(1 - share) / std::log(1 - spoilt));
    const double lag = spacing * std::max(1.0, probes);
    lags[static_cast<std::size_t>(i)] = lag <= since ? lag : kLongest;
  }
  return lags;
}

// The chance that a burst of the line explains a bad result, `lag` after the site's previous one.
double BurstChance(double lag, double witnesses) {
  if (lag >= kLongestLag) return 0;
  const double b0 = kRho * std::exp(-lag / kTau);
  double f = 1;
  if (witnesses > 0.5) {
    f = std::pow(1 - kWitness * std::exp(-0.5 / witnesses / kTau), 2);
  }
  return b0 * f / (b0 * f + 1 - b0);
}

// The chances by which bad results are weighed at one moment: as many cases as there are pairs.
class Chances {
 public:
  // `since` the fault began; so many probes and answers of witnesses a second at this site.
  Chances(const ProbeStream& stream, double since, double probes, double witnesses) {
    const double a = stream.is_refusal ? kRefusal : kBaseline;
    const double own_spacing = stream.targets / probes;
    const std::array<double, kQuantiles> own = Lags(own_spacing, stream.spoilt, since);
    // No burst of the line says no; and it shows in other targets than the one that is judged.
    const bool may_burst = !stream.is_refusal && stream.targets > 1 &&
                           (stream.spoilt < 1 || since < kState * own_spacing);
    const double spacing = may_burst ? own_spacing / (stream.targets - 1) : kLongest;
    const std::array<double, kQuantiles> other = Lags(spacing, stream.spoilt, since);
    std::size_t next = 0;
    for (const double own_lag : own) {
      const double c = kStutter * std::exp(-own_lag / kStutterTau);
      for (const double lag : other) {
        chances_[next++] = std::min(0.98, Or(Or(a, BurstChance(lag, witnesses)), c));
      }
    }
  }

  double MeanNats(double q) const {
    double sum = 0;
    for (const double p : chances_) sum += std::log(1 + q * (1 / p - 1));
    return sum / static_cast<double>(chances_.size());
  }

 private:
  std::array<double, std::size_t{kQuantiles} * kQuantiles> chances_{};
};

}  // namespace

std::optional<absl::Duration> TimeToReach(double nats, const ProbeStream& stream, int sites,
                                          const Policy& policy) {
  if (stream.probes <= 0 || stream.spoilt <= 0 || stream.targets == 0) return std::nullopt;
  const bool is_fast = policy.burst_interval < absl::Milliseconds(500);
  const double answer = absl::ToDoubleSeconds(stream.answer);
  // Means run ahead of the first bad result, which is there after this time in half of the cases.
  const double first = std::log(2) / (stream.spoilt * stream.probes * sites);
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
    const Chances chances(stream, now, probes, mean(stream.witnesses, stream.burst_witnesses));
    // Of a burst that is faster than its probes are independent two a second speak for mild ones.
    const double mild =
        is_fast ? std::min(probes, std::max(stream.probes, 2.0 * stream.targets)) : probes;
    double best = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double q = kSeverities[i];
      const double gain =
          stream.spoilt * chances.MeanNats(q) + (1 - stream.spoilt) * std::log(1 - q);
      scores[i] = std::max(0.0, scores[i] + step * sites * (i > 0 ? mild : probes) * gain);
      best = std::max(best, scores[i]);
    }
    if (best >= nats) return absl::Seconds(answer + std::max(now, first));
  }
  return std::nullopt;
}

}  // namespace dialtone::detector::simulation
