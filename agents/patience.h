// How long to wait for an answer.
#pragma once

#include <optional>

#include "absl/time/time.h"

namespace dialtone::agents {

// Learns the round trip of one step (TCP handshake, TLS handshake, SIP answer, echo) of one path
// and says how long to wait for the next one: 0.3 s + 2 x round trip, never longer than the
// ceiling; the ceiling itself until the first answer. A fixed long wait costs that long at every
// fault; a tighter one takes every hiccup for a fault.
//
// The learned value rises at once to a longer round trip and sinks by a sixteenth of the difference
// per answer, so it stands near the longest of the last dozen. A path that has become slower by
// more than the wait would look dead for ever; therefore an answer that comes after its deadline
// teaches too, although the probe has been counted as timed out.
class Patience {
 public:
  explicit Patience(absl::Duration ceiling) : ceiling_(ceiling) {}

  absl::Duration wait() const;

  // Never longer.
  absl::Duration ceiling() const { return ceiling_; }

  // An answer took this long; in time or not.
  void Learn(absl::Duration round_trip);

 private:
  absl::Duration ceiling_;
  std::optional<absl::Duration> learned_;
};

}  // namespace dialtone::agents
