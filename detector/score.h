// The log-likelihood that one hypothesis has gathered, for several severities side by side.
#pragma once

#include <array>

#include "absl/time/time.h"

namespace dialtone::detector {

// Which share of the probes a fault spoils is not known beforehand: each hypothesis is scored for
// these, and the best speaks. Neighbours are a factor of about 2.6 apart: a fault between two of
// them costs its better neighbour less than 8 % of its information per probe.
inline constexpr std::array<double, 4> kSeverities = {0.9, 0.4, 0.15, 0.05};
inline constexpr int kSeverityCount = static_cast<int>(kSeverities.size());

// What one result adds to each severity, in nats.
using Nats = std::array<float, kSeverityCount>;

// A good result, when nothing bad came before: ln(1 - q). Others: chance.h.
const Nats& GoodNats();
// The same for half of each severity, which is what a recovery is tested against: a fault of 90 %
// that has become one of 45 % is not over.
inline constexpr double kRecoveryShare = 0.5;
const Nats& HalfGoodNats();

// A score at or above this has "left the ground": the clock of persistence runs. A lone bad result
// of a path with the least baseline (0.002) stands for ln(451) = 6.1 nats, of an ordinary one
// (0.01 with a little burst) for some 4: below that nothing lasts.
inline constexpr float kLeftGround = 4;
// So many nats of good results since the last bad one, at the severity that speaks, and the fault
// is not present: e^3 = 20 to 1.
inline constexpr float kAbsentNats = 3;
// Calm counts no further than this: a fault that begins after hours of health must be present at
// its first or second bad result.
inline constexpr float kMostCalm = 6;

// One hypothesis about one scope (CUSUM): never below zero, because the fault may begin at any
// moment.
struct Score {
  Nats nats{};
  Nats calm{};     // the same turned round: what speaks for "it is over", never below zero
  float peak = 0;  // best since the score was last zero
  int bads = 0;    // bad results since then
  absl::Time onset = absl::InfiniteFuture();  // first of them
  absl::Time rose = absl::InfiniteFuture();   // when it last left the ground

  float best() const;
  // Index of the severity that speaks.
  int severity() const;
  // Whether the fault is still there. Scores of mild severities outlive it by far.
  bool is_present() const { return calm[static_cast<std::size_t>(severity())] < kAbsentNats; }

  // Adds the first `severities` of `change`. `sent` is when the probe was sent.
  void Add(const Nats& change, int severities, bool is_bad, absl::Time sent);
  // Another hypothesis that explains the same results gained this much above `ceiling`, where it
  // could rise no more.
  void Slide(float by, float ceiling);
  void Clear();

 private:
  void Settle(float best);
};

}  // namespace dialtone::detector
