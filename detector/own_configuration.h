// What is refused because of our own certificate or SIP configuration.
#pragma once

#include <optional>

#include "detector/attendance.h"
#include "detector/hypothesis.h"
#include "detector/observations.h"

namespace dialtone::detector {

// All paths that are refused at the moment, as one fault: one certificate serves many sites, and
// one sentence is read where one for each hub of each site is not. Nothing when none is, or all of
// those sites are silent.
std::optional<Hypothesis> OwnConfiguration(const Fleet& fleet, const Observations& observations,
                                           const Attendance& attendance);

}  // namespace dialtone::detector
