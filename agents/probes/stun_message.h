// STUN Binding messages (RFC 8489), by libre's codec.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace dialtone::agents {

// Length of a transaction id, bytes.
inline constexpr size_t kStunIdSize = 12;

// A Binding request without attributes. `id`: kStunIdSize bytes.
std::string WriteStunBinding(absl::string_view id);

// An answer to a Binding request.
struct StunAnswer {
  std::string id = {};
  int code = 0;  // 300 to 699 of an error response; 0: success
};

// Nothing for whatever is not a whole STUN response of method Binding: its own requests that a
// mirror sends back, the older STUN of RFC 3489, noise.
std::optional<StunAnswer> ParseStunAnswer(absl::string_view bytes);

}  // namespace dialtone::agents
