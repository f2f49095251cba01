#include "agents/quality.h"

#include <algorithm>
#include <cmath>

namespace dialtone::agents {
namespace {

// R of a call without loss or delay, with the default values of G.107.
constexpr double kBestRating = 93.2;
constexpr double kLossRobustness = 25.1;  // Bpl of G.711 with concealment
// From microphone to network and back to the ear: one 20 ms frame, and a jitter buffer that holds
// twice the jitter.
constexpr absl::Duration kFrame = absl::Milliseconds(20);
constexpr int kJitterBuffer = 2;

// Id of G.107, as the two straight lines that Cole and Rosenbluth put through its curve ("Voice
// over IP performance monitoring", 2001).
double ImpairmentByDelay(double milliseconds) {
  return 0.024 * milliseconds + 0.11 * std::max(0.0, milliseconds - 177.3);
}

// Ie,eff of G.107 with Ie = 0 and BurstR = 1.
double ImpairmentByLoss(double percent) { return 95.0 * percent / (percent + kLossRobustness); }

// G.107 annex B.
double ScoreOfRating(double rating) {
  const double r = std::clamp(rating, 0.0, 100.0);
  return std::max(1.0, 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6);
}

}  // namespace

double Quality::loss_ratio() const {
  return sent == 0 ? 0.0 : static_cast<double>(lost) / static_cast<double>(sent);
}

Quality QualityMeter::Measured() const {
  Quality quality = {.sent = sent(), .lost = lost()};
  if (round_trips_.empty()) return quality;
  absl::Duration sum;
  for (size_t i = 1; i < round_trips_.size(); ++i) {
    sum += absl::AbsDuration(round_trips_[i] - round_trips_[i - 1]);
  }
  if (round_trips_.size() > 1) quality.jitter = sum / static_cast<int64_t>(round_trips_.size() - 1);
  std::vector<absl::Duration> sorted = round_trips_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  quality.round_trip = *middle;
  return quality;
}

std::optional<double> MeanOpinionScore(const Quality& quality) {
  if (!quality.round_trip) return std::nullopt;
  const absl::Duration one_way =
      *quality.round_trip / 2 + kFrame + kJitterBuffer * quality.jitter.value_or(absl::Duration());
  const double rating = kBestRating - ImpairmentByDelay(absl::ToDoubleMilliseconds(one_way)) -
                        ImpairmentByLoss(100.0 * quality.loss_ratio());
  return ScoreOfRating(rating);
}

}  // namespace dialtone::agents
