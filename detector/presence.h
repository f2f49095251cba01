// Whether a fault is there now, and since when without a pause.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/attendance.h"
#include "detector/clearance.h"
#include "detector/observations.h"

namespace dialtone::detector {

struct Presence {
  bool is_there = true;
  // The charge's, or the end of the last pause after it; now while it is not there.
  absl::Time since = absl::InfinitePast();
};

// Read from what the paths of those sites remember. A score cannot tell: what a blip left behind
// goes on as a milder fault for many seconds, in which a move would have nothing to save. Here the
// share that failed until the last loss must go on failing: over steps of half a second, or of half
// the shortest interval of the targets, what is good speaks against the fault and what is bad for
// it, with at most kNats to each side.
// `was_there`: what is taken for true until the results say otherwise. They are forgotten after a
// while: what was found to be gone must be seen again to be back, and of several sites at two: the
// line of one may burst.
Presence PresenceOf(const Observations& observations, const Attendance& attendance,
                    const Charge& charge, const std::vector<SiteIndex>& sites, bool was_there,
                    absl::Time now);

}  // namespace dialtone::detector
