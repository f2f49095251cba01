#include "base/clock.h"

#include <ctime>

#include "absl/time/clock.h"

namespace dialtone {
namespace {

absl::Duration SinceBoot() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace

SystemClock::SystemClock() : start_wall_(absl::Now()), start_boot_(SinceBoot()) {}

absl::Time SystemClock::TimeNow() const { return start_wall_ + (SinceBoot() - start_boot_); }

absl::Time SystemClock::WallTime() const { return absl::Now(); }

}  // namespace dialtone
