// Collects when something will be due, while decisions are made.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace dialtone::detector {

// Whoever asks whether a moment has passed, and hears no, is asked again when it has: no decision
// keeps a timer of its own, and none can forget one.
class Agenda {
 public:
  explicit Agenda(absl::Time now) : now_(now) {}

  bool Passed(absl::Time at) {
    if (now_ >= at) return true;
    next_ = std::min(next_, at);
    return false;
  }

  absl::Time now() const { return now_; }
  // The earliest moment that had not passed; InfiniteFuture when there was none.
  absl::Time next() const { return next_; }

 private:
  absl::Time now_;
  absl::Time next_ = absl::InfiniteFuture();
};

}  // namespace dialtone::detector
