#include "detector/score.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"

#include "detector/chance.h"

namespace dialtone::detector {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// Of a loss that nothing before it explains.
Nats OfLoss(double p) { return NatsOf({.always = p}, /*is_bad=*/true, /*explains_burst=*/true); }

Score& Bad(Score& score, double p, absl::Time sent) {
  score.Add(OfLoss(p), kWithLossy, /*is_bad=*/true, sent);
  return score;
}
Score& Good(Score& score) {
  score.Add(GoodNats(false), kWithLossy, /*is_bad=*/false, kNow);
  return score;
}

TEST(Score, AGoodResultIsWorthWhatTheFaultWouldHaveSpoiled) {
  EXPECT_NEAR(GoodNats(false)[1], std::log(0.6), 1e-6);
}

TEST(Score, FourHardLossesConvictAndAGoodOneTakesBack) {
  Score score;
  for (int i = 0; i < 4; ++i) Bad(score, 0.005, kNow);
  EXPECT_GT(score.best(), 20);
  const float before = score.best();
  Good(score);
  EXPECT_LT(score.best(), before);
  EXPECT_GT(score.best(), before - 2.31F) << "a milder severity takes over from the hard one";
}

TEST(Score, NeverFallsBelowZeroAndForgetsItsOnsetThere) {
  Score score;
  Bad(score, 0.5, kNow);
  EXPECT_EQ(score.onset, kNow);
  for (int i = 0; i < 100; ++i) Good(score);
  EXPECT_EQ(score.best(), 0);
  EXPECT_EQ(score.bads, 0);
  EXPECT_EQ(score.onset, absl::InfiniteFuture());
}

TEST(Score, TheSeverityThatFitsSpeaks) {
  Score hard;
  Score partial;
  for (int i = 0; i < 20; ++i) {
    Bad(hard, 0.01, kNow);
    if (i % 3 == 0) {
      Bad(partial, 0.01, kNow);
    } else {
      Good(partial);
    }
  }
  EXPECT_EQ(hard.severity(), 0);
  EXPECT_EQ(partial.severity(), 1);
}

TEST(Score, KnowsItsFirstBadProbeWhenLossesComeInAnotherOrder) {
  Score score;
  Bad(score, 0.01, kNow);
  Bad(score, 0.01, kNow - absl::Seconds(1));
  EXPECT_EQ(score.onset, kNow - absl::Seconds(1));
  EXPECT_EQ(score.bads, 2);
}

TEST(Score, TheClockOfPersistenceRunsWhileItIsOffTheGround) {
  Score score;
  Bad(score, 0.2, kNow);
  EXPECT_EQ(score.rose, absl::InfiniteFuture());
  Bad(score, 0.01, kNow + absl::Seconds(1));
  EXPECT_EQ(score.rose, kNow + absl::Seconds(1));
  Bad(score, 0.01, kNow + absl::Seconds(2));
  EXPECT_EQ(score.rose, kNow + absl::Seconds(1));
  score.Slide(100, 26, kWithLossy);
  EXPECT_EQ(score.rose, absl::InfiniteFuture());
  EXPECT_EQ(score.best(), 0);
}

TEST(Score, IsPresentUntilGoodResultsInARowOutweighTheLastBadOne) {
  Score score;
  for (int i = 0; i < 4; ++i) Bad(score, 0.01, kNow);
  EXPECT_TRUE(score.is_present());
  Good(score);
  EXPECT_TRUE(score.is_present());
  for (int i = 0; i < 6; ++i) Good(score);
  EXPECT_FALSE(score.is_present()) << "seven answers, though the score stands";
  EXPECT_GT(score.best(), 8);
  Bad(score, 0.01, kNow);
  EXPECT_TRUE(score.is_present());
}

TEST(Score, AnAnswerFromBeforeTheFirstLossTakesNothing) {
  Score score;
  Bad(score, 0.01, kNow);
  const float before = score.best();
  score.Add(GoodNats(false), kWithLossy, /*is_bad=*/false, kNow - absl::Milliseconds(500));
  EXPECT_EQ(score.best(), before);
  Good(score);
  EXPECT_LT(score.best(), before);
}

TEST(Score, OfAMildFaultManyAnswersAreNoHealth) {
  Score score;
  for (int i = 0; i < 30; ++i) {
    Bad(score, 0.01, kNow);
    for (int good = 0; good < 15; ++good) Good(score);
  }
  EXPECT_GE(score.severity(), 2);
  EXPECT_TRUE(score.is_present());
}

TEST(Score, RemembersItsPeakUntilItIsZeroAndNotAboveTheCeiling) {
  Score score;
  for (int i = 0; i < 4; ++i) Bad(score, 0.01, kNow);
  const float peak = score.best();
  EXPECT_EQ(score.peak, peak);
  Good(score);
  EXPECT_EQ(score.peak, peak);
  score.Slide(1, 10, kWithLossy);
  EXPECT_EQ(score.peak, 10);
  for (int i = 0; i < 1000; ++i) Good(score);
  EXPECT_EQ(score.peak, 0);
}

TEST(Score, HalfASeverityIsHarderToRefute) {
  EXPECT_NEAR(HalfGoodNats(false)[0], std::log(0.55), 1e-6);
}

TEST(Score, ProbesOfAFastBurstSpeakOnlyForTheHardHypothesis) {
  Score score;
  score.Add(OfLoss(0.01), 1, /*is_bad=*/true, kNow);
  EXPECT_GT(score.nats[0], 0);
  EXPECT_EQ(score.nats[1], 0);
}

TEST(Score, ASlideAfterAFastBurstLeavesTheSeveritiesItSaidNothingOf) {
  Score score;
  for (int i = 0; i < 5; ++i) Bad(score, 0.01, kNow);
  const auto before = score.nats;
  score.Slide(2, 26, 1);
  EXPECT_FLOAT_EQ(score.nats[0], before[0] - 2);
  for (std::size_t i = 1; i < before.size(); ++i) EXPECT_EQ(score.nats[i], before[i]) << i;
  score.Slide(2, 26, kWithLossy);
  for (std::size_t i = 1; i < before.size(); ++i) EXPECT_FLOAT_EQ(score.nats[i], before[i] - 2);
}

// Streams are lost, and of eight requests beside each so many.
Score WhereStreamsFailAndOfEightRequests(int lost) {
  Score score;
  for (int i = 0; i < 20; ++i) {
    score.Add(NatsOf({.kind = LossKind::kStream, .always = 0.05}, true, true), kWithLossy,
              /*is_bad=*/true, kNow);
    for (int request = 0; request < 8; ++request) {
      if (request < lost) {
        Bad(score, 0.01, kNow);
      } else {
        Good(score);
      }
    }
  }
  return score;
}

TEST(Score, WhereStreamsFailAndFewerRequestsItIsPacketsThatAreLost) {
  const Score score = WhereStreamsFailAndOfEightRequests(1);
  EXPECT_EQ(score.severity(), kLossy + 1);
  EXPECT_EQ(score.all, 180);
  EXPECT_EQ(score.bads, 40);
  EXPECT_EQ(WhereStreamsFailAndOfEightRequests(4).severity(), kLossy);
  EXPECT_EQ(WhereStreamsFailAndOfEightRequests(8).severity(), 0);
}

TEST(ShareFor, WhatLosesPacketsSpoilsStreamsAndAFewRequests) {
  EXPECT_EQ(ShareFor(1, /*is_stream=*/true), kSeverities[1]);
  EXPECT_EQ(ShareFor(1, /*is_stream=*/false), kSeverities[1]);
  EXPECT_EQ(ShareFor(kLossy, /*is_stream=*/true), kSeverities[0]);
  EXPECT_EQ(ShareFor(kLossy, /*is_stream=*/false), kSeverities[1]);
  EXPECT_EQ(ShareFor(kWithLossy - 1, /*is_stream=*/false), kSeverities[3]);
}

TEST(Score, ThatItIsMoreThanStreamsTwoLostRequestsMustShow) {
  const auto more_than_streams = [](int requests) {
    Score score(/*must_show=*/true);
    Score streams;
    for (int i = 0; i < 3; ++i) {
      const Nats lost = NatsOf({.kind = LossKind::kStream, .always = 0.05}, true, true);
      score.Add(lost, kWithLossy, /*is_bad=*/true, kNow);
      streams.Add(lost, kWithLossy, /*is_bad=*/true, kNow);
    }
    for (int i = 0; i < requests; ++i) Bad(score, 0.002, kNow);
    return *std::max_element(score.nats.begin() + kLossy, score.nats.end()) - streams.best();
  };
  EXPECT_LT(more_than_streams(0), -5);
  EXPECT_LT(more_than_streams(1), 0) << "one is lost out of the blue";
  EXPECT_GT(more_than_streams(2), 0);
}

TEST(Milder, SpoilsFewerRequests) {
  EXPECT_EQ(Milder(0, 3), 3);
  EXPECT_EQ(Milder(3, kLossy), 3);
  EXPECT_EQ(Milder(kLossy, 0), kLossy);
  EXPECT_EQ(Milder(1, kLossy), 1) << "as many";
}

TEST(Score, ClearForgetsEverything) {
  Score score;
  for (int i = 0; i < 5; ++i) Bad(score, 0.01, kNow);
  score.Clear();
  EXPECT_EQ(score.best(), 0);
  EXPECT_EQ(score.bads, 0);
  EXPECT_EQ(score.rose, absl::InfiniteFuture());
}

}  // namespace
}  // namespace dialtone::detector
