#include "agents/stream_budget.h"

#include <deque>

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

TEST(StreamBudget, NeverGrantsMoreThanFifteenSecondsInAnyMinute) {
  for (const absl::Duration gap : {absl::Milliseconds(100), absl::Milliseconds(900),
                                   absl::Seconds(1), absl::Milliseconds(7'400)}) {
    StreamBudget budget;
    std::deque<absl::Time> granted;
    for (absl::Time now = kStart; now < kStart + absl::Minutes(10); now += gap) {
      if (!budget.Take(now)) continue;
      granted.push_back(now);
      while (granted.front() <= now - absl::Minutes(1)) granted.pop_front();
      ASSERT_LE(granted.size(), 15u) << now - kStart << " asked every " << gap;
    }
  }
}

TEST(StreamBudget, APoliteScheduleIsNeverRefusedAndABurstFindsSevenAtOnce) {
  StreamBudget budget;
  absl::Time now = kStart;
  for (int i = 0; i < 100; ++i, now += absl::Seconds(15)) ASSERT_TRUE(budget.Take(now)) << i;
  int granted = 0;
  while (budget.Take(now)) ++granted;
  EXPECT_EQ(granted, 7);
  EXPECT_FALSE(budget.Take(now + absl::Seconds(7)));
  EXPECT_TRUE(budget.Take(now + absl::Milliseconds(7'500)));
}

}  // namespace
}  // namespace dialtone::agents
