// Hop states as the voice layer keeps them in its table `hs`: "L;100" (LAST_IN_ROUTE for 100 % of
// the calls), "A;25" (AFTER_BACKUPS for 25 %). A hop without an entry is NORMAL.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "router/hop_states.h"
#include "router/proposal.h"

namespace dialtone::router {

// Not for kUnset and kNormal, which have no entry.
std::string FormatHopState(HopState state, int percent);

// Nothing for a text that is not exactly as above.
std::optional<HopReading> ParseHopState(absl::string_view hop, absl::string_view text);

}  // namespace dialtone::router
