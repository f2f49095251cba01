#include "detector/link.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {
namespace {

// b0 = rho e^(-lag / tau): chance that a line still bursts `lag` after a loss. Values as measured
// on branch lines; learned per site once baselines are.
constexpr double kRho = 0.8;
constexpr double kTauSeconds = 0.5;
// A loss further away than this says nothing; slightly after counts too.
constexpr double kLongestLag = 4;
constexpr double kLeastLag = -0.3;
// A witness that answered g before or after: f = 1 - 0.75 e^(-g / tau), up to 1 s.
constexpr double kWitnessWeight = 0.75;
constexpr double kWitnessReach = 1;

double WitnessFactor(double gap) {
  if (gap >= kWitnessReach) return 1;
  return 1 - kWitnessWeight * std::exp(-gap / kTauSeconds);
}

}  // namespace

std::array<absl::Time, 8> Link::FarPast() {
  std::array<absl::Time, 8> times;
  times.fill(absl::InfinitePast());
  return times;
}

void Link::OnWitnessGood(absl::Time sent) {
  goods_[next_good_] = sent;
  next_good_ = (next_good_ + 1) % goods_.size();
  last_witness_good_ = std::max(last_witness_good_, sent);
}

void Link::OnBad(TargetIndex target, absl::Time sent) {
  auto place = std::find_if(bads_.begin(), bads_.end(),
                            [target](const Bad& bad) { return bad.target == target; });
  if (place == bads_.end()) {
    place = bads_.end() - 1;
  } else if (place->sent > sent) {
    return;
  }
  *place = {.target = target, .sent = sent};
  std::sort(bads_.begin(), bads_.end(), [](const Bad& a, const Bad& b) { return a.sent > b.sent; });
}

double Link::BurstChance(TargetIndex target, absl::Time sent) const {
  double lag = kLongestLag;
  for (const Bad& bad : bads_) {
    if (bad.target == target || bad.target == kNone) continue;
    const double since = absl::ToDoubleSeconds(sent - bad.sent);
    if (since >= kLeastLag) lag = std::min(lag, std::max(0.0, since));
  }
  if (lag >= kLongestLag) return 0;

  double before = kWitnessReach;
  double after = kWitnessReach;
  for (const absl::Time good : goods_) {
    const double since = absl::ToDoubleSeconds(sent - good);
    double& gap = since >= 0 ? before : after;
    gap = std::min(gap, std::abs(since));
  }
  const double b0 = kRho * std::exp(-lag / kTauSeconds);
  const double f = WitnessFactor(before) * WitnessFactor(after);
  return b0 * f / (b0 * f + 1 - b0);
}

}  // namespace dialtone::detector
