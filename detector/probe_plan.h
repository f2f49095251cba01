// Who probes what when: spreads the fleet's probes so that a thousand agents do not knock together,
// and so that every probe of Teams has a fresh witness beside it. Pure.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// Roles whose probes go to Microsoft: they have the policy's polite interval.
bool IsMicrosoft(TargetRole role);

// One target as one site shall probe it.
struct PlannedProbe {
  TargetIndex target = kNone;
  absl::Duration interval = {};
  absl::Duration phase = {};  // when inside the interval, 0 <= phase < interval
};

// All targets of `site`, Microsoft's and witnesses in turn.
//
// Targets of one interval share it in equal slots; the site's offset is the golden ratio's multiple
// of its number, which is even for any number of sites: at 100 sites one of them probes a given hub
// every hundredth of the interval.
std::vector<PlannedProbe> PlanProbes(const Fleet& fleet, SiteIndex site);

}  // namespace dialtone::detector
