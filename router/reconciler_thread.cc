#include "router/reconciler_thread.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dialtone::router {

ReconcilerThread::ReconcilerThread(Reconciler* reconciler, const Clock& clock)
    : reconciler_(*reconciler), clock_(clock), thread_([this] { Run(); }) {}

void ReconcilerThread::Want(VoiceLayerWish wish) {
  {
    MutexLock lock(&mutex_);
    wish_ = std::move(wish);
  }
  changed_.Signal();
}

void ReconcilerThread::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.Signal();
  if (thread_.joinable()) thread_.join();
}

void ReconcilerThread::Run() {
  while (Wait()) reconciler_.Step(clock_.TimeNow());
}

bool ReconcilerThread::Wait() {
  // An hour is long enough: it comes back and asks again.
  const absl::Duration patience =
      std::min(reconciler_.NextWake() - clock_.TimeNow(), absl::Hours(1));
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience);
  std::optional<VoiceLayerWish> wish;
  {
    MutexLock lock(&mutex_);
    while (!stopping_ && !wish_) {
      if (patience <= absl::ZeroDuration() || !changed_.WaitUntil(&mutex_, deadline)) break;
    }
    if (stopping_) return false;
    wish.swap(wish_);
  }
  if (wish) reconciler_.Want(*std::move(wish));
  return true;
}

}  // namespace dialtone::router
