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

TEST(Patience, IsNotShakenByOneAnswerThatHadToBeAskedForTwice) {
  Patience patience(absl::Seconds(2));
  for (int i = 0; i < 3; ++i) patience.Learn(absl::Milliseconds(40));
  patience.Learn(absl::Milliseconds(790));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(380));
}

TEST(Patience, TakesNoneOfTheFirstFewForAnException) {
  Patience patience(absl::Seconds(2));
  patience.Learn(absl::Milliseconds(20));
  patience.Learn(absl::Milliseconds(400));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(500));
}

TEST(Patience, WaitsForWhatHasBecomeSlow) {
  Patience patience(absl::Seconds(2));
  for (int i = 0; i < 20; ++i) patience.Learn(absl::Milliseconds(40));
  for (int i = 0; i < 2; ++i) patience.Learn(absl::Milliseconds(800));
  EXPECT_EQ(patience.wait(), absl::Seconds(1));
  for (int i = 0; i < 7; ++i) patience.Learn(absl::Milliseconds(800));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(1900)) << "most of them: it is usual now";
}

TEST(Patience, ForgetsWhatIsOver) {
  Patience patience(absl::Seconds(2));
  for (int i = 0; i < 16; ++i) patience.Learn(absl::Milliseconds(500));
  for (int i = 0; i < 15; ++i) patience.Learn(absl::Milliseconds(20));
  EXPECT_EQ(patience.wait(), absl::Milliseconds(340));
}

}  // namespace
}  // namespace dialtone::agents
