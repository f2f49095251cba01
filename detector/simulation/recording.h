// Recordings on disk, re-decided: what `dialtone replay` does.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "dialtone/v1/recording.pb.h"

namespace dialtone::detector::simulation {

// Re-decides the recordings at `paths`: files of one start of a detector in order, or a directory,
// which stands for the files of its newest start. `policy_file`: another policy than the recorded
// one; empty: the recorded one. INVALID_ARGUMENT for what is no recording, or files that do not
// follow each other; DATA_LOSS for one that contradicts itself.
absl::StatusOr<v1::ReplayReport> ReplayRecordings(const std::vector<std::string>& paths,
                                                  const std::string& policy_file);

}  // namespace dialtone::detector::simulation
