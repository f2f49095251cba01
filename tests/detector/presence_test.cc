#include "detector/presence.h"

#include <vector>

#include "gtest/gtest.h"

#include "tests/detector/judged_scene.h"

namespace dialtone::detector {
namespace {

class PresenceTest : public ::testing::Test {
 protected:
  PresenceTest() { scene_.Quiet(20); }

  // Of a fault of the hubs that is said to be there since `since`, with that severity by now.
  Presence Now(absl::Time since, int severity = 0, bool was_there = true) const {
    return PresenceOf(scene_.observations, scene_.attendance,
                      {.domain = scene_.observations.domains().Find(FaultDomain::kTeamsSignalling),
                       .severity = severity,
                       .since = since},
                      {Story::kLon, Story::kPar, Story::kNyc}, was_there, scene_.now);
  }

  Scene scene_;
};

TEST_F(PresenceTest, AFaultIsThereSinceItsFirstLoss) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(4, Hubs);
  const Presence presence = Now(begin - absl::Seconds(15));
  EXPECT_TRUE(presence.is_there);
  EXPECT_GE(presence.since, begin) << "what lingered from before is no part of it";
  EXPECT_LT(presence.since, begin + absl::Seconds(1));
}

TEST_F(PresenceTest, IsThereNoLongerThanItIsSaidToBe) {
  scene_.Rounds(4, Hubs);
  const absl::Time said = scene_.now - absl::Seconds(2);
  EXPECT_EQ(Now(said).since, said);
}

TEST_F(PresenceTest, ABlipIsGoneThoughItIsSaidToGoOnMildly) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, Hubs);
  scene_.Quiet(2);
  for (const int severity : {0, 1, 2, 3}) {
    EXPECT_FALSE(Now(begin, severity).is_there) << severity;
    EXPECT_EQ(Now(begin, severity).since, scene_.now) << severity;
  }
}

TEST_F(PresenceTest, ALoneLossBringsNothingBack) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, Hubs);
  scene_.Quiet(3);
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.Quiet(1);
  EXPECT_FALSE(Now(begin, 1).is_there);
}

TEST_F(PresenceTest, WhatComesBackLastsSinceThen) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, Hubs);
  scene_.Quiet(3);
  const absl::Time again = scene_.now;
  scene_.Rounds(2, Hubs);
  const Presence presence = Now(begin, 1);
  EXPECT_TRUE(presence.is_there);
  EXPECT_GE(presence.since, again);
}

TEST_F(PresenceTest, OfSeveralSitesOneBringsNothingBack) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, Hubs);
  scene_.Quiet(3);
  scene_.Rounds(2, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && Hubs(site, target);
  });
  EXPECT_FALSE(Now(begin, 1).is_there) << "its line may burst";
  scene_.Rounds(1, [](SiteIndex site, TargetIndex target) {
    return site != Story::kNyc && Hubs(site, target);
  });
  EXPECT_TRUE(Now(begin, 1).is_there);
}

TEST_F(PresenceTest, WhatIsGoneIsNotBackBecauseItIsForgotten) {
  const absl::Time begin = scene_.now;
  scene_.Rounds(2, Hubs);
  scene_.Quiet(20);
  EXPECT_FALSE(Now(begin, 3, /*was_there=*/false).is_there);
  scene_.now += absl::Minutes(10);
  EXPECT_FALSE(Now(begin, 3, /*was_there=*/false).is_there);
}

TEST_F(PresenceTest, AFaultOfEveryThirdProbeIsThereWithoutAPause) {
  const absl::Time begin = scene_.now;
  int turn = 0;
  const auto third = [&turn](SiteIndex, TargetIndex target) {
    return IsHub(target) && ++turn % 3 == 0;
  };
  for (int second = 0; second < 12; ++second) {
    scene_.Rounds(1, third);
    if (second < 2) continue;
    EXPECT_TRUE(Now(begin, 1).is_there) << second;
    EXPECT_LT(Now(begin, 1).since, begin + absl::Seconds(1)) << second;
  }
}

TEST_F(PresenceTest, GoodAnswersThatOvertakeLossesEndNothing) {
  const absl::Time begin = scene_.now;
  int turn = 0;
  const auto third = [&turn](SiteIndex, TargetIndex target) {
    return IsHub(target) && ++turn % 3 == 0;
  };
  scene_.Rounds(4, third);
  // Answers are known at once, losses half a second later.
  for (int i = 0; i < 30; ++i) scene_.Answer(Story::kLon, Story::kHub1);
  scene_.now += absl::Milliseconds(400);
  EXPECT_TRUE(Now(begin, 1).is_there);
}

TEST_F(PresenceTest, WhoIsWaitedForLongIsNotWellMeanwhile) {
  const absl::Time begin = scene_.now;
  // Every second probe is lost, which is known two seconds later; its answer would be known at
  // once.
  const auto probe = [this](absl::Time sent, Outcome outcome) {
    for (const SiteIndex site : {Story::kLon, Story::kPar, Story::kNyc}) {
      scene_.observations.OnResult(
          site, {.target = Story::kHub1, .sent = sent, .outcome = outcome, .code = 200},
          scene_.now);
    }
  };
  for (int i = 0; i < 40; ++i) {
    scene_.now += absl::Milliseconds(250);
    probe(scene_.now, Outcome::kAnswered);
    if (i < 8) continue;
    probe(scene_.now - absl::Seconds(2), Outcome::kTimedOut);
    if (i < 16) continue;
    EXPECT_TRUE(Now(begin, 1).is_there) << i;
  }
  scene_.Quiet(4);
  EXPECT_FALSE(Now(begin, 1).is_there);
}

TEST_F(PresenceTest, WhoSaysNothingLeavesItAsItIsSaid) {
  const absl::Time begin = scene_.now;
  scene_.now += absl::Minutes(10);
  const Presence presence = Now(begin);
  EXPECT_TRUE(presence.is_there);
  EXPECT_EQ(presence.since, begin);
}

}  // namespace
}  // namespace dialtone::detector
