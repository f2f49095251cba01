// Judges one site's own line: was it bursting when a probe was lost?
#pragma once

#include <array>

#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// A branch line loses packets in bursts that hit whatever is in flight, so a second loss to another
// target a moment after the first is weak evidence against that target, unless a witness answered
// in between. This is what keeps a bad line from accusing Teams (detection page, section 2, term
// b).
class Link {
 public:
  void OnWitnessGood(absl::Time sent);
  // A bad probe of an off-LAN target. Targets that have been bad for long are no burst but a state;
  // the caller leaves them out.
  void OnBad(TargetIndex target, absl::Time sent);

  // The chance that a burst of the line explains a bad probe of `target`.
  double BurstChance(TargetIndex target, absl::Time sent) const;

  absl::Time last_witness_good() const { return last_witness_good_; }

 private:
  struct Bad {
    TargetIndex target = kNone;
    absl::Time sent = absl::InfinitePast();
  };

  std::array<Bad, 4> bads_;  // of different targets, newest first
  std::array<absl::Time, 8> goods_ = FarPast();
  std::size_t next_good_ = 0;
  absl::Time last_witness_good_ = absl::InfinitePast();

  static std::array<absl::Time, 8> FarPast();
};

}  // namespace dialtone::detector
