// Time for shells. Pure code never asks; it is told.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace dialtone {

// Tells a time that never goes back.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time at the start of the clock plus what the monotonic clock has counted since: fit for
  // decisions and, to a few milliseconds, for people. A step of the machine's clock is not seen;
  // WallTime() shows it.
  virtual absl::Time TimeNow() const = 0;

  // The machine's wall clock now, steps and all: for records that other machines compare.
  virtual absl::Time WallTime() const = 0;
};

// CLOCK_BOOTTIME-like: counts while the machine sleeps, so a laptop that wakes up knows that time
// went by.
class SystemClock final : public Clock {
 public:
  SystemClock();
  absl::Time TimeNow() const override;
  absl::Time WallTime() const override;

 private:
  absl::Time start_wall_;
  absl::Duration start_boot_;
};

}  // namespace dialtone
