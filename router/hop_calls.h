// What the calls of each next hop say: sent and answered, since the start and over the last
// seconds.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::router {

// The counters of one hop as the voice layer keeps them: they rise from its start on.
struct HopCounters {
  std::string hop;
  uint64_t sent = 0;
  uint64_t answered = 0;  // of the attempts sent: a non-100 answer below 500 came

  bool operator==(const HopCounters&) const = default;
};

// What one hop's calls say.
struct HopCalls {
  HopCounters total;           // since the voice layer started
  uint64_t recently_sent = 0;  // in the last 5 s
  uint64_t recently_answered = 0;

  bool operator==(const HopCalls&) const = default;
};

// Keeps the counters of the last seconds, told at every look at the voice layer. Answers are
// counted when they come, so a window may hold answers to calls sent before it; they are cut off at
// the calls sent.
class CallWindow {
 public:
  static constexpr absl::Duration kWindow = absl::Seconds(5);

  // The counters at `now`, all hops in one fixed order. Counters that went back belong to a voice
  // layer that began again, and so does the window.
  void Observe(std::vector<HopCounters> counters, absl::Time now);

  // The voice layer was not heard: old counters say nothing about now.
  void Forget() { samples_.clear(); }

  // All hops, in the order observed.
  std::vector<HopCalls> All() const;

  // One hop; zero for a hop that was not observed.
  HopCalls Of(absl::string_view hop) const;

 private:
  struct Sample {
    absl::Time time;
    std::vector<HopCounters> counters;
  };

  HopCalls At(size_t index) const;

  std::deque<Sample> samples_;  // oldest first; the first is the last one at least 5 s old
};

}  // namespace dialtone::router
