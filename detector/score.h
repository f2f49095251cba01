// The log-likelihood that one hypothesis has gathered, for several severities side by side.
#pragma once

#include <array>
#include <cstddef>

#include "absl/time/time.h"

namespace dialtone::detector {

// Which share of the probes a fault spoils is not known beforehand: each hypothesis is scored for
// these, and the best speaks. Neighbours are a factor of about 2.6 apart: a fault between two of
// them costs its better neighbour less than 8 % of its information per probe.
inline constexpr std::array<double, 4> kSeverities = {0.9, 0.4, 0.15, 0.05};
inline constexpr int kSeverityCount = static_cast<int>(kSeverities.size());

// What loses packets spoils nearly every stream, which is a second of them, and fewer requests,
// which are sent again when one is lost: three severities more, from kLossy on, for streams 0.9 and
// for requests the last three of kSeverities (65, 40 and 25 % of the packets each way). With one
// share for both, a peering that loses 15 % was a fault of media alone, and a line that loses 70 %
// was one of names or of media in turns.
inline constexpr int kLossy = kSeverityCount;
inline constexpr int kWithLossy = kSeverityCount + 3;
// Lines lose packets; what is Microsoft's does so seldom, and its streams alone show it as well.
// That it is more than these is for the requests to show, two lost ones that nothing else explains:
// these severities of what is Microsoft's begin, and end, so many nats below zero. (One loss out of
// the blue is worth 5 nats at 40 %, 4 at 15 % and 3 at 5 %.)
inline constexpr std::array<float, kWithLossy - kLossy> kRequestsShow = {10, 6, 6};

// Index in kSeverities of what a severity means for one kind of probe.
constexpr int SeverityFor(int severity, bool is_stream) {
  if (severity < kLossy) return severity;
  return is_stream ? 0 : severity - kLossy + kSeverityCount - 3;
}
// Share of the probes of that kind that it spoils.
constexpr double ShareFor(int severity, bool is_stream) {
  return kSeverities[static_cast<std::size_t>(SeverityFor(severity, is_stream))];
}

// The one that spoils fewer requests; of those that spoil as many the first.
constexpr int Milder(int severity, int other) {
  return ShareFor(other, /*is_stream=*/false) < ShareFor(severity, /*is_stream=*/false) ? other
                                                                                        : severity;
}

// What kind of probe a result is of. A stream of which nothing came was not lost by a path that
// loses half of its packets.
enum class LossKind { kRequest, kStream, kWholeStream };

// What one result adds to each severity, in nats.
using Nats = std::array<float, kWithLossy>;

// A good result, when nothing bad came before: ln(1 - q). Others: chance.h.
const Nats& GoodNats(bool is_stream);
// The same for half of each severity, which is what a recovery is tested against: a fault of 90 %
// that has become one of 45 % is not over.
inline constexpr double kRecoveryShare = 0.5;
const Nats& HalfGoodNats(bool is_stream);

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
  int all = 0;     // results since then
  bool requests_must_show = false;  // whether the severities from kLossy on begin below zero
  absl::Time onset = absl::InfiniteFuture();  // first of them
  absl::Time rose = absl::InfiniteFuture();   // when it last left the ground

  Score() = default;
  explicit Score(bool must_show) : requests_must_show(must_show) {
    for (int i = kLossy; i < kWithLossy; ++i) nats[static_cast<std::size_t>(i)] = Least(i);
  }

  float best() const { return best_; }
  // Index of the severity that speaks.
  int severity() const;
  // Whether the fault is still there. Scores of mild severities outlive it by far.
  bool is_present() const { return calm[static_cast<std::size_t>(severity())] < kAbsentNats; }

  // Adds the first `severities` of `change`. `sent` is when the probe was sent.
  void Add(const Nats& change, int severities, bool is_bad, absl::Time sent);
  // Another hypothesis that explains the same results gained this much above `ceiling`, where it
  // could rise no more. Severities that those results said nothing of stay.
  void Slide(float by, float ceiling, int severities);
  void Clear();

 private:
  float Least(int severity) const {
    return severity < kLossy || !requests_must_show
               ? 0
               : -kRequestsShow[static_cast<std::size_t>(severity - kLossy)];
  }
  void Settle();

  float best_ = 0;  // of nats: asked far more often than they change
};

}  // namespace dialtone::detector
