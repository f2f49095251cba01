#include "router/kamailio/hop_state_text.h"

#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

TEST(HopStateText, IsALetterAndAPercentage) {
  EXPECT_EQ(FormatHopState(HopState::kLastInRoute, 100), "L;100");
  EXPECT_EQ(FormatHopState(HopState::kAfterBackups, 25), "A;25");
  EXPECT_EQ(ParseHopState("t1", "L;100"), (HopReading{"t1", HopState::kLastInRoute, 100}));
  EXPECT_EQ(ParseHopState("t2", "A;1"), (HopReading{"t2", HopState::kAfterBackups, 1}));
}

TEST(HopStateText, NothingElseIsAHopState) {
  for (const char* text : {"", "L", "L;", ";100", "X;100", "L;0", "L;101", "L;-1", "L; 5", "L;+5",
                           "L;05", "L;1e1", "l;5", "L;5;", "L;99999999999"}) {
    EXPECT_EQ(ParseHopState("t1", text), std::nullopt) << text;
  }
}

TEST(HopStateTextDeathTest, NormalHasNoEntry) {
  EXPECT_DEATH((void)FormatHopState(HopState::kNormal, 100), "normal has no entry");
}

}  // namespace
}  // namespace dialtone::router
