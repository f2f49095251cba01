// Where the numbers of each site were in one run.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/simulation/run_record.h"

namespace dialtone::detector::simulation {

// A site's numbers went from home to a backup route, wholly or in part, and came back wholly at
// `when.to` (infinite: they did not).
struct BackupStay {
  SiteIndex site = kNone;
  Span when = {};
  Origin origin = Origin::kAuto;
  std::uint64_t diagnosis = 0;  // that moved them
};

// The stays of a run, by their beginning. Growing or shrinking while on backup is no new stay.
std::vector<BackupStay> StaysOf(const RunRecord& run);

// A time in which every hub of a site's voice layer was tried after its backup routes: its calls
// were on backup by skip.
struct FullSkip {
  SiteIndex site = kNone;
  Span when = {};
};

std::vector<FullSkip> FullSkipsOf(const RunRecord& run);

}  // namespace dialtone::detector::simulation
