#include "cli/exit_code.h"

#include "gtest/gtest.h"

namespace dialtone::cli {
namespace {

TEST(ExitCodeOf, TellsAReadThatFailedFromAWriteWhoseOutcomeIsUnknown) {
  const absl::Status cut_off = absl::DeadlineExceededError("no answer in 30 s");
  EXPECT_EQ(ExitCodeOf(cut_off, RpcKind::kRead), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(cut_off, RpcKind::kWrite), ExitCode::kUnknown);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError(""), RpcKind::kRead), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError(""), RpcKind::kWrite), ExitCode::kUnknown);
  EXPECT_EQ(ExitCodeOf(absl::InternalError(""), RpcKind::kWrite), ExitCode::kUnknown);
}

TEST(ExitCodeOf, MeansTheSameForReadsAndWritesWhenNothingWasChanged) {
  for (const RpcKind kind : {RpcKind::kRead, RpcKind::kWrite}) {
    EXPECT_EQ(ExitCodeOf(absl::OkStatus(), kind), ExitCode::kDone);
    EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError(""), kind), ExitCode::kUsageOrConfig);
    EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError(""), kind), ExitCode::kRefused);
    EXPECT_EQ(ExitCodeOf(absl::AbortedError(""), kind), ExitCode::kRefused);
    EXPECT_EQ(ExitCodeOf(absl::NotFoundError(""), kind), ExitCode::kNothingMatches);
    EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError(""), kind), ExitCode::kNotPermitted);
    EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError(""), kind), ExitCode::kNotPermitted);
  }
}

}  // namespace
}  // namespace dialtone::cli
