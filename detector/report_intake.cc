#include "detector/report_intake.h"

#include <algorithm>
#include <cmath>

namespace dialtone::detector {

int RateLimit::Take(int wanted, absl::Time now) {
  if (now > updated_) {
    tokens_ = std::min(burst_, tokens_ + rate_ * absl::ToDoubleSeconds(now - updated_));
    updated_ = now;
  }
  const int granted = std::clamp(static_cast<int>(std::floor(tokens_)), 0, std::max(wanted, 0));
  tokens_ -= granted;
  return granted;
}

void SequenceWindow::StartRun(std::uint64_t run_id) {
  if (run_id == run_id_) return;
  run_id_ = run_id;
  highest_ = 0;
  seen_.clear();
}

ReportFate SequenceWindow::Admit(std::uint64_t sequence) {
  if (seen_.empty()) seen_.assign(kSize / 64, 0);
  if (highest_ >= kSize && sequence <= highest_ - kSize) return ReportFate::kStale;
  if (sequence > highest_) {
    Forget(highest_ + 1, std::min(sequence - highest_, kSize));
    highest_ = sequence;
  }
  std::uint64_t& word = seen_[sequence % kSize / 64];
  const std::uint64_t bit = std::uint64_t{1} << (sequence % 64);
  if ((word & bit) != 0) return ReportFate::kDuplicate;
  word |= bit;
  return ReportFate::kAccepted;
}

// Clears the places that numbers `first`, `first` + 1, ... will use.
void SequenceWindow::Forget(std::uint64_t first, std::uint64_t count) {
  if (count == kSize) {
    std::fill(seen_.begin(), seen_.end(), 0);
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t place = (first + i) % kSize;
    seen_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
  }
}

}  // namespace dialtone::detector
