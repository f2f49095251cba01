// The router's own limit on how fast automatic writers may move groups.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "absl/time/time.h"

namespace dialtone::router {

// Counts what was let through in the last 10 s. It delays and does not refuse: a table of which
// only a part may move now is still the table that is wanted.
class SpeedLimit {
 public:
  static constexpr absl::Duration kWindow = absl::Seconds(10);

  // At most `most` in any 10 s; 0: no limit.
  explicit SpeedLimit(size_t most) : most_(most) {}

  // Lets one through, or not.
  bool Take(absl::Time now);

  // When Take() next succeeds, if it does not now.
  absl::Time NextFree() const;

 private:
  void Forget(absl::Time now);

  const size_t most_;
  size_t taken_count_ = 0;
  std::deque<std::pair<absl::Time, size_t>> taken_;  // how many at which time, oldest first
};

}  // namespace dialtone::router
