#include "detector/agent_clocks.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// The clock of the agent at lon; a batch a second.
class AgentClocksTest : public ::testing::Test {
 protected:
  bool IsSet(absl::Duration set_by, std::uint64_t run = 7) {
    now_ += absl::Seconds(1);
    return clocks_.OnBatch({.site = Story::kLon, .run_id = run, .clock_set_by = set_by}, now_,
                           &chronicle_);
  }
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const Occurrence& occurrence : chronicle_.Take()) {
      EXPECT_EQ(occurrence.kind, OccurrenceKind::kAlarm);
      told.push_back(occurrence.sentence);
    }
    return told;
  }
  const AgentClocks::Steps& steps() const { return clocks_.steps(Story::kLon); }

  const Fleet fleet_ = Story::LabFleet();
  AgentClocks clocks_{fleet_};
  Chronicle chronicle_{0};
  absl::Time now_ = kNow;
};

TEST_F(AgentClocksTest, AStepIsSeenOnceForwardAndBack) {
  EXPECT_FALSE(IsSet(absl::ZeroDuration()));
  EXPECT_TRUE(IsSet(absl::Hours(1)));
  EXPECT_THAT(Told(), ElementsAre("the clock of the agent at lon was set 1h forward: what it was "
                                  "measuring accuses nobody"));
  EXPECT_FALSE(IsSet(absl::Hours(1)));
  now_ += absl::Hours(1);
  EXPECT_TRUE(IsSet(-absl::Milliseconds(500)));
  EXPECT_THAT(Told(), ElementsAre("the clock of the agent at lon was set 1h0.5s back: what it was "
                                  "measuring accuses nobody"));
  EXPECT_EQ(steps().count, 2U);
  EXPECT_EQ(steps().last, -absl::Hours(1) - absl::Milliseconds(500));
  EXPECT_EQ(steps().last_time, now_);
  EXPECT_EQ(clocks_.steps(Story::kPar).count, 0U);
}

TEST_F(AgentClocksTest, WhereTheClockOfARunStandsAtFirstIsNoStep) {
  EXPECT_FALSE(IsSet(absl::Hours(9))) << "the detector is younger than the step";
  EXPECT_FALSE(IsSet(absl::ZeroDuration(), /*run=*/8)) << "the agent started again";
  EXPECT_FALSE(IsSet(absl::ZeroDuration(), /*run=*/8));
  EXPECT_TRUE(IsSet(absl::Hours(9), /*run=*/8));
}

TEST_F(AgentClocksTest, WhatIsBelowHalfASecondIsNoStepUntilItAddsUp) {
  EXPECT_FALSE(IsSet(absl::ZeroDuration()));
  EXPECT_FALSE(IsSet(absl::Milliseconds(499)));
  EXPECT_FALSE(IsSet(-absl::Milliseconds(499)));
  EXPECT_TRUE(IsSet(absl::Milliseconds(500)));
  EXPECT_FALSE(IsSet(absl::Milliseconds(1)));
}

TEST_F(AgentClocksTest, AClockThatKeepsJumpingIsToldTwiceAMinuteAndCounted) {
  for (int i = 0; i < 122; ++i) IsSet(i * absl::Seconds(10));
  EXPECT_EQ(Told().size(), 5U);
  EXPECT_EQ(steps().count, 121U);
}

TEST(AgentClocks, WhatWasInFlightWhenTheClockWasSetAccusesNobody) {
  Story story;
  story.Run(absl::Seconds(30));
  const ResultCounts before = story.Look().results;
  for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) story.Break(Story::kLon, hub);
  story.Run(absl::Milliseconds(300)).Heal();
  story.SetClock(Story::kLon, -absl::Hours(1)).Run(absl::Seconds(10));
  const View view = story.Look();
  EXPECT_GT(view.results.late, before.late);
  EXPECT_LT(view.results.late, before.late + 30) << "what was sent after the step counts";
  EXPECT_THAT(view.diagnoses, IsEmpty());
  for (const PathView& path : view.sites[Story::kLon].paths) EXPECT_EQ(path.recent_bad, 0);
  EXPECT_EQ(view.sites[Story::kLon].clock_steps, 1U);
  EXPECT_EQ(view.sites[Story::kLon].last_clock_step, -absl::Hours(1));
  EXPECT_LE(*view.sites[Story::kLon].last_clock_step_age, absl::Seconds(10));
  EXPECT_EQ(view.sites[Story::kPar].clock_steps, 0U);
  EXPECT_FALSE(view.sites[Story::kPar].last_clock_step_age.has_value());
}

TEST(AgentClocks, ARealOutageIsSeenAcrossAStep) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Milliseconds(300));
  story.SetClock(Story::kLon, absl::Hours(1));
  EXPECT_LT(story.Until([&] { return story.Confirmed(FaultDomain::kTeamsSignalling); },
                        absl::Seconds(10)),
            absl::Seconds(10));
}

}  // namespace
}  // namespace dialtone::detector
