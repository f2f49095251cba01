// How long to wait for an answer.
#pragma once

#include <array>
#include <cstddef>

#include "absl/time/time.h"

namespace dialtone::agents {

// Learns the round trip of one step (TCP handshake, TLS handshake, SIP answer, echo) of one path
// and says how long to wait for the next one: 0.3 s + 2 x the usual round trip, never longer than
// the ceiling; the ceiling itself until the first answer. A fixed long wait costs that long at
// every fault; a tighter one takes every hiccup for a fault.
//
// Usual is the median of the last 16. One answer that had to be asked for twice (TCP repeats after
// a quarter of a second) must not double the wait for the next ones: then a fault would be seen a
// second later wherever a line loses a packet now and then. But a path that really has become
// slower by more than the wait would look dead for ever; therefore an answer that comes after its
// deadline teaches too, although the probe has been counted as timed out, and the wait is never
// less than 5/4 of the second longest of the last 16, of the first three not less than 5/4 of the
// longest.
class Patience {
 public:
  explicit Patience(absl::Duration ceiling) : ceiling_(ceiling) {}

  absl::Duration wait() const { return wait_; }

  // Never longer.
  absl::Duration ceiling() const { return ceiling_; }

  // An answer took this long; in time or not.
  void Learn(absl::Duration round_trip);

 private:
  static constexpr std::size_t kRemembered = 16;

  absl::Duration ceiling_;
  absl::Duration wait_ = ceiling_;
  std::array<absl::Duration, kRemembered> last_ = {};  // a ring
  std::size_t learned_ = 0;                            // ever
};

}  // namespace dialtone::agents
