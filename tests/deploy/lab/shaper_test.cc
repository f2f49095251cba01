#include "deploy/lab/shaper.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::lab {
namespace {

using ::testing::HasSubstr;

constexpr absl::Time kStart = absl::UnixEpoch();
constexpr int kPackets = 200'000;

// Whether each of kPackets packets, 20 ms apart, was lost.
std::vector<bool> LossesOf(const Shape& shape) {
  Shaper shaper(/*seed=*/1);
  shaper.Set(shape);
  std::vector<bool> lost;
  for (int i = 0; i < kPackets; ++i) {
    lost.push_back(!shaper.Admit(172, kStart + i * absl::Milliseconds(20)).has_value());
  }
  return lost;
}

int CountTrue(const std::vector<bool>& values) {
  int count = 0;
  for (const bool value : values) count += value ? 1 : 0;
  return count;
}

// Runs of losses: how often a loss follows an arrival.
int CountBursts(const std::vector<bool>& lost) {
  int bursts = 0;
  for (std::size_t i = 1; i < lost.size(); ++i) bursts += lost[i] && !lost[i - 1] ? 1 : 0;
  return bursts;
}

TEST(ShaperTest, DeliversAtOnceWhenNothingIsAsked) {
  Shaper shaper(/*seed=*/1);
  EXPECT_EQ(shaper.Admit(100, kStart), kStart);
  EXPECT_EQ(shaper.counts().taken, 1u);
}

TEST(ShaperTest, DelaysByTheDelay) {
  Shaper shaper(/*seed=*/1);
  shaper.Set({.delay = absl::Milliseconds(30)});
  EXPECT_EQ(shaper.Admit(100, kStart), kStart + absl::Milliseconds(30));
}

TEST(ShaperTest, JitterSpreadsTheDelayAndKeepsTheOrder) {
  Shaper shaper(/*seed=*/1);
  shaper.Set({.delay = absl::Milliseconds(30), .jitter = absl::Milliseconds(5)});
  absl::Time previous = absl::InfinitePast();
  absl::Duration shortest = absl::InfiniteDuration();
  absl::Duration longest;
  for (int i = 0; i < 1000; ++i) {
    const absl::Time sent = kStart + i * absl::Milliseconds(20);
    const std::optional<absl::Time> arrival = shaper.Admit(172, sent);
    ASSERT_TRUE(arrival.has_value());
    EXPECT_GE(*arrival, previous);
    EXPECT_GE(*arrival, sent);
    previous = *arrival;
    shortest = std::min(shortest, *arrival - sent);
    longest = std::max(longest, *arrival - sent);
  }
  EXPECT_LT(shortest, absl::Milliseconds(22));
  EXPECT_GT(longest, absl::Milliseconds(38));
}

TEST(ShaperTest, LosesTheShareItIsToldTo) {
  EXPECT_NEAR(CountTrue(LossesOf({.loss = 0.3})), 0.3 * kPackets, 0.01 * kPackets);
  EXPECT_NEAR(CountTrue(LossesOf({.loss = 0.3, .burst = 5})), 0.3 * kPackets, 0.02 * kPackets);
  EXPECT_EQ(CountTrue(LossesOf({.loss = 1})), kPackets);
  EXPECT_EQ(CountTrue(LossesOf({})), 0);
}

TEST(ShaperTest, LosesInBurstsOfTheMeanLengthItIsToldTo) {
  const std::vector<bool> lost = LossesOf({.loss = 0.1, .burst = 5});
  EXPECT_NEAR(1.0 * CountTrue(lost) / CountBursts(lost), 5.0, 0.3);
}

TEST(ShaperTest, ARateSpacesPacketsAndAFullQueueDropsThem) {
  Shaper shaper(/*seed=*/1);
  shaper.Set({.bits_per_second = 80'000});  // 100 bytes take 10 ms
  EXPECT_EQ(shaper.Admit(100, kStart), kStart + absl::Milliseconds(10));
  EXPECT_EQ(shaper.Admit(100, kStart), kStart + absl::Milliseconds(20));
  int delivered = 2;
  while (shaper.Admit(100, kStart).has_value()) ++delivered;
  EXPECT_EQ(delivered, 51);  // half a second of queue, and the packet on the wire
  EXPECT_EQ(shaper.counts().full, 1u);
  EXPECT_EQ(shaper.counts().lost, 0u);
  EXPECT_TRUE(shaper.Admit(100, kStart + absl::Milliseconds(20)).has_value());
}

TEST(ParseShapeTest, ChangesWhatIsNamedAndNothingElse) {
  const absl::StatusOr<Shape> shape =
      ParseShape("loss=5 burst=3  rate=2000", {.delay = absl::Milliseconds(7)});
  ASSERT_TRUE(shape.ok()) << shape.status();
  EXPECT_EQ(shape->delay, absl::Milliseconds(7));
  EXPECT_DOUBLE_EQ(shape->loss, 0.05);
  EXPECT_DOUBLE_EQ(shape->burst, 3);
  EXPECT_DOUBLE_EQ(shape->bits_per_second, 2'000'000);
}

TEST(ParseShapeTest, SaysWhatWasGivenAndWhatWasExpected) {
  for (const char* words : {"delay=-1", "delay=20000", "jitter=x", "loss=101", "loss=nan",
                            "burst=0", "rate=0.5", "speed=3", "delay"}) {
    const absl::StatusOr<Shape> shape = ParseShape(words, {});
    EXPECT_EQ(shape.status().code(), absl::StatusCode::kInvalidArgument) << words;
    EXPECT_THAT(std::string(shape.status().message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace dialtone::lab
