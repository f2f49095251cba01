#include "agents/outbox.h"

#include <algorithm>

namespace dialtone::agents {

Outbox::Outbox(const Spool& spool)
    : spool_(spool), acknowledged_(spool.end()), sent_(spool.end()) {}

void Outbox::Open(absl::Time now) {
  is_open_ = true;
  is_writing_ = false;
  dropped_ = dropped();
  acknowledged_ = unacknowledged();
  sent_ = acknowledged_;
  last_number_ = 0;
  sent_batches_.clear();
  gap_ = kSmallestGap;
  last_batch_ = absl::InfinitePast();
  full_in_a_row_ = 0;
  heard_ = now;
  Hurry();
}

void Outbox::Close() { is_open_ = false; }

void Outbox::Hear(uint64_t acknowledged_batch, absl::Duration gap, absl::Time now) {
  if (!is_open_) return;
  heard_ = now;
  gap_ = std::clamp(gap, kSmallestGap, kLargestGap);
  while (!sent_batches_.empty() && sent_batches_.front().number <= acknowledged_batch) {
    const uint64_t last = sent_batches_.front().last;
    sent_batches_.pop_front();
    if (last <= acknowledged_) continue;
    dropped_ = dropped();
    acknowledged_ = std::max(last, unacknowledged());
  }
}

std::optional<Outbox::Batch> Outbox::Take(absl::Time now) {
  if (BatchDue() > now) return std::nullopt;
  const uint64_t first = std::max(sent_, spool_.begin());
  const Batch batch = {.number = ++last_number_,
                       .first = first,
                       .last = std::min(spool_.end(), first + kMostResults)};
  sent_ = batch.last;
  if (batch.first < batch.last) sent_batches_.push_back(batch);
  // Forgetting the oldest costs nothing: whoever acknowledges a later batch acknowledges it too.
  if (sent_batches_.size() > kMostUnacknowledged) sent_batches_.pop_front();
  is_writing_ = true;
  last_batch_ = now;
  full_in_a_row_ = batch.last - batch.first == kMostResults ? full_in_a_row_ + 1 : 0;
  return batch;
}

bool Outbox::IsSilent(absl::Time now) const { return is_open_ && now - heard_ >= kLongestSilence; }

absl::Time Outbox::NextWake() const {
  if (!is_open_) return absl::InfiniteFuture();
  return std::min(BatchDue(), heard_ + kLongestSilence);
}

uint64_t Outbox::unacknowledged() const { return std::max(acknowledged_, spool_.begin()); }

uint64_t Outbox::dropped() const { return dropped_ + unacknowledged() - acknowledged_; }

absl::Time Outbox::BatchDue() const {
  if (!is_open_ || is_writing_) return absl::InfiniteFuture();
  const uint64_t unsent = spool_.end() - std::max(sent_, spool_.begin());
  const bool at_once = sent_ < std::min(urgent_before_, spool_.end()) || unsent >= kMostResults;
  const absl::Duration least = !at_once                            ? kRegularGap
                               : full_in_a_row_ >= kMostFullInARow ? kBacklogGap
                                                                   : kSmallestGap;
  return last_batch_ + std::max(gap_, least);
}

}  // namespace dialtone::agents
