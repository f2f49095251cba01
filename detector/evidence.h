// What speaks for a diagnosis now: the paths it is about, and the witnesses beside them.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/attendance.h"
#include "detector/domains.h"
#include "detector/observations.h"
#include "detector/view.h"

namespace dialtone::detector {

// The evidence of a diagnosis about `domain`, the strongest first, from its onset on. Paths without
// a result since then are left out: they say nothing. Of the first 64 sites: more would be read by
// nobody.
//
// Of an unreachable site it is its silence, in batches missed, and what the others' probes of its
// uplink say; of a refused certificate the answers that refuse it.
std::vector<Evidence> EvidenceFor(const Fleet& fleet, const Observations& observations,
                                  const Attendance& attendance, const Diagnosis& diagnosis,
                                  DomainIndex domain, absl::Time now);

// Whether any of it is bad.
bool HasBad(const std::vector<Evidence>& evidence);

}  // namespace dialtone::detector
