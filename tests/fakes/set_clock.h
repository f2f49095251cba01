// A clock that a test sets.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

#include "base/clock.h"

namespace dialtone {

// Begins at 1,000,000 s: an instant that nothing takes for "not set". Read and set by any thread.
class SetClock final : public Clock {
 public:
  absl::Time TimeNow() const override {
    return absl::FromUnixSeconds(1'000'000) + absl::Nanoseconds(elapsed_.load());
  }
  absl::Time WallTime() const override { return TimeNow(); }

  void Advance(absl::Duration duration) { elapsed_ += absl::ToInt64Nanoseconds(duration); }

 private:
  std::atomic<std::int64_t> elapsed_ = 0;
};

}  // namespace dialtone
