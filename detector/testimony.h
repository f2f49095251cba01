// What one probe result says, and about whom.
#pragma once

#include "detector/event.h"

namespace dialtone::detector {

// What a result says about something.
enum class Says { kNothing, kGood, kBad };

// A result speaks of its target and of the way there, and not always the same: a hub that answers
// 503 is broken, and has proven the network.
struct Testimony {
  Says of_target = Says::kNothing;
  Says of_network = Says::kNothing;
  // The target said no by an answer. No packet loss explains that.
  bool is_refusal = false;
};

// An agent later than this on its own schedule doubts itself: its bad results accuse nobody.
inline constexpr absl::Duration kMostLate = absl::Milliseconds(100);

Testimony Testify(const ProbeResult& result);

}  // namespace dialtone::detector
