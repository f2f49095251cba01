// A site where nobody may be accused.
#pragma once

#include <optional>

#include "detector/hypothesis.h"
#include "detector/observations.h"

namespace dialtone::detector {

// Where Teams and every internet witness fail together, but no hypothesis holds: something else off
// the LAN answers, which acquits the network. Asked only where that is so.
std::optional<Hypothesis> Unaccusable(const Fleet& fleet, const Observations& observations,
                                      SiteIndex site);

}  // namespace dialtone::detector
