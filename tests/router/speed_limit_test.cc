#include "router/speed_limit.h"

#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

TEST(SpeedLimit, LetsSoManyThroughInAnyTenSeconds) {
  SpeedLimit limit(3);
  EXPECT_TRUE(limit.Take(At(0)));
  EXPECT_TRUE(limit.Take(At(4)));
  EXPECT_TRUE(limit.Take(At(4)));
  EXPECT_FALSE(limit.Take(At(9.9)));
  EXPECT_EQ(limit.NextFree(), At(10));
  EXPECT_TRUE(limit.Take(At(10)));
  EXPECT_FALSE(limit.Take(At(10)));
  EXPECT_EQ(limit.NextFree(), At(14));
  EXPECT_TRUE(limit.Take(At(14)));
  EXPECT_TRUE(limit.Take(At(14)));
  EXPECT_FALSE(limit.Take(At(14)));
}

TEST(SpeedLimit, ZeroIsNoLimit) {
  SpeedLimit limit(0);
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(limit.Take(At(0)));
}

}  // namespace
}  // namespace dialtone::router
