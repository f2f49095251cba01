#include "router/hop_states.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace dialtone::router {

void HopStates::Want(std::vector<HopWish> wishes, absl::Time now) {
  wanted_.clear();
  for (HopWish& wish : wishes) {
    if (wish.state != HopState::kNormal) wanted_.push_back(std::move(wish));
  }
  Renew(now);
}

void HopStates::Judge(const CallWindow& calls, absl::Time now) {
  in_force_.clear();
  refused_.clear();
  lapsed_ = lease_end_ && *lease_end_ <= now;
  for (const HopWish& wish : wanted_) {
    if (lapsed_) {
      refused_.push_back(
          {wish.hop, absl::StrCat("lapsed: not renewed for ", absl::ToInt64Seconds(kLease), " s")});
      continue;
    }
    const HopCalls seen = calls.Of(wish.hop);
    const bool answers = seen.recently_sent >= kMinCalls &&
                         seen.recently_answered * 100 >= seen.recently_sent * kAnsweredPercent;
    if (wish.state == HopState::kAfterBackups && answers) {
      refused_.push_back({wish.hop, absl::StrCat("hop answers: ", seen.recently_answered, " of ",
                                                 seen.recently_sent, " calls in the last ",
                                                 absl::ToInt64Seconds(CallWindow::kWindow), " s")});
    } else {
      in_force_.push_back(wish);
    }
  }
}

absl::Time HopStates::lease_end() const {
  return wanted_.empty() || lapsed_ || !lease_end_ ? absl::InfiniteFuture() : *lease_end_;
}

}  // namespace dialtone::router
