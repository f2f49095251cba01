// Judges one site's own line: was it bursting when a probe was lost?
#pragma once

#include <array>

#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// A branch line loses packets in bursts that hit whatever is in flight, so a second loss to another
// target a moment after the first is weak evidence against that target, unless a witness answered
// in between. This is what keeps a bad line from accusing Teams.
//
// A burst that hit one probe still lasts `lag` later with the chance rho e^(-lag / tau). Both are
// the line's own, and learned: from how often a probe is bad after the site's previous probe of
// whatever target was (short lag), and after the target's own previous one was (long lag). Two
// points of one exponential give its two parameters.
//
// A line that has been losing requests for ten seconds without a pause has no burst, it is in that
// state: e times less is excused every five seconds, down to what the line loses on any day. Else a
// line at fault would excuse each of its losses by the one before, for hours, and what little they
// leave would add up against whichever target it fell on.
class Link {
 public:
  // The line's parameters, and what they rest on; to be kept over a restart.
  struct Learned {
    float after_any = 0;      // probes whose predecessor, of any target, was bad
    float bad_after_any = 0;  // ... that were bad too
    float lag_any = 0;        // sum of their lags, seconds
    float after_own = 0;      // the same for the target's own previous probe
    float bad_after_own = 0;
    float lag_own = 0;
    float requests = 0;
    float lost = 0;  // of them
  };

  // Every probe of an off-LAN target other than a call, in the order of arrival. `own_lag`: time
  // since the target's own previous probe when that one was bad, else infinite.
  void Learn(bool is_bad, bool is_stream, absl::Time sent, absl::Duration own_lag);
  void OnWitnessGood(absl::Time sent);
  // A bad probe of an off-LAN target. Targets that have been bad for long are no burst but a state;
  // the caller leaves them out. `chance`: that it would be bad though nothing is wrong.
  void OnBad(TargetIndex target, absl::Time sent, bool is_stream, double chance);

  // The chance that a burst of the line spoils a probe of `target`, by the last bad probe of
  // another target. A stream is on the line for a whole second, and meets bursts that the witnesses
  // beside it slip past.
  struct Burst {
    double chance = 0;
    TargetIndex seen_in = kNone;
    double seen_chance = 1;  // that this one was chance
  };
  Burst BurstAt(TargetIndex target, absl::Time sent, bool is_stream) const;

  absl::Time last_witness_good() const { return last_witness_good_; }
  const Learned& learned() const { return learned_; }
  void set_learned(const Learned& learned);
  double rho() const { return rho_; }
  double tau_seconds() const { return tau_; }
  // Share of the requests that it loses on any day.
  double usual_loss() const;

 private:
  struct Bad {
    TargetIndex target = kNone;
    absl::Time sent = absl::InfinitePast();
    double chance = 1;
  };

  void Fit();
  double Excused(absl::Time sent) const;

  std::array<Bad, 4> bads_;  // of different targets, newest first
  // Requests lost one after another, never further apart than a burst explains: first and last.
  absl::Time losing_since_ = absl::InfinitePast();
  absl::Time last_lost_ = absl::InfinitePast();
  std::array<absl::Time, 8> goods_ = FarPast();
  std::size_t next_good_ = 0;
  absl::Time last_witness_good_ = absl::InfinitePast();

  absl::Time previous_sent_ = absl::InfinitePast();
  bool previous_was_bad_ = false;
  Learned learned_ = {};
  double rho_ = kUsualRho;
  double tau_ = kUsualTau;

  static std::array<absl::Time, 8> FarPast();

  // Of a branch line of which nothing is known yet: bursts of half a second.
  static constexpr double kUsualRho = 0.8;
  static constexpr double kUsualTau = 0.5;
};

}  // namespace dialtone::detector
