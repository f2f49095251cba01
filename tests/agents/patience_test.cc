#include "agents/patience.h"

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

TEST(Patience, WaitsAsLongAsAllowedUntilItHasLearned) {
  EXPECT_EQ(Patience(absl::Seconds(2)).wait(), absl::Seconds(2));
}

TEST(Patience, WaitsThreeTenthsOfASecondAndTwoRoundTrips) {
  Patience patience(absl::Seconds(2));
  patience.Learn(absl::Milliseconds(40));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(380));
}

TEST(Patience, NeverWaitsLongerThanTheCeiling) {
  Patience patience(absl::Seconds(2));
  patience.Learn(absl::Milliseconds(1900));
  EXPECT_EQ(patience.wait(), absl::Seconds(2));
  patience.Learn(absl::Seconds(30));
  EXPECT_EQ(patience.wait(), absl::Seconds(2));
}

TEST(Patience, BelievesALongerRoundTripAtOnceAndForgetsItSlowly) {
  Patience patience(absl::Seconds(2));
  patience.Learn(absl::Milliseconds(20));
  patience.Learn(absl::Milliseconds(500));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(1300));
  patience.Learn(absl::Milliseconds(20));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(300 + 2 * 470));
  for (int i = 0; i < 200; ++i) patience.Learn(absl::Milliseconds(20));
  EXPECT_LT(patience.wait(), absl::Milliseconds(341));
}

}  // namespace
}  // namespace dialtone::agents
