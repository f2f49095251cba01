#include "detector/simulation/expected_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "detector/chance.h"
#include "detector/link.h"
#include "detector/path_health.h"
#include "detector/score.h"

namespace dialtone::detector::simulation {
namespace {

// Of a path that is well, the share of bad probes: what a scenario's nominal lines teach.
constexpr double kBaseline = 0.005;

constexpr double kLongest = 3600;
// Steps of the integral: 10 ms, and longer as time goes on.
constexpr double kLeastStep = 0.01;
constexpr double kGrowth = 0.01;
// Of the means over when the previous bad result was.
constexpr int kQuantiles = 8;

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

// The chance that a burst of the line explains a bad result, `lag` after the site's previous one;
// so many witnesses answer a second.
double BurstChance(double lag, double witnesses) {
  constexpr TargetIndex kJudged = 0;
  constexpr TargetIndex kOther = 1;
  const absl::Time sent = absl::UnixEpoch();
  Link line;  // of which nothing special has been learned
  line.OnBad(kOther, sent - absl::Seconds(lag), /*is_stream=*/false, /*chance=*/1);
  if (witnesses > 0) {
    line.OnWitnessGood(sent - absl::Seconds(0.5 / witnesses));
    line.OnWitnessGood(sent + absl::Seconds(0.5 / witnesses));
  }
  return line.BurstAt(kJudged, sent, /*is_stream=*/false).chance;
}

// The chances by which bad results are weighed at one moment: as many cases as there are pairs.
class Chances {
 public:
  // `since` the fault began; so many probes and answers of witnesses a second at this site.
  Chances(const ProbeStream& stream, double since, double probes, double witnesses) {
    const double always = stream.is_refusal ? kRefusalByChance : kBaseline;
    const double own_spacing = stream.targets / probes;
    const std::array<double, kQuantiles> own = Lags(own_spacing, stream.spoilt, since);
    // No burst of the line says no; and it shows in other targets than the one that is judged.
    const bool may_burst = !stream.is_refusal && stream.targets > 1 &&
                           (stream.spoilt < 1 || since < PathHealth::kState * own_spacing);
    const double spacing = may_burst ? own_spacing / (stream.targets - 1) : kLongest;
    const std::array<double, kQuantiles> lags = Lags(spacing, stream.spoilt, since);
    std::array<double, kQuantiles> bursts{};
    std::transform(lags.begin(), lags.end(), bursts.begin(),
                   [&](double lag) { return BurstChance(lag, witnesses); });
    for (const double own_lag : own) {
      for (const double burst : bursts) {
        Add({.always = always, .burst = burst, .stutter = PathHealth::StutterAfter(own_lag)});
      }
    }
  }

  // Of a bad result, for each severity.
  double MeanNats(std::size_t severity) const { return sums_[severity] / kCases; }

 private:
  static constexpr double kCases = double{kQuantiles} * kQuantiles;

  void Add(const Chance& chance) {
    const Nats nats = NatsOf({.always = chance.all()}, /*is_bad=*/true, /*explains_burst=*/true);
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += static_cast<double>(nats[i]);
  }

  std::array<double, kSeverityCount> sums_{};
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
      const double gain =
          stream.spoilt * chances.MeanNats(i) +
          (1 - stream.spoilt) * static_cast<double>(GoodNats(/*is_stream=*/false)[i]);
      scores[i] = std::max(0.0, scores[i] + step * sites * (i > 0 ? mild : probes) * gain);
      best = std::max(best, scores[i]);
    }
    if (best >= nats) return absl::Seconds(answer + std::max(now, first));
  }
  return std::nullopt;
}

}  // namespace dialtone::detector::simulation
