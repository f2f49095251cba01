// Whether a silent site is cut off, or only its agent is silent.
#pragma once

#include <optional>

#include "detector/attendance.h"
#include "detector/hypothesis.h"
#include "detector/observations.h"

namespace dialtone::detector {

// Of the site whose uplink the target is, and whose agent is silent: probes towards it fail from
// the vantage and from two others (or all there are; three, where no vantage probes it), while its
// ISP is alive: of its neighbours there, where there are any, one is heard and reaches the
// internet. Where the whole ISP is dark, it is no site's fault.
bool IsUnreachable(const Fleet& fleet, const Observations& observations,
                   const Attendance& attendance, TargetIndex uplink);

// The same as a hypothesis about that site; nothing when it is heard, unknown, or not cut off.
std::optional<Hypothesis> Unreachable(const Fleet& fleet, const Observations& observations,
                                      const Attendance& attendance, TargetIndex uplink);

}  // namespace dialtone::detector
