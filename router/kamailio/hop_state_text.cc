#include "router/kamailio/hop_state_text.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace dialtone::router {

std::string FormatHopState(HopState state, int percent) {
  CHECK(state == HopState::kLastInRoute || state == HopState::kAfterBackups)
      << ToString(state) << " has no entry";
  return absl::StrCat(state == HopState::kLastInRoute ? "L;" : "A;", percent);
}

std::optional<HopReading> ParseHopState(absl::string_view hop, absl::string_view text) {
  HopReading reading{.hop = std::string(hop)};
  if (absl::StartsWith(text, "L;")) reading.state = HopState::kLastInRoute;
  if (absl::StartsWith(text, "A;")) reading.state = HopState::kAfterBackups;
  if (reading.state == HopState::kUnset) return std::nullopt;
  if (!absl::SimpleAtoi(text.substr(2), &reading.percent)) return std::nullopt;
  // SimpleAtoi takes signs and spaces; Kamailio would not.
  if (FormatHopState(reading.state, reading.percent) != text) return std::nullopt;
  if (reading.percent < 1 || reading.percent > 100) return std::nullopt;
  return reading;
}

}  // namespace dialtone::router
