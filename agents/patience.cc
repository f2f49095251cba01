#include "agents/patience.h"

#include <algorithm>

namespace dialtone::agents {
namespace {

constexpr absl::Duration kMargin = absl::Milliseconds(300);
constexpr int kRoundTrips = 2;
constexpr int kForgetting = 16;

}  // namespace

absl::Duration Patience::wait() const {
  if (!learned_) return ceiling_;
  return std::min(ceiling_, kMargin + kRoundTrips * *learned_);
}

void Patience::Learn(absl::Duration round_trip) {
  const absl::Duration sample = std::clamp(round_trip, absl::ZeroDuration(), ceiling_);
  if (!learned_ || sample > *learned_) {
    learned_ = sample;
  } else {
    *learned_ -= (*learned_ - sample) / kForgetting;
  }
}

}  // namespace dialtone::agents
