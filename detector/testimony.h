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
  // The target said no by an answer, or a call carried audio one way only. No packet loss explains
  // that.
  bool is_refusal = false;

  bool is_bad() const { return of_target == Says::kBad || of_network == Says::kBad; }
};

// 25 packets, 40 ms apart: what a stream says is about the line until its end.
inline constexpr absl::Duration kStreamLasts = absl::Seconds(1);

// A caller who hears nothing for longer than this hangs up or dials again.
inline constexpr absl::Duration kLongestPostDialDelay = absl::Seconds(4);

// Packets of one second of audio (25) that are lost before users hear it: 8 %. One lost packet is
// concealed, and happens on any line: at the lone loss of 2e-4 a way, once in 100 streams; two,
// once in 20,000.
inline constexpr int kBadPacketsLost = 2;

// An agent later than this on its own schedule doubts itself: its bad results accuse nobody.
inline constexpr absl::Duration kMostLate = absl::Milliseconds(100);

Testimony Testify(const ProbeResult& result);

}  // namespace dialtone::detector
