// The agent's owner thread: libre's event loop, with its timers and file descriptors.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "agents/libre.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace dialtone::agents {

// Every probe, the schedule, the spool and the outboxes live on the thread that made the Loop and
// runs it, so none of them has a lock. Others reach them by Post alone.
//
// libre's timers follow the wall clock and would stand still for an hour when it is set back by
// one; loop.cc therefore overrides libre's tmr_jiffies with the monotonic clock, and the
// constructor checks that libre really uses the override.
class Loop {
 public:
  // Binds libre to the calling thread; one Loop at a time in a thread.
  explicit Loop(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until Stop.
  void Run();

  // From any thread: Run returns soon.
  void Stop();

  // From any thread: `work` runs on the loop's thread, after what was posted before it.
  void Post(std::function<void()> work) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Time Now() const { return clock_.TimeNow(); }
  absl::Time WallTime() const { return clock_.WallTime(); }

  // By how much the loop was late at worst since `then` (at most the last minute): the machine
  // stalled, or something blocked the loop. What was measured meanwhile is in doubt.
  absl::Duration WorstLagSince(absl::Time then) const;

  // A timer that was due `lag` ago fires now.
  void NoteLag(absl::Duration lag);

 private:
  struct Lag {
    absl::Time when;
    absl::Duration lag;
  };

  static void OnWakeUp(int id, void* data, void* loop);
  void RunPosted() ABSL_LOCKS_EXCLUDED(mutex_);

  const Clock& clock_;
  mqueue* wake_ups_ = nullptr;
  std::deque<Lag> lags_;

  // The only thing threads share: the door to the loop.
  Mutex mutex_;
  std::deque<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
};

// Calls a member function as libre's callbacks want it: Call<Runner, &Runner::Wake>.
template <typename T, void (T::*Method)()>
void Call(void* owner) {
  (static_cast<T*>(owner)->*Method)();
}

// Does something later, once. To a millisecond, never too early. May be destroyed by what it calls.
class Timer {
 public:
  // Calls action(owner) on the loop's thread. Loop and owner outlive the timer.
  Timer(Loop& loop, tmr_h* action, void* owner);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces what it waited for. InfiniteFuture: waits for nothing.
  void StartAt(absl::Time when);
  void StartIn(absl::Duration delay) { StartAt(loop_.Now() + delay); }
  void Cancel();

 private:
  static void Fire(void* timer);

  Loop& loop_;
  tmr_h* action_;
  void* owner_;
  tmr timer_;
  absl::Time when_;
};

// Watches a file descriptor; ends before the descriptor is closed.
class Watch {
 public:
  Watch() = default;
  ~Watch() { Stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Calls ready(FD_READ | FD_WRITE | FD_EXCEPT, owner) whenever `fd` is ready for one of `flags`.
  // False: too many descriptors.
  [[nodiscard]] bool Start(int fd, int flags, fd_h* ready, void* owner);
  void Stop();

 private:
  int fd_ = -1;
};

// As Call, for Watch.
template <typename T, void (T::*Method)(int)>
void CallReady(int flags, void* owner) {
  (static_cast<T*>(owner)->*Method)(flags);
}

}  // namespace dialtone::agents
