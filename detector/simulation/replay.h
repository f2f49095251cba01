// Re-decides a recorded run over the real core and compares. Pure: the times are the recorded ones.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "detector/core.h"
#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector::simulation {

// One decision on which the two runs differ: made in one of them only, or at another time, or in
// other words.
struct DecisionDifference {
  std::optional<Occurrence> recorded = {};
  std::optional<Occurrence> redecided = {};
};

// What came of a replay.
struct ReplayOutcome {
  std::uint64_t steps = 0;
  std::uint64_t different_steps = 0;  // of which any effect differs
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();
  std::uint64_t recorded = 0;  // decisions
  std::uint64_t redecided = 0;
  std::vector<DecisionDifference> differences = {};  // in order of time
};

// Gives the core the recorded events at the recorded times. The world answers as it did: what
// routers and agents say in the recording follows from the decisions made then, so that under
// another policy the replay tells when the first decision would have differed, and less and less of
// what would have come after.
class Replay {
 public:
  Replay(Fleet fleet, Policy policy, const CoreStart& start, absl::Time now);

  // The next step: what the core was told, and what was decided then (`digest` of all effects).
  void Take(const Event& event, absl::Time now, const std::vector<Occurrence>& decisions,
            std::uint64_t digest);

  ReplayOutcome Outcome() const;

 private:
  Core core_;
  ReplayOutcome outcome_;
  std::vector<Occurrence> recorded_;
  std::vector<Occurrence> redecided_;
};

// The two lists side by side. A decision is the same one when kind, groups, hop and guard are the
// same and it comes in the same order among its like; it differs when its time or its words do.
std::vector<DecisionDifference> Compare(const std::vector<Occurrence>& recorded,
                                        const std::vector<Occurrence>& redecided);

}  // namespace dialtone::detector::simulation
