#include "detector/score.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {
namespace {

Nats Good(double share) {
  Nats values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::log(1 - share * kSeverities[i]));
  }
  return values;
}

}  // namespace

const Nats& GoodNats() {
  static const Nats nats = Good(1);
  return nats;
}

const Nats& HalfGoodNats() {
  static const Nats nats = Good(kRecoveryShare);
  return nats;
}

float Score::best() const {
  return std::max(std::max(nats[0], nats[1]), std::max(nats[2], nats[3]));
}

int Score::severity() const {
  return static_cast<int>(std::max_element(nats.begin(), nats.end()) - nats.begin());
}

void Score::Add(const Nats& change, int severities, bool is_bad, absl::Time sent) {
  const float before = best();
  // Answers are known up to a second later than losses: in the order of sending, one from before
  // the first loss found the score at zero.
  if (!is_bad && (before <= 0 || sent < onset)) return;
  for (int i = 0; i < severities; ++i) {
    const auto at = static_cast<std::size_t>(i);
    nats[at] = std::max(0.0F, nats[at] + change[at]);
    calm[at] = std::clamp(calm[at] - change[at], 0.0F, kMostCalm);
  }
  const float after = best();
  if (is_bad) {
    onset = bads == 0 ? sent : std::min(onset, sent);
    ++bads;
    if (before < kLeftGround && after >= kLeftGround) rose = sent;
  }
  peak = std::max(peak, after);
  Settle(after);
}

void Score::Slide(float by, float ceiling) {
  for (float& value : nats) value = std::max(0.0F, value - by);
  peak = std::min(peak, ceiling);
  Settle(best());
}

void Score::Clear() { *this = {}; }

void Score::Settle(float best) {
  if (best < kLeftGround) rose = absl::InfiniteFuture();
  if (best <= 0) *this = {};
}

}  // namespace dialtone::detector
