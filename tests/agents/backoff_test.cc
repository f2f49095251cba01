#include "agents/backoff.h"

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

TEST(Backoff, DoublesFromAQuarterOfASecondToTwo) {
  Backoff backoff;
  EXPECT_EQ(backoff.AfterFailure(0), absl::Milliseconds(125));
  EXPECT_EQ(backoff.AfterFailure(0), absl::Milliseconds(250));
  EXPECT_EQ(backoff.AfterFailure(0), absl::Milliseconds(500));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(backoff.AfterFailure(0), absl::Seconds(1));
}

TEST(Backoff, DrawsHalfOfEachWaitAtRandom) {
  EXPECT_EQ(Backoff().AfterFailure(0.5), absl::Milliseconds(187.5));
  EXPECT_LT(Backoff().AfterFailure(0.999), Backoff::kFirst);
  EXPECT_EQ(Backoff::AfterRefusal(0), Backoff::kRefused / 2);
}

TEST(Backoff, BeginsAnewAfterSuccess) {
  Backoff backoff;
  backoff.AfterFailure(0);
  backoff.AfterFailure(0);
  backoff.Reset();
  EXPECT_EQ(backoff.AfterFailure(0), absl::Milliseconds(125));
}

}  // namespace
}  // namespace dialtone::agents
