// The calls of one hop over time, for tests.
#pragma once

#include "absl/time/time.h"

#include "router/hop_calls.h"

namespace dialtone::router {

// Calls of hop t1: a number sent and answered in each second.
class Calls {
 public:
  Calls& Second(uint64_t sent, uint64_t answered) {
    total_.sent += sent;
    total_.answered += answered;
    second_ += 1;
    window_.Observe({total_}, Time());
    return *this;
  }
  Calls& Seconds(int count, uint64_t sent, uint64_t answered) {
    for (int i = 0; i < count; ++i) Second(sent, answered);
    return *this;
  }
  const CallWindow& window() const { return window_; }
  absl::Time now() const { return Time(); }

 private:
  absl::Time Time() const { return absl::FromUnixSeconds(1'800'000'000) + absl::Seconds(second_); }

  CallWindow window_;
  HopCounters total_{"t1", 0, 0};
  double second_ = 0;
};

}  // namespace dialtone::router
