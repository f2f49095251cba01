#include "detector/score.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {

const Nats& GoodNats() {
  static const Nats nats = [] {
    Nats values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(std::log(1 - kSeverities[i]));
    }
    return values;
  }();
  return nats;
}

Nats BadNats(double p) {
  constexpr double kMost = 0.98;  // a bad result is never worth nothing
  const double odds = 1 / std::min(p, kMost) - 1;
  Nats values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::log(1 + kSeverities[i] * odds));
  }
  return values;
}

float Score::best() const { return *std::max_element(nats.begin(), nats.end()); }

int Score::severity() const {
  return static_cast<int>(std::max_element(nats.begin(), nats.end()) - nats.begin());
}

void Score::Add(const Nats& change, int severities, bool is_bad, absl::Time sent) {
  const float before = best();
  if (!is_bad && before <= 0) return;
  for (int i = 0; i < severities; ++i) {
    const auto at = static_cast<std::size_t>(i);
    nats[at] = std::max(0.0F, nats[at] + change[at]);
  }
  if (is_bad) {
    if (bads == 0) onset = sent;
    ++bads;
    onset = std::min(onset, sent);
    if (before < kLeftGround && best() >= kLeftGround) rose = sent;
  }
  Settle();
}

void Score::Slide(float by) {
  for (float& value : nats) value = std::max(0.0F, value - by);
  Settle();
}

void Score::Clear() {
  nats.fill(0);
  Settle();
}

void Score::Settle() {
  const float now = best();
  if (now < kLeftGround) rose = absl::InfiniteFuture();
  if (now > 0) return;
  onset = absl::InfiniteFuture();
  bads = 0;
}

}  // namespace dialtone::detector
