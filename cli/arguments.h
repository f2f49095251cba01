// What operators type beside verbs and flags: scopes and durations. No I/O.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "dialtone/v1/operator.pb.h"

namespace dialtone::cli {

// "site lon", "group g-lon" or "all", as words.
absl::StatusOr<v1::ScopeSelector> ParseScope(const std::vector<std::string>& words);

// How long a hold lasts: 1 min to 30 d, for example "4h". `flag` is named in the error.
absl::StatusOr<absl::Duration> ParseHoldTime(absl::string_view flag, const std::string& text);

// The candidate that `word` is likely a slip of: at most two letters added, left out or exchanged.
// Empty: none is near.
std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace dialtone::cli
