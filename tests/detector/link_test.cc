#include "detector/link.h"

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);
constexpr TargetIndex kHub = 0;
constexpr TargetIndex kOther = 1;

TEST(Link, ALossOutOfTheBlueIsNoBurst) {
  Link link;
  EXPECT_EQ(link.BurstChance(kHub, kNow), 0);
  link.OnWitnessGood(kNow);
  EXPECT_EQ(link.BurstChance(kHub, kNow), 0);
}

TEST(Link, ALossOfAnotherTargetExplainsTheNextAndFades) {
  Link link;
  link.OnBad(kOther, kNow);
  EXPECT_NEAR(link.BurstChance(kHub, kNow), 0.8, 1e-9);
  double last = 1;
  for (int tenths = 0; tenths < 40; tenths += 5) {
    const double chance = link.BurstChance(kHub, kNow + absl::Milliseconds(100 * tenths));
    EXPECT_LT(chance, last);
    last = chance;
  }
  EXPECT_EQ(link.BurstChance(kHub, kNow + absl::Seconds(4)), 0);
}

TEST(Link, ALossJustAfterExplainsItToo) {
  Link link;
  link.OnBad(kOther, kNow + absl::Milliseconds(200));
  EXPECT_GT(link.BurstChance(kHub, kNow), 0.7);
  EXPECT_EQ(link.BurstChance(kHub, kNow - absl::Milliseconds(200)), 0);
}

TEST(Link, ATargetDoesNotExcuseItself) {
  Link link;
  link.OnBad(kHub, kNow);
  EXPECT_EQ(link.BurstChance(kHub, kNow + absl::Milliseconds(100)), 0);
}

TEST(Link, AWitnessThatAnsweredInBetweenSpeaksAgainstABurst) {
  Link alone;
  Link watched;
  alone.OnBad(kOther, kNow);
  watched.OnBad(kOther, kNow);
  watched.OnWitnessGood(kNow + absl::Milliseconds(50));
  watched.OnWitnessGood(kNow + absl::Milliseconds(150));
  const absl::Time sent = kNow + absl::Milliseconds(100);
  EXPECT_LT(watched.BurstChance(kHub, sent), alone.BurstChance(kHub, sent) / 2);
  EXPECT_EQ(watched.last_witness_good(), kNow + absl::Milliseconds(150));
}

TEST(Link, RemembersTheLatestLossOfFourTargets) {
  Link link;
  for (TargetIndex target = 1; target <= 9; ++target) {
    link.OnBad(target, kNow + absl::Milliseconds(target));
  }
  link.OnBad(9, kNow - absl::Seconds(3));  // known late: the newer one stands
  EXPECT_NEAR(link.BurstChance(kHub, kNow + absl::Milliseconds(9)), 0.8, 1e-9);
}

}  // namespace
}  // namespace dialtone::detector
