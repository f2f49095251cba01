// What happened lately, in memory: answers History, and feeds those who watch.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"

#include "base/mutex.h"
#include "detector/effects.h"

namespace dialtone::detector {

// Is told of new occurrences. Called under the lock of the history: takes note and returns.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void Take(const std::vector<Occurrence>& occurrences) = 0;
  // Nothing will come any more: the detector stops.
  virtual void Close() = 0;
};

// The newest kSize occurrences. Written by the journal's thread, read and watched by gRPC's: hence
// the lock, so that a watcher that joins misses nothing and sees nothing twice.
class History {
 public:
  static constexpr size_t kSize = 10'000;
  static constexpr size_t kMaxWatchers = 20;

  // `newest` as the journal gives them, oldest first.
  explicit History(std::vector<Occurrence> newest);

  void Add(const std::vector<Occurrence>& occurrences) ABSL_LOCKS_EXCLUDED(mutex_);

  // The newest `limit`, newest first.
  std::vector<Occurrence> Newest(size_t limit) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Gives `watcher` those with an id above `after_id` (0: none) and then all that come.
  // RESOURCE_EXHAUSTED, and nothing is given, when there are kMaxWatchers already; UNAVAILABLE
  // after CloseWatches.
  absl::Status Watch(Watcher* watcher, std::uint64_t after_id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Afterwards `watcher` is not called any more. May be called twice.
  void Unwatch(Watcher* watcher) ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes every watcher, and takes no more.
  void CloseWatches() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;
  std::deque<Occurrence> occurrences_ ABSL_GUARDED_BY(mutex_);  // oldest first
  std::vector<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace dialtone::detector
