#include "base/status.h"

#include <memory>

#include "gtest/gtest.h"

namespace dialtone {
namespace {

absl::StatusOr<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(number));
  RETURN_IF_ERROR(Half(*half).status());
  return *half / 2;
}

TEST(Status, PassesValuesOn) { EXPECT_EQ(*Quarter(8), 2); }

TEST(Status, ReturnsTheFirstError) {
  EXPECT_EQ(Quarter(7).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd"));
}

}  // namespace
}  // namespace dialtone
