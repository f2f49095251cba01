#include "agents/patience.h"

#include <algorithm>

namespace dialtone::agents {
namespace {

constexpr absl::Duration kMargin = absl::Milliseconds(300);
constexpr int kRoundTrips = 2;
constexpr double kOverLongest = 1.25;
// Of fewer than these none is an exception yet.
constexpr std::size_t kFew = 4;

}  // namespace

void Patience::Learn(absl::Duration round_trip) {
  last_[learned_ % kRemembered] = std::clamp(round_trip, absl::ZeroDuration(), ceiling_);
  ++learned_;
  std::array<absl::Duration, kRemembered> sorted = last_;
  const std::size_t known = std::min(learned_, kRemembered);
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(known));
  const absl::Duration usual = sorted[(known - 1) / 2];
  const absl::Duration longest = sorted[known - (known < kFew ? 1 : 2)];
  wait_ = std::min(ceiling_, std::max(kMargin + kRoundTrips * usual, kOverLongest * longest));
}

}  // namespace dialtone::agents
