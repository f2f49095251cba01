// The policy file -> Policy.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// Reads a Policy in text format. A part that the file leaves out is as shipped; in a part that
// stands there, every number must be said. INVALID_ARGUMENT with all errors, one a line.
// `text`: null, or where to leave the text of the file.
absl::StatusOr<Policy> ReadPolicy(const std::string& path, std::string* text = nullptr);

// The same from a text; errors name `label` in the file's place.
absl::StatusOr<Policy> ParsePolicy(const std::string& label, const std::string& text);

}  // namespace dialtone::detector
