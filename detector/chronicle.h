// What happened, numbered in the order it happened.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "detector/effects.h"

namespace dialtone::detector {

// Collects the occurrences of one event. Numbers go on over restarts.
class Chronicle {
 public:
  explicit Chronicle(std::uint64_t last_id) : last_id_(last_id) {}

  // Returns the occurrence's number.
  std::uint64_t Add(absl::Time now, Occurrence occurrence) {
    occurrence.id = ++last_id_;
    occurrence.time = now;
    occurrences_.push_back(std::move(occurrence));
    return last_id_;
  }

  std::vector<Occurrence> Take() { return std::exchange(occurrences_, {}); }
  std::uint64_t last_id() const { return last_id_; }

 private:
  std::uint64_t last_id_;
  std::vector<Occurrence> occurrences_;
};

}  // namespace dialtone::detector
