#include "agents/loop.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <utility>

#include "base/check.h"

// Interposes libre's own, which reads the wall clock. The dynamic linker finds the executable's
// definition first; that needs default visibility and the shared libre.
extern "C" uint64_t tmr_jiffies(void) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

namespace dialtone::agents {
namespace {

// libre keeps its handlers in an array indexed by descriptor.
constexpr int kMostDescriptors = 4096;
// What is posted comes from gRPC streams (at most one read, one write and one end each) and main.
constexpr size_t kMostPosted = 1024;
constexpr absl::Duration kSmallestLag = absl::Milliseconds(20);
constexpr absl::Duration kLagMemory = absl::Minutes(1);
constexpr size_t kMostLags = 1000;

enum WakeUp { kPosted, kStop };

// Would be some 1.7e12 by the wall clock.
bool LibreUsesOurClock() {
  tmr timer;
  tmr_init(&timer);
  tmr_start(
      &timer, 1'000'000, [](void*) {}, nullptr);
  const uint64_t expires = timer.jfs;
  tmr_cancel(&timer);
  const uint64_t expected = tmr_jiffies() + 1'000'000;
  return expires <= expected && expires + 10'000 >= expected;
}

}  // namespace

Loop::Loop(const Clock& clock) : clock_(clock) {
  CHECK(libre_init() == 0);
  CHECK(re_thread_init() == 0) << "this thread has a loop already";
  CHECK(fd_setsize(kMostDescriptors) == 0);
  CHECK(LibreUsesOurClock()) << "libre does not use our tmr_jiffies: is it linked statically, or "
                                "this program with hidden visibility?";
  CHECK(mqueue_alloc(&wake_ups_, &OnWakeUp, this) == 0);
}

Loop::~Loop() {
  mem_deref(wake_ups_);
  re_thread_close();
}

void Loop::Run() {
  const int error = re_main(nullptr);
  CHECK(error == 0) << "the event loop failed: error " << error;
}

void Loop::Stop() { CHECK(mqueue_push(wake_ups_, kStop, nullptr) == 0); }

void Loop::Post(std::function<void()> work) {
  bool was_empty = false;
  {
    MutexLock lock(&mutex_);
    CHECK(posted_.size() < kMostPosted) << "the loop stands still";
    was_empty = posted_.empty();
    posted_.push_back(std::move(work));
  }
  // One wake-up for all that waits: the queue of wake-ups is a pipe and never fills.
  if (!was_empty) return;
  CHECK(mqueue_push(wake_ups_, kPosted, nullptr) == 0);
}

absl::Duration Loop::WorstLagSince(absl::Time then) const {
  absl::Duration worst;
  for (auto lag = lags_.rbegin(); lag != lags_.rend() && lag->when >= then; ++lag) {
    worst = std::max(worst, lag->lag);
  }
  return worst;
}

void Loop::NoteLag(absl::Duration lag) {
  if (lag < kSmallestLag) return;
  const absl::Time now = Now();
  lags_.push_back({.when = now, .lag = lag});
  while (lags_.size() > kMostLags || lags_.front().when < now - kLagMemory) lags_.pop_front();
}

void Loop::OnWakeUp(int id, void* /*data*/, void* loop) {
  if (id == kStop) {
    re_cancel();
  } else {
    static_cast<Loop*>(loop)->RunPosted();
  }
}

void Loop::RunPosted() {
  std::deque<std::function<void()>> work;
  {
    MutexLock lock(&mutex_);
    work.swap(posted_);
  }
  for (const std::function<void()>& one : work) one();
}

Timer::Timer(Loop& loop, tmr_h* action, void* owner) : loop_(loop), action_(action), owner_(owner) {
  tmr_init(&timer_);
}

Timer::~Timer() { tmr_cancel(&timer_); }

void Timer::StartAt(absl::Time when) {
  if (when == absl::InfiniteFuture()) return Cancel();
  when_ = when;
  const absl::Duration delay = std::max(when - loop_.Now(), absl::ZeroDuration());
  // At least 1 ms: a timer of 0 that starts itself again would never let go of the loop.
  const int64_t milliseconds =
      std::max<int64_t>(1, absl::ToInt64Milliseconds(absl::Ceil(delay, absl::Milliseconds(1))));
  tmr_start(&timer_, static_cast<uint64_t>(milliseconds), &Fire, this);
}

void Timer::Cancel() { tmr_cancel(&timer_); }

void Timer::Fire(void* timer) {
  Timer* const self = static_cast<Timer*>(timer);
  const absl::Time now = self->loop_.Now();
  // libre counts whole milliseconds since a moment inside one.
  if (now < self->when_) return self->StartAt(self->when_);
  self->loop_.NoteLag(now - self->when_);
  self->action_(self->owner_);
}

bool Watch::Start(int fd, int flags, fd_h* ready, void* owner) {
  fd_ = fd;
  if (fd_listen(fd, flags, ready, owner) == 0) return true;
  fd_ = -1;
  return false;
}

void Watch::Stop() {
  if (fd_ >= 0) fd_close(fd_);
  fd_ = -1;
}

}  // namespace dialtone::agents
