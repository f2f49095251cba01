// The agent's loop for tests: runs until something holds.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "agents/loop.h"
#include "agents/probe.h"
#include "base/clock.h"

namespace dialtone::agents {

// Real time, and as little of it as the thing takes: looks every millisecond, gives up after 20 s.
class RunningLoop {
 public:
  RunningLoop() : look_(loop_, &Call<RunningLoop, &RunningLoop::Look>, this) {}

  Loop& loop() { return loop_; }
  absl::Time Now() const { return clock_.TimeNow(); }

  // Whether `holds` became true.
  [[nodiscard]] bool RunUntil(std::function<bool()> holds,
                              absl::Duration patience = absl::Seconds(20)) {
    holds_ = std::move(holds);
    deadline_ = Now() + patience;
    look_.StartIn(absl::ZeroDuration());
    loop_.Run();
    return holds_();
  }

  void RunFor(absl::Duration time) {
    (void)RunUntil([] { return false; }, time);
  }

  // One measurement; nothing when the probe said "not now".
  std::optional<Measurement> Measure(Probe& probe) {
    std::optional<Measurement> measured;
    int results = 0;
    if (!probe.Start([&](Measurement measurement) {
          measured = std::move(measurement);
          ++results;
        })) {
      return std::nullopt;
    }
    EXPECT_TRUE(RunUntil([&] { return measured.has_value(); })) << "a probe gave no result";
    EXPECT_EQ(results, 1);
    return measured;
  }

 private:
  void Look() {
    if (holds_() || Now() >= deadline_) return loop_.Stop();
    look_.StartIn(absl::Milliseconds(1));
  }

  SystemClock clock_;
  Loop loop_{clock_};
  std::function<bool()> holds_;
  absl::Time deadline_;
  Timer look_;
};

}  // namespace dialtone::agents
