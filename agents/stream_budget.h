// How much a public relay may be asked for.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace dialtone::agents {

// Grants streams of a second to one public relay: never more than 15 in any minute, whatever
// bursts are asked for. Seven are there at once, for a burst; one comes back every 7.5 s, twice as
// fast as a plan of one stream per 15 s takes them.
//
// Owned by one thread; `now` never goes back.
class StreamBudget {
 public:
  static constexpr int kAtOnce = 7;
  static constexpr absl::Duration kRefill = absl::Milliseconds(7'500);

  // Takes one; false: none is left now.
  [[nodiscard]] bool Take(absl::Time now) {
    // The budget as the time at which it will be full again.
    const absl::Time full = std::max(full_, now) + kRefill;
    if (full - now > kAtOnce * kRefill) return false;
    full_ = full;
    return true;
  }

 private:
  absl::Time full_ = absl::InfinitePast();
};

}  // namespace dialtone::agents
