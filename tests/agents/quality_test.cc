#include "agents/quality.h"

#include <initializer_list>

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

Quality Of(int lost, std::initializer_list<int> round_trips_ms) {
  QualityMeter meter;
  for (int i = 0; i < lost; ++i) meter.CountLoss();
  for (const int round_trip : round_trips_ms) meter.CountAnswer(absl::Milliseconds(round_trip));
  return meter.Measured();
}

TEST(Quality, WhatWasSentIsAnsweredOrLost) {
  const Quality quality = Of(21, {20, 20, 20, 20});
  EXPECT_EQ(quality.sent, 25);
  EXPECT_EQ(quality.lost, 21);
  EXPECT_DOUBLE_EQ(quality.loss_ratio(), 21.0 / 25.0);
}

TEST(Quality, SilenceHasNoRoundTripAndNoJitter) {
  const Quality quality = Of(25, {});
  EXPECT_EQ(quality.lost, 25);
  EXPECT_EQ(quality.round_trip, std::nullopt);
  EXPECT_EQ(quality.jitter, std::nullopt);
  EXPECT_EQ(MeanOpinionScore(quality), std::nullopt);
  EXPECT_EQ(Of(0, {}).loss_ratio(), 0.0);
}

TEST(Quality, TheRoundTripIsTheMiddleOneSoThatOneLatePacketDoesNotCount) {
  EXPECT_EQ(Of(0, {20, 21, 900, 19, 22}).round_trip, absl::Milliseconds(21));
}

TEST(Quality, JitterIsTheMeanDifferenceOfNeighbours) {
  EXPECT_EQ(Of(4, {20}).jitter, std::nullopt) << "one answer has no neighbour";
  EXPECT_EQ(Of(0, {20, 20, 20}).jitter, absl::ZeroDuration());
  EXPECT_EQ(Of(1, {20, 30, 24}).jitter, absl::Milliseconds(8));
}

// G.107: R = 93.2 is MOS 4.41; Cole and Rosenbluth: one-way delays to about 177 ms hardly count.
TEST(MeanOpinionScore, FollowsTheEModel) {
  const auto score = [](int sent, int lost, int round_trip_ms, int jitter_ms) {
    return *MeanOpinionScore({.sent = sent,
                              .lost = lost,
                              .round_trip = absl::Milliseconds(round_trip_ms),
                              .jitter = absl::Milliseconds(jitter_ms)});
  };
  EXPECT_NEAR(score(100, 0, 0, 0), 4.40, 0.01);
  EXPECT_NEAR(score(100, 0, 200, 5), 4.35, 0.05);
  EXPECT_NEAR(score(100, 5, 40, 0), 3.88, 0.01);  // R = 93.2 - 0.96 - 15.8
  EXPECT_LT(score(100, 20, 40, 0), 2.8);
  EXPECT_LT(score(100, 0, 800, 0), score(100, 0, 300, 0));
  EXPECT_LT(score(100, 0, 40, 60), score(100, 0, 40, 5)) << "the buffer's delay";
  EXPECT_GE(score(100, 99, 5'000, 500), 1.0);
}

}  // namespace
}  // namespace dialtone::agents
