// Lets threads meet without sharing anything.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "absl/time/time.h"

#include "base/mutex.h"

namespace dialtone {

// A bounded queue with one reader. Nothing waits for room: a full mailbox says so at once, and the
// sender counts the loss.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  // False when the mailbox is full or closed; `message` is then dropped.
  [[nodiscard]] bool Post(T message) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      MutexLock lock(&mutex_);
      if (closed_ || messages_.size() >= capacity_) return false;
      messages_.push_back(std::move(message));
    }
    arrived_.Signal();
    return true;
  }

  // The oldest message; waits up to `patience` for one (zero or less: does not wait). Nothing when
  // the time is over, or when the mailbox is closed and empty.
  std::optional<T> Take(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_) {
    // An hour is long enough for any reader: it comes back and asks again.
    const auto deadline = std::chrono::steady_clock::now() +
                          absl::ToChronoNanoseconds(std::min(patience, absl::Hours(1)));
    MutexLock lock(&mutex_);
    while (messages_.empty()) {
      if (closed_ || !arrived_.WaitUntil(&mutex_, deadline)) break;
    }
    if (messages_.empty()) return std::nullopt;
    T message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

  // No more messages are taken in; those inside can still be taken out.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      MutexLock lock(&mutex_);
      closed_ = true;
    }
    arrived_.SignalAll();
  }

  // Closed and empty: nothing will ever come again.
  bool drained() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return closed_ && messages_.empty();
  }

  // Messages waiting now, for the metrics.
  std::size_t size() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return messages_.size();
  }

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  CondVar arrived_;
  std::deque<T> messages_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace dialtone
