#include "detector/link.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {
namespace {

// A loss further away than this says nothing; slightly after counts too: the order in which two
// losses were sent need not be that in which the burst met them.
constexpr double kLongestLag = 4;
constexpr double kLeastLag = -0.3;
// A witness that answered g before or after: f = 1 - 0.75 e^(-g / tau), up to 1 s. Not 1: inside a
// burst a third of the packets pass.
constexpr double kWitnessWeight = 0.75;
constexpr double kWitnessReach = 1;

// Bursts of lines last for a second, of an ISP for four (median). Longer ones fade as an excuse.
constexpr double kLongestBurst = 10;
constexpr double kFadesWithin = 5;
// Of a line of which nothing is known yet: one request of a hundred, as if a hundred had been seen.
constexpr float kPriorLost = 1;
constexpr float kPriorRequests = 100;

// Prior of the two shares: 70 % bad right after a bad probe, 10 % a second later, as if seen in ten
// cases each; together with the lags below they give the usual tau of half a second.
constexpr double kPriorCases = 10;
constexpr double kPriorAfterAny = 0.7;
constexpr double kPriorAfterOwn = 0.1;
constexpr double kPriorLagAny = 0.083;
constexpr double kPriorLagOwn = 1;
// Bounds of what may be believed of a line.
constexpr double kLeastTau = 0.05;
constexpr double kMostTau = 2;
constexpr double kLeastRho = 0.3;
constexpr double kMostRho = 0.95;
// Half the memory is dropped here, so that a line may change within a day or so.
constexpr float kMostCases = 1000;
// The same of requests, ten or so of which are sent a second.
constexpr float kMostRequests = 200'000;
// Probes further apart than this teach nothing of bursts.
constexpr absl::Duration kTeaches = absl::Seconds(4);

double WitnessFactor(double gap, double tau) {
  if (gap >= kWitnessReach) return 1;
  return 1 - kWitnessWeight * std::exp(-gap / tau);
}

}  // namespace

std::array<absl::Time, 8> Link::FarPast() {
  std::array<absl::Time, 8> times;
  times.fill(absl::InfinitePast());
  return times;
}

void Link::Learn(bool is_bad, bool is_stream, absl::Time sent, absl::Duration own_lag) {
  if (!is_stream) {
    learned_.requests += 1;
    learned_.lost += is_bad ? 1.0F : 0.0F;
    if (learned_.requests > kMostRequests) {
      learned_.requests /= 2;
      learned_.lost /= 2;
    }
  }
  const absl::Duration lag = absl::AbsDuration(sent - previous_sent_);
  bool is_new = false;
  if (previous_was_bad_ && lag < kTeaches) {
    learned_.after_any += 1;
    learned_.bad_after_any += is_bad ? 1.0F : 0.0F;
    learned_.lag_any += static_cast<float>(absl::ToDoubleSeconds(lag));
    is_new = true;
  }
  if (own_lag < kTeaches) {
    learned_.after_own += 1;
    learned_.bad_after_own += is_bad ? 1.0F : 0.0F;
    learned_.lag_own += static_cast<float>(absl::ToDoubleSeconds(own_lag));
    is_new = true;
  }
  previous_sent_ = sent;
  previous_was_bad_ = is_bad;
  if (is_new) Fit();
}

void Link::set_learned(const Learned& learned) {
  learned_ = learned;
  learned_.lost = std::min(learned_.lost, learned_.requests);
  Fit();
}

void Link::Fit() {
  if (std::max(learned_.after_any, learned_.after_own) > kMostCases) {
    for (float* const value : {&learned_.after_any, &learned_.bad_after_any, &learned_.lag_any,
                               &learned_.after_own, &learned_.bad_after_own, &learned_.lag_own}) {
      *value /= 2;
    }
  }
  const double any = static_cast<double>(learned_.after_any) + kPriorCases;
  const double own = static_cast<double>(learned_.after_own) + kPriorCases;
  const double a =
      (static_cast<double>(learned_.bad_after_any) + kPriorAfterAny * kPriorCases) / any;
  // The longer lag cannot have the larger share; where it seems to, noise says so.
  constexpr double kMostOfA = 0.95;
  const double b =
      std::min((static_cast<double>(learned_.bad_after_own) + kPriorAfterOwn * kPriorCases) / own,
               kMostOfA * a);
  const double lag_any = (static_cast<double>(learned_.lag_any) + kPriorLagAny * kPriorCases) / any;
  const double lag_own = (static_cast<double>(learned_.lag_own) + kPriorLagOwn * kPriorCases) / own;
  tau_ = std::clamp((lag_own - lag_any) / std::log(a / b), kLeastTau, kMostTau);
  rho_ = std::clamp(a * std::exp(lag_any / tau_), kLeastRho, kMostRho);
}

void Link::OnWitnessGood(absl::Time sent) {
  goods_[next_good_] = sent;
  next_good_ = (next_good_ + 1) % goods_.size();
  last_witness_good_ = std::max(last_witness_good_, sent);
}

void Link::OnBad(TargetIndex target, absl::Time sent, bool is_stream, double chance) {
  if (!is_stream) {
    if (absl::ToDoubleSeconds(sent - last_lost_) >= kLongestLag) losing_since_ = sent;
    last_lost_ = std::max(last_lost_, sent);
  }
  auto place = std::find_if(bads_.begin(), bads_.end(),
                            [target](const Bad& bad) { return bad.target == target; });
  if (place == bads_.end()) {
    place = bads_.end() - 1;
  } else if (place->sent > sent) {
    return;
  }
  *place = {.target = target, .sent = sent, .chance = chance};
  std::sort(bads_.begin(), bads_.end(), [](const Bad& a, const Bad& b) { return a.sent > b.sent; });
}

double Link::usual_loss() const {
  return static_cast<double>((learned_.lost + kPriorLost) / (learned_.requests + kPriorRequests));
}

// By what share of its chance a burst still explains a loss.
double Link::Excused(absl::Time sent) const {
  if (absl::ToDoubleSeconds(sent - last_lost_) >= kLongestLag) return 1;
  const double lasted = absl::ToDoubleSeconds(std::min(sent, last_lost_) - losing_since_);
  return std::min(1.0, std::exp((kLongestBurst - lasted) / kFadesWithin));
}

Link::Burst Link::BurstAt(TargetIndex target, absl::Time sent, bool is_stream) const {
  double lag = kLongestLag;
  const Bad* last = nullptr;
  for (const Bad& bad : bads_) {
    if (bad.target == target || bad.target == kNone) continue;
    const double since = absl::ToDoubleSeconds(sent - bad.sent);
    if (since < kLeastLag || std::max(0.0, since) >= lag) continue;
    lag = std::max(0.0, since);
    last = &bad;
  }
  if (last == nullptr) return {};
  const double lasts = rho_ * std::exp(-lag / tau_);
  Burst burst{.chance = std::max(lasts * Excused(sent), std::min(lasts, usual_loss())),
              .seen_in = last->target,
              .seen_chance = last->chance};
  if (is_stream) return burst;

  double before = kWitnessReach;
  double after = kWitnessReach;
  for (const absl::Time good : goods_) {
    const double since = absl::ToDoubleSeconds(sent - good);
    double& gap = since >= 0 ? before : after;
    gap = std::min(gap, std::abs(since));
  }
  const double b0 = burst.chance;
  const double f = WitnessFactor(before, tau_) * WitnessFactor(after, tau_);
  burst.chance = b0 * f / (b0 * f + 1 - b0);
  return burst;
}

}  // namespace dialtone::detector
