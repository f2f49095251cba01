// Whether a fault is over, from the good results since: for one site, and for all it hit.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/attendance.h"
#include "detector/clearance.h"
#include "detector/observations.h"

namespace dialtone::detector {

// Tests a fault that was diagnosed against half the severity that was seen: what spoiled 90 % of
// the probes is not over while it spoils 45 %. Counted from `charge.since` on.
class Recovery {
 public:
  // Nats of recovery that are needed: 1,000 to 1.
  static constexpr double kNats = 6.9;
  // Share of its paths that must have them, of a hard fault and of a partial one. Half of the hubs
  // carry all calls; but of a partial fault half of the paths look healthy by chance.
  static constexpr double kShareHard = 0.5;
  static constexpr double kSharePartial = 0.8;
  // Recovery proven by all sites together: no bad result for this long.
  static constexpr absl::Duration kQuiet = absl::Seconds(5);

  Recovery(const Observations& observations, const Attendance& attendance, const Charge& charge)
      : observations_(observations), attendance_(attendance), charge_(charge) {}

  // Whether all sites together say that it is over: nothing bad for a while, and enough that is
  // good. Where a site's own evidence is slow, one call in ten seconds, this is what ends a fault.
  bool OfAll(const std::vector<SiteIndex>& sites, absl::Time now) const;

  // Whether one site is well again: by its own evidence or, when `all_recover`, by the others',
  // unless its own last results are bad. A mute site goes with the others.
  bool Of(SiteIndex site, bool all_recover) const;

 private:
  const Observations& observations_;
  const Attendance& attendance_;
  const Charge charge_;
};

}  // namespace dialtone::detector
