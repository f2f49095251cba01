// What a result is worth: how likely it would be though nothing is wrong, and if something is.
#pragma once

#include <array>
#include <optional>

#include "detector/fleet.h"
#include "detector/score.h"

namespace dialtone::detector {

// The chance that a probe is bad though nothing is wrong, by what would explain it. Each of them
// between 0 and 1.
//
// That losses come in bunches is known from losses before. But if a fault spoiled those, they say
// nothing of a bunch now: under the hypothesis of a fault the chance is smaller, by how likely it
// is that the loss before was chance itself. Without this a partial fault would explain itself away
// wherever probes are dense.
struct Chance {
  LossKind kind = LossKind::kRequest;
  double always = 0;                  // a: the path's own baseline
  double burst = 0;                   // b: a burst of the line, seen in another target
  TargetIndex burst_seen_in = kNone;  // kNone: in what no hypothesis about Teams explains
  double burst_seen_chance = 1;       // that this one was chance
  bool burst_seen_in_stream = false;
  double stutter = 0;         // c: its own last probe was bad
  double stutter_chance = 1;  // that this one was chance

  // Whether a loss before has anything to say.
  bool has_bunch() const { return burst > 0 || stutter >= kNoStutter; }
  // A stutter less likely than this changes no result by more than a thousandth of a nat.
  static constexpr double kNoStutter = 1e-3;

  // 1 - (1-a)(1-b)(1-c).
  double all() const;
  // The same if a fault spoils a share `q` of the probes, and `q_of_burst` of those in which the
  // burst was seen.
  double Under(double q, double q_of_burst) const;
};

// What one result adds to a hypothesis of each severity q, or of `share` times each:
// ln P(result | fault) / P(result | none), with 1 - (1-q)(1-p') for a bad result under the fault,
// and p for one under none.
Nats NatsOf(const Chance& chance, bool is_bad, bool explains_burst, double share = 1);

// An answer that says no is no packet loss: only a server that happens to restart says it though
// nothing is wrong, once in a thousand probes.
inline constexpr double kRefusalByChance = 0.001;

// The same, made once for each kind of score.
class Weights {
 public:
  explicit Weights(const Chance& chance) : chance_(chance) {}

  TargetIndex burst_seen_in() const { return chance_.burst_seen_in; }
  // `explains_burst`: whether the hypothesis spoils the target in which the burst was seen.
  const Nats& Of(bool is_bad, bool explains_burst);

 private:
  const Chance chance_;
  std::array<std::optional<Nats>, 4> known_;  // a result weighs on some thirty scores
};

}  // namespace dialtone::detector
