#include "detector/report_intake.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

TEST(RateLimit, LetsABurstThroughAndThenTheRate) {
  RateLimit limit(/*rate=*/10, /*burst=*/100, kStart);
  EXPECT_EQ(limit.Take(150, kStart), 100);
  EXPECT_EQ(limit.Take(1, kStart), 0);
  EXPECT_EQ(limit.Take(50, kStart + absl::Seconds(1)), 10);
  EXPECT_EQ(limit.Take(50, kStart + absl::Seconds(1.05)), 0);
  EXPECT_EQ(limit.Take(200, kStart + absl::Hours(1)), 100);
}

TEST(RateLimit, GivesNothingWhenTimeGoesBackOrNothingIsWanted) {
  RateLimit limit(/*rate=*/10, /*burst=*/1, kStart);
  EXPECT_EQ(limit.Take(-5, kStart), 0);
  EXPECT_EQ(limit.Take(0, kStart), 0);
  EXPECT_EQ(limit.Take(1, kStart), 1);
  EXPECT_EQ(limit.Take(1, kStart - absl::Hours(1)), 0);
  EXPECT_EQ(limit.Take(1, kStart), 0);
}

TEST(SequenceWindow, AdmitsEachNumberOnce) {
  SequenceWindow window;
  window.StartRun(7);
  EXPECT_EQ(window.Admit(1), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(3), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(1), ReportFate::kDuplicate);
  EXPECT_EQ(window.Admit(2), ReportFate::kAccepted) << "results may come out of order";
  EXPECT_EQ(window.Admit(2), ReportFate::kDuplicate);
  EXPECT_EQ(window.Admit(3), ReportFate::kDuplicate);
}

TEST(SequenceWindow, ForgetsWhatItSawWhenTheAgentStartsAgain) {
  SequenceWindow window;
  window.StartRun(7);
  EXPECT_EQ(window.Admit(1), ReportFate::kAccepted);
  window.StartRun(7);
  EXPECT_EQ(window.Admit(1), ReportFate::kDuplicate) << "the same run goes on";
  window.StartRun(8);
  EXPECT_EQ(window.Admit(1), ReportFate::kAccepted);
}

TEST(SequenceWindow, CallsStaleWhatLiesBelowIt) {
  SequenceWindow window;
  window.StartRun(7);
  EXPECT_EQ(window.Admit(SequenceWindow::kSize + 10), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(10), ReportFate::kStale);
  EXPECT_EQ(window.Admit(11), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(11), ReportFate::kDuplicate);
}

TEST(SequenceWindow, SurvivesTheLargestNumbers) {
  constexpr std::uint64_t kLargest = UINT64_MAX;
  SequenceWindow window;
  window.StartRun(7);
  EXPECT_EQ(window.Admit(5), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(kLargest), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(kLargest), ReportFate::kDuplicate);
  EXPECT_EQ(window.Admit(kLargest - 1), ReportFate::kAccepted);
  EXPECT_EQ(window.Admit(5), ReportFate::kStale);
}

// Against a set that remembers everything, with jumps forth and back of all sizes.
TEST(SequenceWindow, AgreesWithASetThatForgetsNothing) {
  SequenceWindow window;
  window.StartRun(7);
  std::set<std::uint64_t> seen;
  std::uint64_t highest = 0;
  std::uint32_t random = 12345;
  for (int i = 0; i < 100'000; ++i) {
    random = random * 1664525 + 1013904223;  // Numerical Recipes' generator
    const std::uint64_t around = random % 3 == 0 ? random % 40'000 : random % 50;
    const std::uint64_t sequence =
        random % 2 == 0 ? highest + around + 1 : highest - std::min(highest, around);
    if (sequence == 0) continue;
    const bool below =
        highest >= SequenceWindow::kSize && sequence <= highest - SequenceWindow::kSize;
    const ReportFate expected = below                     ? ReportFate::kStale
                                : seen.contains(sequence) ? ReportFate::kDuplicate
                                                          : ReportFate::kAccepted;
    ASSERT_EQ(window.Admit(sequence), expected) << "step " << i << ", number " << sequence;
    seen.insert(sequence);
    highest = std::max(highest, sequence);
  }
}

TEST(ReportIntake, BoundsMessagesAndResultsApart) {
  ReportIntake intake(kStart);
  int messages = 0;
  while (intake.AllowMessage(kStart)) ++messages;
  EXPECT_EQ(messages, ReportIntake::kMessagesBurst);
  EXPECT_EQ(intake.AllowResults(1'000'000, kStart), ReportIntake::kResultsBurst);
  EXPECT_EQ(intake.AllowResults(1'000'000, kStart + absl::Seconds(1)),
            ReportIntake::kResultsPerSecond);
}

}  // namespace
}  // namespace dialtone::detector
