// The policy file -> Policy.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// Reads a Policy in text format. A part that the file leaves out is as shipped; in a part that
// stands there, every number must be said. INVALID_ARGUMENT with all errors, one a line.
absl::StatusOr<Policy> ReadPolicy(const std::string& path);

}  // namespace dialtone::detector
