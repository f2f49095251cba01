#include "detector/path_health.h"

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

// A path probed once a second.
class Path {
 public:
  Path& Say(Outcome outcome, absl::Time sent, int code = 0) {
    const ProbeResult result{.sent = sent, .outcome = outcome, .code = code};
    health.OnResult(result, Testify(result), {.always = chance, .burst = burst}, is_calm);
    return *this;
  }
  Path& Answer(int times) { return Repeat(Outcome::kAnswered, times); }
  Path& Lose(int times) { return Repeat(Outcome::kTimedOut, times); }
  Path& Repeat(Outcome outcome, int times) {
    for (int i = 0; i < times; ++i) Say(outcome, now += absl::Seconds(1));
    return *this;
  }

  PathHealth health;
  absl::Time now = kStart;
  double chance = 0.005;
  double burst = 0;
  bool is_calm = true;
};

TEST(PathHealth, KnowsHowLateItsLossesAreKnown) {
  PathHealth health;
  EXPECT_EQ(health.loss_known_after_us(), 500'000);
  health.OnLossKnown(absl::Milliseconds(1900));
  EXPECT_EQ(health.loss_known_after_us(), 1'900'000);
  health.OnLossKnown(absl::Milliseconds(40));
  EXPECT_EQ(health.loss_known_after_us(), 500'000) << "a refusal";
  health.OnLossKnown(absl::Hours(1));
  EXPECT_EQ(health.loss_known_after_us(), 2'500'000) << "it was kept back";
}

TEST(PathHealth, CountsGoodAndBadInARow) {
  Path path;
  EXPECT_EQ(path.health.good_streak(), 0);
  EXPECT_EQ(path.health.bad_streak(), 0);
  path.Answer(3);
  EXPECT_EQ(path.health.good_streak(), 3);
  path.Lose(2);
  EXPECT_EQ(path.health.good_streak(), 0);
  EXPECT_EQ(path.health.bad_streak(), 2);
  EXPECT_EQ(path.health.streak_began(), kStart + absl::Seconds(4));
  path.Answer(1);
  EXPECT_EQ(path.health.bad_streak(), 0);
  EXPECT_EQ(path.health.good_streak(), 1);
}

TEST(PathHealth, ALossKnownLateDoesNotUndoANewerAnswer) {
  Path path;
  path.Answer(1);
  path.Say(Outcome::kAnswered, kStart + absl::Seconds(3));
  path.Say(Outcome::kTimedOut, kStart + absl::Seconds(2));
  EXPECT_EQ(path.health.bad_streak(), 0);
  EXPECT_EQ(path.health.good_streak(), 1) << "only what was sent after the loss surely stands";
  EXPECT_EQ(path.health.last_bad_sent(), kStart + absl::Seconds(2));
}

TEST(PathHealth, ALossFromBeforeTheStreakIsNoPartOfIt) {
  Path path;
  path.Say(Outcome::kAnswered, kStart + absl::Seconds(5));
  path.Say(Outcome::kAnswered, kStart + absl::Seconds(6));
  path.Say(Outcome::kTimedOut, kStart);
  EXPECT_EQ(path.health.good_streak(), 2);
}

TEST(PathHealth, WhatSaysNothingChangesNoStreak) {
  Path path;
  path.Lose(1).Repeat(Outcome::kThrottled, 1).Lose(1);
  EXPECT_EQ(path.health.bad_streak(), 2);
}

TEST(PathHealth, CountsRefusalsOfOurOwnConfigurationInARow) {
  Path path;
  path.Repeat(Outcome::kOwnConfiguration, 3);
  EXPECT_EQ(path.health.own_configuration_streak(), 3);
  path.Repeat(Outcome::kNotPossible, 1);
  EXPECT_EQ(path.health.own_configuration_streak(), 3);
  path.Answer(1);
  EXPECT_EQ(path.health.own_configuration_streak(), 0);
}

TEST(PathHealth, RemembersTheLatestSixteen) {
  Path path;
  path.Answer(10).Lose(6);
  EXPECT_EQ(path.health.Since(absl::InfinitePast()).all, 16);
  EXPECT_EQ(path.health.Since(absl::InfinitePast()).bad, 6);
  EXPECT_EQ(path.health.Since(kStart + absl::Seconds(11)).all, 6);
  path.Answer(100);
  EXPECT_EQ(path.health.Since(absl::InfinitePast()).bad, 0);
  EXPECT_EQ(path.health.Since(absl::InfinitePast()).all, PathHealth::kRemembered);
}

TEST(PathHealth, CountsWhatWasSentBetweenTwoMoments) {
  Path path;
  path.Lose(1).Answer(5);
  EXPECT_EQ(path.health.Between(kStart, kStart + absl::Seconds(3)).all, 2);
  EXPECT_EQ(path.health.Between(kStart, kStart + absl::Seconds(3)).bad, 1);
  EXPECT_EQ(path.health.Since(kStart + absl::Seconds(5)).all, 2);
}

TEST(PathHealth, RecoversByGoodResultsAfterTheMomentAsked) {
  Path path;
  path.Answer(100);
  EXPECT_EQ(path.health.RecoveredNats(0, path.now + absl::Seconds(1)), 0);
  path.Lose(3);
  EXPECT_EQ(path.health.RecoveredNats(0, kStart), 0) << "what was before a loss is forgotten";
  path.Answer(12);
  EXPECT_GT(path.health.RecoveredNats(0, kStart), 6.9) << "12 good ones against 45 %";
  EXPECT_LT(path.health.RecoveredNats(1, kStart), 6.9) << "the milder the fault, the more of them";
  EXPECT_LT(path.health.RecoveredNats(0, path.now - absl::Seconds(2)), 2);
  path.Lose(1);
  EXPECT_LT(path.health.RecoveredNats(0, kStart), 3);
}

TEST(PathHealth, NothingIsLearnedWhileSomethingIsSuspected) {
  Path path;
  path.Answer(100);
  const double before = path.health.baseline();
  path.is_calm = false;
  for (int i = 0; i < 300; ++i) path.Answer(11).Lose(1);
  EXPECT_EQ(path.health.baseline(), before);
  path.is_calm = true;
  for (int i = 0; i < 30; ++i) path.Answer(11).Lose(1);
  path.Answer(11);
  EXPECT_GT(path.health.baseline(), before) << "what is normal for a bad line";
}

TEST(PathHealth, ACallFailsByItselfMoreOftenThanAProbe) {
  Path path;
  path.health = PathHealth(PathHealth::kCalls);
  path.Answer(1000);
  EXPECT_DOUBLE_EQ(path.health.baseline(), 0.01);
}

TEST(PathHealth, WhatItLearnedCanBeKept) {
  Path path;
  for (int i = 0; i < 20; ++i) path.Answer(19).Lose(1);
  path.Answer(20);
  PathHealth restored;
  restored.set_learned(path.health.learned());
  EXPECT_EQ(restored.baseline(), path.health.baseline());
}

TEST(PathHealth, LearnsHowOftenItFailsWhileNothingIsWrong) {
  Path good;
  good.Answer(1000);
  EXPECT_DOUBLE_EQ(good.health.baseline(), 0.002);
  Path lossy;
  for (int i = 0; i < 50; ++i) lossy.Answer(19).Lose(1);
  lossy.Answer(10);
  EXPECT_NEAR(lossy.health.baseline(), 0.046, 0.003);
}

TEST(PathHealth, LearnsLittleOfLossesThatABurstExplains) {
  Path alone;
  Path bunched;
  bunched.burst = 0.5;
  for (Path* const path : {&alone, &bunched}) {
    for (int i = 0; i < 50; ++i) path->Answer(19).Lose(1);
    path->Answer(10);
  }
  EXPECT_GT(alone.health.baseline(), 0.04);
  EXPECT_DOUBLE_EQ(bunched.health.baseline(), 0.002) << "1 % of each of them";
}

TEST(PathHealth, AnOutageIsNoBaseline) {
  Path path;
  path.Answer(100);
  const double before = path.health.baseline();
  path.Lose(500);
  EXPECT_EQ(path.health.baseline(), before) << "not while it lasts";
  path.health.ForgetUnlearned();
  path.Answer(20);
  EXPECT_LE(path.health.baseline(), before) << "nor afterwards";
}

TEST(PathHealth, ABaselineHasACeilingSoThatABrownOutNeverBecomesNormal) {
  Path path;
  for (int i = 0; i < 1000; ++i) path.Lose(4).Answer(11);
  EXPECT_LE(path.health.baseline(), 0.3);
}

TEST(PathHealth, AStutterIsLikeliestRightAfterALoss) {
  Path path;
  EXPECT_LT(path.health.StutterChance(kStart), 1e-6);
  path.Lose(1);
  EXPECT_NEAR(path.health.StutterChance(path.now), 0.5, 1e-9);
  EXPECT_LT(path.health.StutterChance(path.now + absl::Seconds(1)), 0.15);
  EXPECT_LT(path.health.StutterChance(path.now + absl::Seconds(15)), 1e-6);
}

TEST(PathHealth, SaysInWordsWhatItSawLast) {
  Path path;
  path.Say(Outcome::kRejected, kStart, 503);
  EXPECT_EQ(path.health.detail(), "answered 503");
  EXPECT_EQ(path.health.bad_detail(), "answered 503");
  path.Say(Outcome::kAnswered, kStart + absl::Seconds(1), 200);
  EXPECT_EQ(path.health.detail(), "answered 200");
  EXPECT_EQ(path.health.bad_detail(), "answered 503");
  const ProbeResult stream{
      .sent = kStart + absl::Seconds(2), .packets_sent = 25, .packets_lost = 4};
  path.health.OnResult(stream, Testify(stream), {.always = 0.01}, true);
  EXPECT_EQ(path.health.detail(), "4 of 25 packets lost");
}

}  // namespace
}  // namespace dialtone::detector
