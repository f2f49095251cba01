// From the status of an RPC to the exit code of the program: an interface that scripts rely on.
#pragma once

#include "absl/status/status.h"

#include "base/program.h"

namespace dialtone::cli {

// Whether the RPC that failed could have changed something.
enum class RpcKind { kRead, kWrite };

// A deadline that passes is "unreachable" for a read and "outcome unknown" for a write.
ExitCode ExitCodeOf(const absl::Status& status, RpcKind kind);

}  // namespace dialtone::cli
