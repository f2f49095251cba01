// What one direction of a link does to packets: delay, jitter, loss in bursts, a rate with a
// bounded queue. Pure: it is told the time and draws from its own seeded generator, so a run can be
// repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::lab {

// How one direction behaves.
struct Shape {
  absl::Duration delay = {};   // 0 to 10 s
  absl::Duration jitter = {};  // standard deviation of the delay, 0 to 10 s; order is kept
  double loss = 0;             // share of packets, 0 to 1
  double burst = 1;            // mean packets lost in a row, 1 to 10,000
  double bits_per_second = 0;  // 0: no limit; else at least 1,000
};

// `before`, changed by words such as "delay=30 jitter=2 loss=5 burst=3 rate=2000": milliseconds,
// per cent, packets, kbit/s. What is not named stays as it was.
absl::StatusOr<Shape> ParseShape(absl::string_view words, const Shape& before);

// What became of the packets so far.
struct ShaperCounts {
  uint64_t taken = 0;  // all that came
  uint64_t lost = 0;   // by `loss`
  uint64_t full = 0;   // by a full queue
};

// Decides for each packet whether and when it arrives. Loss is a Gilbert channel: a good state that
// loses nothing and a bad one that loses everything, left with probability 1 / burst.
class Shaper {
 public:
  // A queue longer than this is full, as in a router: packets that would wait longer are dropped.
  static constexpr absl::Duration kLongestQueue = absl::Milliseconds(500);

  explicit Shaper(uint64_t seed) : random_(seed) {}

  void Set(const Shape& shape) { shape_ = shape; }
  const Shape& shape() const { return shape_; }

  // When a packet of `bytes` that came now arrives, never before an earlier one; nullopt: not at
  // all.
  std::optional<absl::Time> Admit(std::size_t bytes, absl::Time now);

  const ShaperCounts& counts() const { return counts_; }

 private:
  bool Loses();

  Shape shape_;
  ShaperCounts counts_;
  std::mt19937_64 random_;
  bool in_bad_state_ = false;
  absl::Time sent_until_ = absl::InfinitePast();  // the wire is busy until then
  absl::Time last_arrival_ = absl::InfinitePast();
};

}  // namespace dialtone::lab
