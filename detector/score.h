// The log-likelihood that one hypothesis has gathered, for several severities side by side.
#pragma once

#include <array>

#include "absl/time/time.h"

namespace dialtone::detector {

// Which share of the probes a fault spoils is not known beforehand: each hypothesis is scored for
// these, and the best speaks.
inline constexpr std::array<double, 4> kSeverities = {0.9, 0.4, 0.15, 0.05};

// What one result adds to each severity, in nats.
using Nats = std::array<float, 4>;

// A good result: ln(1 - q).
const Nats& GoodNats();
// A bad result that would be seen with chance `p` though nothing is wrong: ln(1 + q (1/p - 1)).
Nats BadNats(double p);

// A score at or above this has "left the ground": the clock of persistence runs.
inline constexpr float kLeftGround = 4;

// One hypothesis at one site (CUSUM): never below zero, because the fault may begin at any moment.
struct Score {
  Nats nats{};
  absl::Time onset = absl::InfiniteFuture();  // first bad result since the score was last zero
  absl::Time rose = absl::InfiniteFuture();   // when it last left the ground
  int bads = 0;                               // bad results since the score was last zero
  int hot_at = -1;                            // position in a list of the owner's

  float best() const;
  // Index of the severity that speaks.
  int severity() const;

  // Adds the first `severities` of `nats`. `sent` is when the probe was sent.
  void Add(const Nats& change, int severities, bool is_bad, absl::Time sent);
  // Another hypothesis that explains the same results gained this much while it could rise no more.
  void Slide(float by);
  void Clear();

 private:
  void Settle();
};

}  // namespace dialtone::detector
