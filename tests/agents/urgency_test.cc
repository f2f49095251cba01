#include "agents/urgency.h"

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

Result Of(const char* target, Outcome outcome, bool in_burst = false) {
  Result result;
  result.target = target;
  result.in_burst = in_burst;
  result.measurement.outcome = outcome;
  return result;
}

TEST(Urgency, GoodNewsWaitsForTheBatch) {
  Urgency urgency;
  EXPECT_FALSE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered)));
  EXPECT_FALSE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered)));
}

TEST(Urgency, EveryBadResultIsUrgentAndTheFirstGoodOneAfterIt) {
  Urgency urgency;
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kTimedOut)));
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kRefused)));
  EXPECT_FALSE(urgency.IsUrgent(Of("hub2", Outcome::kAnswered)));
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered)));
  EXPECT_FALSE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered)));
}

TEST(Urgency, ALossyStreamIsUrgentAndTheCleanOneAfterIt) {
  Urgency urgency;
  Result stream = Of("relay", Outcome::kAnswered);
  stream.measurement.stream = Quality{.sent = 25, .lost = 7};
  EXPECT_TRUE(urgency.IsUrgent(stream));
  stream.measurement.stream->lost = 0;
  EXPECT_TRUE(urgency.IsUrgent(stream));
  EXPECT_FALSE(urgency.IsUrgent(stream));
}

TEST(Urgency, AThrottledPathIsStillSuspected) {
  Urgency urgency;
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kTimedOut)));
  EXPECT_FALSE(urgency.IsUrgent(Of("hub1", Outcome::kThrottled)));
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered)));
}

TEST(Urgency, EveryResultOfABurstIsUrgent) {
  Urgency urgency;
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kAnswered, /*in_burst=*/true)));
  EXPECT_TRUE(urgency.IsUrgent(Of("hub1", Outcome::kThrottled, /*in_burst=*/true)));
}

}  // namespace
}  // namespace dialtone::agents
