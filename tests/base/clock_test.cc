#include "base/clock.h"

#include "gtest/gtest.h"

namespace dialtone {
namespace {

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  absl::Time last = clock.TimeNow();
  for (int i = 0; i < 10'000; ++i) {
    const absl::Time now = clock.TimeNow();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, StartsAtTheWallTime) {
  const SystemClock clock;
  EXPECT_LT(absl::AbsDuration(clock.WallTime() - clock.TimeNow()), absl::Seconds(1));
}

}  // namespace
}  // namespace dialtone
