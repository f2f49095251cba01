// Metrics that are read off the latest picture of the present when they are scraped: whatever has a
// series per site, router or group. So a scrape is consistent, and nothing of a site that is gone
// stays.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"

#include "base/mutex.h"
#include "detector/fleet.h"
#include "detector/journal_writer.h"
#include "detector/message.h"
#include "detector/view.h"

namespace dialtone::detector {

// Guards of automatic steps: label `guard`. In a View, GroupView::blocked_by begins with one.
inline constexpr std::array<const char*, 16> kGuardNames = {
    "evidence", "vantage", "backup_unverified", "backup_capacity",
    "rate",     "cap",     "holddown",          "stale",
    "warmup",   "frozen",  "maintenance",       "conflict",
    "fence",    "shrink",  "emergency",         "drift"};

class SnapshotMetrics final : public prometheus::Collectable {
 public:
  SnapshotMetrics(const Fleet& fleet, const JournalWriter& journal, const LoopMailbox& mailbox)
      : fleet_(fleet), journal_(journal), mailbox_(mailbox) {}

  void Set(View view, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  // When the loop last showed itself alive. InfinitePast: not yet.
  absl::Time time() const ABSL_LOCKS_EXCLUDED(mutex_);

  std::vector<prometheus::MetricFamily> Collect() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Snapshot {
    View view;
    absl::Time time;
  };

  const Fleet& fleet_;
  const JournalWriter& journal_;
  const LoopMailbox& mailbox_;

  // The loop writes and the scraper reads; held to exchange a pointer. Shared, because a scrape
  // goes on reading the picture that the loop has meanwhile replaced.
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> latest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dialtone::detector
