#include "router/speed_limit.h"

namespace dialtone::router {

void SpeedLimit::Forget(absl::Time now) {
  while (!taken_.empty() && taken_.front().first + kWindow <= now) {
    taken_count_ -= taken_.front().second;
    taken_.pop_front();
  }
}

bool SpeedLimit::Take(absl::Time now) {
  if (most_ == 0) return true;
  Forget(now);
  if (taken_count_ >= most_) return false;
  ++taken_count_;
  if (taken_.empty() || taken_.back().first != now) taken_.emplace_back(now, 0);
  ++taken_.back().second;
  return true;
}

absl::Time SpeedLimit::NextFree() const {
  return taken_.empty() ? absl::InfinitePast() : taken_.front().first + kWindow;
}

}  // namespace dialtone::router
