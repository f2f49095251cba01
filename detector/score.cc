#include "detector/score.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {
namespace {

// For requests, and for streams.
using OfKind = std::array<Nats, 2>;

OfKind Good(double share) {
  OfKind of_kind{};
  for (std::size_t kind = 0; kind < of_kind.size(); ++kind) {
    for (int i = 0; i < kWithLossy; ++i) {
      of_kind[kind][static_cast<std::size_t>(i)] =
          static_cast<float>(std::log(1 - share * ShareFor(i, /*is_stream=*/kind != 0)));
    }
  }
  return of_kind;
}

}  // namespace

const Nats& GoodNats(bool is_stream) {
  static const OfKind nats = Good(1);
  return nats[is_stream ? 1 : 0];
}

const Nats& HalfGoodNats(bool is_stream) {
  static const OfKind nats = Good(kRecoveryShare);
  return nats[is_stream ? 1 : 0];
}

int Score::severity() const {
  return static_cast<int>(std::max_element(nats.begin(), nats.end()) - nats.begin());
}

void Score::Add(const Nats& change, int severities, bool is_bad, absl::Time sent) {
  const float before = best_;
  // Answers are known up to a second later than losses: in the order of sending, one from before
  // the first loss found the score at zero.
  if (!is_bad && (before <= 0 || sent < onset)) return;
  for (int i = 0; i < severities; ++i) {
    const auto at = static_cast<std::size_t>(i);
    nats[at] = std::max(Least(i), nats[at] + change[at]);
    calm[at] = std::clamp(calm[at] - change[at], 0.0F, kMostCalm);
  }
  ++all;
  best_ = *std::max_element(nats.begin(), nats.end());
  if (is_bad) {
    onset = bads == 0 ? sent : std::min(onset, sent);
    ++bads;
    if (before < kLeftGround && best_ >= kLeftGround) rose = sent;
  }
  peak = std::max(peak, best_);
  Settle();
}

void Score::Slide(float by, float ceiling, int severities) {
  for (int i = 0; i < severities; ++i) {
    float& value = nats[static_cast<std::size_t>(i)];
    value = std::max(Least(i), value - by);
  }
  peak = std::min(peak, ceiling);
  best_ = *std::max_element(nats.begin(), nats.end());
  Settle();
}

void Score::Clear() { *this = Score(requests_must_show); }

void Score::Settle() {
  if (best_ < kLeftGround) rose = absl::InfiniteFuture();
  if (best_ <= 0) Clear();
}

}  // namespace dialtone::detector
