#include "detector/simulation/site_moves.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::SizeIs;

TEST(SiteMoves, AStayLastsUntilTheLastShareIsHome) {
  const RunRecord run = MadeRun().Move(3, 5).Share(3, 60, 95).Share(3, 70, 75).Share(3, 80, 0);
  const std::vector<BackupStay> stays = StaysOf(run);
  ASSERT_THAT(stays, SizeIs(1));
  EXPECT_EQ(stays[0].site, 3);
  EXPECT_EQ(stays[0].when, (Span{.from = absl::Seconds(5), .to = absl::Seconds(80)}));
}

TEST(SiteMoves, ARelapseDuringAStagedReturnIsNoNewMove) {
  EXPECT_THAT(StaysOf(MadeRun().Move(3, 5).Share(3, 60, 75).Share(3, 70, 100)), SizeIs(1));
  EXPECT_THAT(StaysOf(MadeRun().Move(3, 5).Share(3, 60, 0).Move(3, 70)), SizeIs(2));
}

TEST(SiteMoves, AFullSkipNeedsEveryHub) {
  using enum HopState;
  MadeRun run;
  run.Hop(2, 1, 1, kAfterBackups).Hop(2, 2, 2, kAfterBackups).Hop(2, 3, 3, kLastInRoute);
  EXPECT_THAT(FullSkipsOf(run), SizeIs(0));
  run.Hop(2, 4, 3, kAfterBackups).Hop(2, 9, 1, kNormal);
  const std::vector<FullSkip> skips = FullSkipsOf(run);
  ASSERT_THAT(skips, SizeIs(1));
  EXPECT_EQ(skips[0].when, (Span{.from = absl::Seconds(4), .to = absl::Seconds(9)}));
}

}  // namespace
}  // namespace dialtone::detector::simulation
