// Which probe is due when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/plan.h"

namespace dialtone::agents {

// How often, and when inside the interval, one target is probed.
struct Cadence {
  std::string target = {};
  absl::Duration interval = {};
  absl::Duration phase = {};

  bool operator==(const Cadence&) const = default;
};

// A probe to start now.
struct DueProbe {
  std::string target = {};
  absl::Time due = {};
  bool in_burst = false;
};

// Says which probe is due when, so that a thousand agents do not knock together.
//
// The slots of a target are the times (n x interval + phase) since 1970: they follow from the plan
// alone, so a new plan, a restart or another detector changes no phase, and the phases that the
// detector spread over the fleet stay spread. A slot that was missed by more than half the interval
// (at most 500 ms) is skipped, never made up for: after a stall every target waits for its own next
// slot.
//
// Owned by one thread; `now` never goes back.
class Schedule {
 public:
  // Probes of one target under way at a time; more slots than that are skipped.
  static constexpr int kMostInFlight = 8;

  // From now on probes these targets. A target whose cadence is unchanged keeps its next slot and a
  // running burst.
  void Replace(const std::vector<Cadence>& cadences, absl::Time now);

  // Probes the named targets at the burst's interval, instead of their own, until it is over. Ends
  // a burst that is running. Unknown targets, and those probed as fast already, are left out. The
  // targets take turns inside the burst's interval.
  void StartBurst(const Burst& burst, absl::Time now);

  // The probes due by now, in order of their slots, each target at most once. They count as in
  // flight until Ended.
  std::vector<DueProbe> TakeDue(absl::Time now);

  // One probe of this target is no longer in flight.
  void Ended(absl::string_view target);

  // When TakeDue next has something to say; InfiniteFuture: never, without a new plan.
  absl::Time NextWake() const;

  // Slots skipped because we were late, or because too many probes were in flight.
  uint64_t skipped() const { return skipped_; }

 private:
  struct Entry {
    Cadence cadence;
    absl::Time next;
    bool in_burst = false;
    int in_flight = 0;
  };

  void LeaveBurst(Entry& entry, absl::Time end);
  absl::Time SlotAfter(const Entry& entry, absl::Time now) const;
  bool MayStart(const Entry& entry, absl::Time now) const;

  std::vector<Entry> entries_;
  absl::Duration burst_interval_;
  absl::Time burst_end_ = absl::InfinitePast();
  uint64_t skipped_ = 0;
};

}  // namespace dialtone::agents
