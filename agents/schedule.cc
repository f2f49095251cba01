#include "agents/schedule.h"

#include <algorithm>

#include "base/check.h"

namespace dialtone::agents {
namespace {

constexpr absl::Duration kLongestTolerance = absl::Milliseconds(500);

// How late a probe may still start. Later, the next slot serves better.
absl::Duration Tolerance(absl::Duration interval) {
  return std::min(interval / 2, kLongestTolerance);
}

// The first slot of the cadence after `now`.
absl::Time PeriodicSlotAfter(const Cadence& cadence, absl::Time now) {
  absl::Duration into_the_interval;
  const int64_t slots = absl::IDivDuration(now - absl::UnixEpoch() - cadence.phase,
                                           cadence.interval, &into_the_interval);
  absl::Time slot = absl::UnixEpoch() + cadence.phase + slots * cadence.interval;
  while (slot <= now) slot += cadence.interval;
  return slot;
}

}  // namespace

void Schedule::Replace(const std::vector<Cadence>& cadences, absl::Time now) {
  std::vector<Entry> entries;
  for (const Cadence& cadence : cadences) {
    CHECK(cadence.interval > absl::ZeroDuration())
        << cadence.target << ": plans are checked before";
    const auto old = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.cadence.target == cadence.target;
    });
    if (old == entries_.end()) {
      entries.push_back({.cadence = cadence, .next = PeriodicSlotAfter(cadence, now)});
    } else if (old->cadence == cadence) {
      entries.push_back(*old);
    } else {
      entries.push_back({.cadence = cadence,
                         .next = PeriodicSlotAfter(cadence, now),
                         .in_flight = old->in_flight});
    }
  }
  entries_ = std::move(entries);
}

void Schedule::StartBurst(const Burst& burst, absl::Time now) {
  for (Entry& entry : entries_) {
    if (entry.in_burst) LeaveBurst(entry, now);
  }
  burst_interval_ = std::max(burst.interval, Burst::kShortestInterval);
  burst_end_ = now + std::min(burst.duration, Burst::kLongest);

  std::vector<Entry*> chosen;
  for (Entry& entry : entries_) {
    const bool is_named = std::find(burst.targets.begin(), burst.targets.end(),
                                    entry.cadence.target) != burst.targets.end();
    if (is_named && entry.cadence.interval > burst_interval_) chosen.push_back(&entry);
    if (chosen.size() == Burst::kMostTargets) break;
  }
  for (size_t i = 0; i < chosen.size(); ++i) {
    chosen[i]->in_burst = true;
    chosen[i]->next =
        now + static_cast<int64_t>(i) * burst_interval_ / static_cast<int64_t>(chosen.size());
  }
}

std::vector<DueProbe> Schedule::TakeDue(absl::Time now) {
  std::vector<DueProbe> due;
  for (Entry& entry : entries_) {
    if (entry.in_burst && entry.next >= burst_end_) LeaveBurst(entry, burst_end_);
    if (entry.next > now) continue;
    if (MayStart(entry, now)) {
      ++entry.in_flight;
      due.push_back(
          {.target = entry.cadence.target, .due = entry.next, .in_burst = entry.in_burst});
    } else {
      ++skipped_;
    }
    entry.next = SlotAfter(entry, now);
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const DueProbe& a, const DueProbe& b) { return a.due < b.due; });
  return due;
}

void Schedule::Ended(absl::string_view target) {
  for (Entry& entry : entries_) {
    if (entry.cadence.target == target && entry.in_flight > 0) --entry.in_flight;
  }
}

absl::Time Schedule::NextWake() const {
  absl::Time wake = absl::InfiniteFuture();
  for (const Entry& entry : entries_) wake = std::min(wake, entry.next);
  return wake;
}

void Schedule::LeaveBurst(Entry& entry, absl::Time end) {
  entry.in_burst = false;
  entry.next = PeriodicSlotAfter(entry.cadence, end);
}

absl::Time Schedule::SlotAfter(const Entry& entry, absl::Time now) const {
  if (!entry.in_burst) return PeriodicSlotAfter(entry.cadence, now);
  absl::Duration into_the_interval;
  const int64_t passed = absl::IDivDuration(now - entry.next, burst_interval_, &into_the_interval);
  return entry.next + (passed + 1) * burst_interval_;
}

bool Schedule::MayStart(const Entry& entry, absl::Time now) const {
  const absl::Duration interval = entry.in_burst ? burst_interval_ : entry.cadence.interval;
  return now - entry.next <= Tolerance(interval) && entry.in_flight < kMostInFlight;
}

}  // namespace dialtone::agents
