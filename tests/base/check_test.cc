#include "base/check.h"

#include "gtest/gtest.h"

namespace dialtone {
namespace {

TEST(CheckDeathTest, SaysWhereAndWhatAndWhy) {
  EXPECT_DEATH(CHECK(1 == 2) << "because " << 3,
               "check_test.cc:[0-9]+: check failed: 1 == 2 because 3");
}

TEST(Check, CostsNothingWhenItHolds) {
  int evaluated = 0;
  const auto text = [&] { return ++evaluated; };
  CHECK(true) << text();
  if (evaluated == 0)
    CHECK(evaluated == 0);
  else
    FAIL() << "the else belongs to the if before the CHECK";
  EXPECT_EQ(evaluated, 0);
}

}  // namespace
}  // namespace dialtone
