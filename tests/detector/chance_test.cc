#include "detector/chance.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

TEST(Chance, PutsTogetherWhatWouldExplainIt) {
  const Chance chance{.always = 0.1, .burst = 0.5, .stutter = 0.2};
  EXPECT_NEAR(chance.all(), 1 - 0.9 * 0.5 * 0.8, 1e-12);
  EXPECT_TRUE(chance.has_bunch());
  EXPECT_FALSE(Chance{.always = 0.1}.has_bunch());
}

TEST(Chance, UnderAFaultALossBeforeIsTheFaultsAndForetellsNothing) {
  const Chance chance{.always = 0.002, .stutter = 0.4, .stutter_chance = 0.002};
  EXPECT_LT(chance.Under(0.9, 0.9), 0.005);
  EXPECT_LT(chance.Under(0.05, 0.05), 0.03);
  const Chance bunched{.always = 0.002, .stutter = 0.4, .stutter_chance = 0.9};
  EXPECT_GT(bunched.Under(0.4, 0.4), 0.35) << "that one was a bunch itself";
}

TEST(Chance, ABurstSeenInWhatTheFaultSparesIsABurst) {
  const Chance chance{.always = 0.002, .burst = 0.5, .burst_seen_chance = 0.002};
  EXPECT_NEAR(chance.Under(0.4, 0), chance.all(), 1e-12);
  EXPECT_LT(chance.Under(0.4, 0.4), 0.01);
}

TEST(Nats, AreTheLikelihoodRatios) {
  const Chance alone{.always = 0.005};
  EXPECT_NEAR(NatsOf(alone, true, true)[0], std::log(1 + 0.9 * 199), 1e-5);
  EXPECT_NEAR(NatsOf(alone, true, true, 0.5)[0], std::log(1 + 0.45 * 199), 1e-5);
  EXPECT_NEAR(NatsOf(alone, false, true)[1], GoodNats(false)[1], 1e-6);
  EXPECT_GT(NatsOf({.always = 1}, true, true)[0], 0) << "a bad result is never worth nothing";
}

// Where losses are expected, neither a loss nor its absence says much.
TEST(Nats, AfterALossBothResultsAreWorthLess) {
  const Chance after{.always = 0.005, .stutter = 0.4, .stutter_chance = 0.005};
  EXPECT_LT(NatsOf(after, true, true)[1], 0.2);
  EXPECT_GT(NatsOf(after, false, true)[1], -0.05);
  EXPECT_GT(NatsOf(after, true, true)[0], 0.5) << "a dead path is told at once all the same";
  EXPECT_LT(NatsOf(after, true, true)[3], 0) << "a bunch is no sign of a fault of 5 %";
}

TEST(Nats, OfNoiseNeverAccuseInTheMean) {
  for (const double stutter : {0.0, 0.05, 0.2, 0.4, 0.9}) {
    for (const double was : {0.002, 0.1, 0.5}) {
      const Chance chance{.always = 0.01, .stutter = stutter, .stutter_chance = was};
      const double p = chance.all();
      const Nats bad = NatsOf(chance, true, true);
      const Nats good = NatsOf(chance, false, true);
      for (std::size_t i = 0; i < bad.size(); ++i) {
        EXPECT_LE(p * static_cast<double>(bad[i]) + (1 - p) * static_cast<double>(good[i]), 1e-6)
            << "stutter " << stutter << ", was " << was << ", severity " << i;
      }
    }
  }
}

TEST(Nats, WhatLosesPacketsSpoiledTheStreamWhoseLossLooksLikeABurst) {
  const Chance beside{.always = 0.005,
                      .burst = 0.3,
                      .burst_seen_in = 1,
                      .burst_seen_chance = 0.05,
                      .burst_seen_in_stream = true};
  const Nats nats = NatsOf(beside, true, true);
  EXPECT_GT(nats[kLossy + 2], nats[3] + 0.5F) << "a fault of 5 % spoils few streams";
  const Nats of_another = NatsOf(beside, true, /*explains_burst=*/false);
  EXPECT_EQ(of_another[kLossy + 2], of_another[3]);
}

TEST(Nats, AWholeStreamIsNotLostByWhatLosesHalfOfThePackets) {
  const Chance stream{.kind = LossKind::kStream, .always = 0.05};
  const Chance whole{.kind = LossKind::kWholeStream, .always = 0.05};
  EXPECT_EQ(NatsOf(stream, true, true)[kLossy], NatsOf(stream, true, true)[0]);
  EXPECT_LT(NatsOf(whole, true, true)[kLossy + 1], -2);
  EXPECT_LT(NatsOf(whole, true, true)[kLossy + 2], -2);
  EXPECT_EQ(NatsOf(whole, true, true)[kLossy], NatsOf(whole, true, true)[0]) << "of most it is";
  EXPECT_EQ(NatsOf(whole, true, true)[0], NatsOf(stream, true, true)[0]);
}

TEST(Weights, AreThePlainOnesWhenNothingCameBefore) {
  Weights plain(Chance{.always = 0.01});
  EXPECT_EQ(plain.Of(false, false), GoodNats(false));
  Weights after(Chance{.always = 0.01, .stutter = 0.3, .stutter_chance = 0.01});
  EXPECT_EQ(after.Of(false, true),
            NatsOf({.always = 0.01, .stutter = 0.3, .stutter_chance = 0.01}, false, true));
  EXPECT_EQ(after.Of(true, false),
            NatsOf({.always = 0.01, .stutter = 0.3, .stutter_chance = 0.01}, true, false));
}

TEST(Chance, APartialFaultDoesNotExplainItselfAway) {
  Scene scene;
  scene.Quiet(30);
  int turn = 0;
  scene.Rounds(30,
               [&turn](SiteIndex, TargetIndex target) { return IsHub(target) && ++turn % 10 < 3; });
  const DomainIndex signalling = scene.observations.domains().Find(FaultDomain::kTeamsSignalling);
  EXPECT_GT(scene.observations.pooled(Scopes::kEveryone, signalling).best(), 22);
}

}  // namespace
}  // namespace dialtone::detector
