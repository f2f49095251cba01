#include "agents/backoff.h"

#include <algorithm>

namespace dialtone::agents {
namespace {

absl::Duration Jittered(absl::Duration wait, double draw) { return wait * (0.5 + draw / 2); }

}  // namespace

absl::Duration Backoff::AfterFailure(double draw) {
  const absl::Duration wait = std::min(kLongest, kFirst * (1 << failures_));
  if (wait < kLongest) ++failures_;
  return Jittered(wait, draw);
}

absl::Duration Backoff::AfterRefusal(double draw) { return Jittered(kRefused, draw); }

}  // namespace dialtone::agents
