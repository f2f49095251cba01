#include "detector/simulation/replay.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/effects_digest.h"
#include "tests/detector/story.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Step {
  Event event;
  absl::Time now;
  std::vector<Occurrence> decisions;
  std::uint64_t digest;
};

// A story of an outage with everything in it, as recorded.
std::vector<Step> RecordAnOutage() {
  std::vector<Step> steps;
  Story story(Story::LabPolicy(), Story::LabFleet(),
              [&steps](const Event& event, absl::Time now, const Effects& effects) {
                steps.push_back({event, now, effects.occurrences, DigestOf(effects)});
              });
  story.Run(absl::Seconds(5)).BreakHubs().Run(absl::Seconds(15));
  story.Tell(OperatorHold{.request = 1,
                          .scope = {.kind = ScopeSelector::Kind::kSite, .name = "nyc"},
                          .author = "ana",
                          .reason = "drill"});
  story.Heal().Run(absl::Seconds(60));
  EXPECT_TRUE(story.Told(OccurrenceKind::kFlip));
  EXPECT_TRUE(story.Told(OccurrenceKind::kFailback));
  return steps;
}

ReplayOutcome Replayed(const std::vector<Step>& steps, const Policy& policy = Story::LabPolicy()) {
  Replay replay(Story::LabFleet(), policy, {.epoch = 1, .journal = {}}, steps.front().now);
  for (const Step& step : steps) replay.Take(step.event, step.now, step.decisions, step.digest);
  return replay.Outcome();
}

TEST(Replay, TheSameEventsAtTheSameTimesHaveTheSameEffectsToTheLastBit) {
  const std::vector<Step> steps = RecordAnOutage();
  const ReplayOutcome outcome = Replayed(steps);
  EXPECT_EQ(outcome.steps, steps.size());
  EXPECT_EQ(outcome.different_steps, 0U);
  EXPECT_THAT(outcome.differences, IsEmpty());
  EXPECT_GT(outcome.recorded, 10U);
  EXPECT_EQ(outcome.redecided, outcome.recorded);
  EXPECT_EQ(outcome.first, steps.front().now);
  EXPECT_EQ(outcome.last, steps.back().now);
}

TEST(Replay, ALostEventIsSeen) {
  std::vector<Step> steps = RecordAnOutage();
  // The one that made the suspicion: of the healthy ones before it each says the same again.
  const auto suspected = std::find_if(steps.begin() + 1, steps.end(), [](const Step& step) {
    return std::any_of(step.decisions.begin(), step.decisions.end(), [](const auto& decision) {
      return decision.kind == OccurrenceKind::kSuspected;
    });
  });
  ASSERT_NE(suspected, steps.end());
  steps.erase(suspected);
  EXPECT_GT(Replayed(steps).different_steps, 0U);
}

TEST(Replay, AnotherPolicyShowsWhatItWouldHaveDoneOtherwise) {
  Policy patient = Story::LabPolicy();
  patient.persistence_wide = absl::Seconds(8);
  const ReplayOutcome outcome = Replayed(RecordAnOutage(), patient);
  ASSERT_FALSE(outcome.differences.empty());
  const DecisionDifference& first = outcome.differences.front();
  ASSERT_TRUE(first.recorded.has_value());
  EXPECT_EQ(first.recorded->kind, OccurrenceKind::kFlip);
  ASSERT_TRUE(first.redecided.has_value());
  EXPECT_EQ(first.redecided->time - first.recorded->time, absl::Seconds(3));

  Policy observer = Story::LabPolicy();
  observer.may_act = false;
  for (const DecisionDifference& difference : Replayed(RecordAnOutage(), observer).differences) {
    if (!difference.redecided.has_value()) continue;
    EXPECT_NE(difference.redecided->kind, OccurrenceKind::kFlip);
    EXPECT_NE(difference.redecided->kind, OccurrenceKind::kSkip);
  }
}

Occurrence Flip(int second, const std::string& group, const std::string& words = "moves") {
  return {.time = absl::FromUnixSeconds(second),
          .kind = OccurrenceKind::kFlip,
          .sentence = words,
          .groups = {group}};
}

TEST(CompareDecisions, SameDecisionsDoNotDiffer) {
  EXPECT_THAT(Compare({}, {}), IsEmpty());
  EXPECT_THAT(Compare({Flip(1, "a"), Flip(2, "b")}, {Flip(1, "a"), Flip(2, "b")}), IsEmpty());
}

TEST(CompareDecisions, IdsAreNoDifference) {
  Occurrence other = Flip(1, "a");
  other.id = 99;
  other.diagnosis = 7;
  EXPECT_THAT(Compare({Flip(1, "a")}, {other}), IsEmpty());
}

TEST(CompareDecisions, PairsTheSameDecisionAtAnotherTimeOrInOtherWords) {
  const auto later = Compare({Flip(1, "a")}, {Flip(4, "a")});
  ASSERT_THAT(later, SizeIs(1));
  EXPECT_EQ(later[0].recorded->time, absl::FromUnixSeconds(1));
  EXPECT_EQ(later[0].redecided->time, absl::FromUnixSeconds(4));
  const auto words = Compare({Flip(1, "a")}, {Flip(1, "a", "moves for another reason")});
  ASSERT_THAT(words, SizeIs(1));
  EXPECT_TRUE(words[0].recorded.has_value() && words[0].redecided.has_value());
}

TEST(CompareDecisions, WordsAreLookedAtBeforeTheOrder) {
  // The second one is the same; the first was made in the recording only.
  const auto differences =
      Compare({Flip(1, "a", "first"), Flip(2, "a", "second")}, {Flip(2, "a", "second")});
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].recorded->sentence, "first");
  EXPECT_FALSE(differences[0].redecided.has_value());
}

TEST(CompareDecisions, ShowsWhatOnlyOneOfThemDidInOrderOfTime) {
  const auto differences = Compare({Flip(5, "a")}, {Flip(2, "b"), Flip(9, "c")});
  ASSERT_THAT(differences, SizeIs(3));
  EXPECT_EQ(differences[0].redecided->groups.front(), "b");
  EXPECT_EQ(differences[1].recorded->groups.front(), "a");
  EXPECT_EQ(differences[2].redecided->groups.front(), "c");
}

}  // namespace
}  // namespace dialtone::detector::simulation
