// When which results go to one detector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/time/time.h"

#include "agents/spool.h"

namespace dialtone::agents {

// Follows one detector through the spool: what it was sent on this stream, what it has
// acknowledged, and when the next batch is due.
//
// A batch leaves every second, empty or not; urgent results, and what is left over from a full
// batch, leave at once, but no sooner than 10 ms after the batch before, so that results that end
// together travel together. After eight full batches in a row the others of a long backlog leave at
// 0.55 s each: a detector takes 10,000 results of an agent at once and 2,000 a second, and refuses
// the rest. A detector that cannot keep up asks for longer gaps, and gets them for urgent results
// too. When a stream breaks, everything unacknowledged is sent again on the next
// one.
//
// Owned by one thread; `now` never goes back.
class Outbox {
 public:
  static constexpr absl::Duration kRegularGap = absl::Seconds(1);
  static constexpr absl::Duration kSmallestGap = absl::Milliseconds(10);
  static constexpr absl::Duration kBacklogGap = absl::Milliseconds(550);
  static constexpr int kMostFullInARow = 8;
  static constexpr absl::Duration kLargestGap = absl::Seconds(10);
  // The detector acknowledges at least every 5 s.
  static constexpr absl::Duration kLongestSilence = absl::Seconds(15);
  static constexpr size_t kMostResults = 1000;         // in one batch
  static constexpr size_t kMostUnacknowledged = 1000;  // batches whose acknowledgement is awaited

  // A batch to be written: the results first to last - 1 of the spool.
  struct Batch {
    uint64_t number = 0;
    uint64_t first = 0;
    uint64_t last = 0;
  };

  // `spool` outlives the outbox.
  explicit Outbox(const Spool& spool);

  // A new stream: batches count from 1 again, and the first is due at once.
  void Open(absl::Time now);

  // The stream is gone.
  void Close();

  // Everything in the spool now is urgent: the last result is.
  void Hurry() { urgent_before_ = spool_.end(); }

  // The detector said something: it lives. It has taken the batches of this stream up to
  // `acknowledged_batch`, and wants at least `gap` between two batches.
  void Hear(uint64_t acknowledged_batch, absl::Duration gap, absl::Time now);

  // The batch to write now, if one is due. The next is due only after Written.
  std::optional<Batch> Take(absl::Time now);

  // The batch that was taken has left.
  void Written() { is_writing_ = false; }

  // Whether the detector has been silent for so long that the stream must be opened again.
  bool IsSilent(absl::Time now) const;

  // When Take or IsSilent next has something to say.
  absl::Time NextWake() const;

  // The first result that the detector has not acknowledged; the spool may forget those before.
  uint64_t unacknowledged() const;

  // Results that the spool forgot before this detector acknowledged them.
  uint64_t dropped() const;

  // Results that wait to be acknowledged.
  uint64_t waiting() const { return spool_.end() - unacknowledged(); }

 private:
  absl::Time BatchDue() const;

  const Spool& spool_;
  bool is_open_ = false;
  bool is_writing_ = false;
  uint64_t acknowledged_;           // results before this one are taken (or were dropped)
  uint64_t sent_;                   // results before this one were sent on this stream
  uint64_t urgent_before_ = 0;      // results before this one are urgent
  uint64_t dropped_ = 0;            // before acknowledged_
  uint64_t last_number_ = 0;        // number of the last batch of this stream
  std::deque<Batch> sent_batches_;  // with results, not acknowledged yet
  absl::Duration gap_ = kSmallestGap;
  int full_in_a_row_ = 0;
  absl::Time last_batch_ = absl::InfinitePast();
  absl::Time heard_ = absl::InfinitePast();
};

}  // namespace dialtone::agents
