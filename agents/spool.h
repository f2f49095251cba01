// Where results wait until the detectors have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/time/time.h"

#include "agents/measurement.h"

namespace dialtone::agents {

// Keeps results while nobody listens, and forgets the oldest first: when it is full, and when they
// are too old for a detector to take.
//
// One spool serves all detectors. Results are numbered 0, 1, 2, ... in the order they were added;
// begin() and end() are the numbers it has now. Each detector's Outbox remembers how far it has
// come.
class Spool {
 public:
  // 1 h less 15 s: a detector refuses what is older than 1 h, and probes end out of order by up to
  // the sum of their phases.
  static constexpr absl::Duration kOldest = absl::Seconds(3585);

  explicit Spool(size_t capacity) : capacity_(capacity) {}

  // Takes a result in; forgets the oldest one when full.
  void Add(Result result);

  // Forgets what was sent longer than kOldest ago.
  void Expire(absl::Time now);

  // Forgets the results before `number`: every detector has them.
  void ForgetBefore(uint64_t number);

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return begin_ + results_.size(); }

  // A result from begin() to end() - 1.
  const Result& at(uint64_t number) const;

 private:
  size_t capacity_;
  uint64_t begin_ = 0;
  std::deque<Result> results_;
};

}  // namespace dialtone::agents
