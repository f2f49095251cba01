// When something goes on: episodes one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace dialtone::detector::simulation {

// Seconds since time 0 of the scenario; the warm-up is negative. The world computes in these: a
// probe costs a few dozen nanoseconds, and absl::Time's arithmetic would double that.
using Moment = double;

inline constexpr Moment kNever = std::numeric_limits<Moment>::infinity();

// One stretch of trouble, from `begin` until before `end`.
struct Episode {
  Moment begin = 0;
  Moment end = 0;
  double loss = 0;         // share of packets each way that are lost
  int kind = 0;            // what the owner of the timeline makes of it
  double share = 1;        // of the sites that it hits
  std::uint64_t draw = 0;  // by which these are chosen
};

// Episodes that do not overlap, in order. Asked about moments that go back by a few seconds at most
// (a probe asks about its retransmissions ahead), so that each question costs a look or two.
class Timeline {
 public:
  // How far a question may lie before the latest one.
  static constexpr double kGoesBack = 20;

  Timeline() = default;
  explicit Timeline(std::vector<Episode> episodes) : episodes_(std::move(episodes)) {}

  const std::vector<Episode>& episodes() const { return episodes_; }

  // Earlier moments may be asked about again.
  void Rewind() { first_ = 0; }

  // The episode that goes on at that moment; null when there is none.
  const Episode* At(Moment moment) {
    Skip(moment);
    for (std::size_t i = first_; i < episodes_.size() && episodes_[i].begin <= moment; ++i) {
      if (moment < episodes_[i].end) return &episodes_[i];
    }
    return nullptr;
  }

  // The first moment not before `moment` at which an episode goes on.
  Moment NextTrouble(Moment moment) {
    Skip(moment);
    for (std::size_t i = first_; i < episodes_.size(); ++i) {
      if (moment < episodes_[i].end) return std::max(moment, episodes_[i].begin);
    }
    return kNever;
  }

 private:
  void Skip(Moment moment) {
    while (first_ < episodes_.size() && episodes_[first_].end + kGoesBack <= moment) ++first_;
  }

  std::vector<Episode> episodes_;
  std::size_t first_ = 0;  // those before it are long over
};

}  // namespace dialtone::detector::simulation
