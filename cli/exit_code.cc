#include "cli/exit_code.h"

namespace dialtone::cli {

ExitCode ExitCodeOf(const absl::Status& status, RpcKind kind) {
  const bool is_write = kind == RpcKind::kWrite;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsageOrConfig;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kRefused;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNothingMatches;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kNotPermitted;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      // The connection stood before the request was sent, so a write that was cut off may have
      // happened.
      return is_write ? ExitCode::kUnknown : ExitCode::kUnreachable;
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
      return is_write ? ExitCode::kUnknown : ExitCode::kInternal;
    default:  // Abseil asks for a default: codes may be added.
      return ExitCode::kInternal;
  }
}

}  // namespace dialtone::cli
