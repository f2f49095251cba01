#include "router/hop_states.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_calls.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

HopWish Skip(const std::string& hop) { return {hop, HopState::kAfterBackups, 100, "hub silent"}; }
HopWish Reorder(const std::string& hop) { return {hop, HopState::kLastInRoute, 100, "suspected"}; }

// Whether a skip of t1 is in force after these calls.
bool SkipInForce(const Calls& calls) {
  HopStates states;
  states.Want({Skip("t1")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_NE(states.in_force().empty(), states.refused().empty());
  return !states.in_force().empty();
}

TEST(HopStates, ASkipIsRefusedWhileTheHopAnswers) {
  EXPECT_FALSE(SkipInForce(Calls().Seconds(6, 20, 20)));
  EXPECT_TRUE(SkipInForce(Calls().Seconds(6, 20, 0)));
}

TEST(HopStates, NinetyPercentOfTenCallsIsAnswering) {
  EXPECT_FALSE(SkipInForce(Calls().Seconds(6, 2, 2)));                        // 10 of 10
  EXPECT_FALSE(SkipInForce(Calls().Second(0, 0).Second(9, 9).Second(1, 0)));  // 9 of 10
  EXPECT_TRUE(SkipInForce(Calls().Second(0, 0).Second(8, 8).Second(2, 0)));   // 8 of 10
  EXPECT_TRUE(SkipInForce(Calls().Second(0, 0).Second(9, 9)));                // 9 calls are too few
  EXPECT_TRUE(SkipInForce(Calls().Second(0, 0).Second(100, 89)));
  EXPECT_FALSE(SkipInForce(Calls().Second(0, 0).Second(100, 90)));
}

TEST(HopStates, SaysWhyASkipIsRefused) {
  const Calls calls = Calls().Seconds(6, 10, 10).Second(0, 0);
  HopStates states;
  states.Want({Skip("t1"), Skip("t2")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.refused(),
              ElementsAre(RefusedHop{"t1", "hop answers: 40 of 40 calls in the last 5 s"}));
  EXPECT_THAT(states.in_force(), ElementsAre(Field(&HopWish::hop, "t2")));
}

TEST(HopStates, AReorderIsNotRefusedByAnsweredCalls) {
  const Calls calls = Calls().Seconds(6, 20, 20);
  HopStates states;
  states.Want({Reorder("t1")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.in_force(), ElementsAre(Reorder("t1")));
}

TEST(HopStates, ARefusedSkipTakesEffectWhenTheCallsFailToo) {
  Calls calls = Calls().Seconds(6, 20, 20);
  HopStates states;
  states.Want({Skip("t1")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.in_force(), IsEmpty());
  calls.Second(20, 0);
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.in_force(), ElementsAre(Skip("t1")));
  EXPECT_THAT(states.refused(), IsEmpty());
}

TEST(HopStates, ASkipInForceYieldsToCallsThatAreAnswered) {
  Calls calls = Calls().Seconds(6, 0, 0);
  HopStates states;
  states.Want({Skip("t1")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.in_force(), ElementsAre(Skip("t1")));
  calls.Second(12, 12);
  states.Judge(calls.window(), calls.now());
  EXPECT_THAT(states.in_force(), IsEmpty());
}

TEST(HopStates, LapseThirtySecondsAfterTheLastWord) {
  HopStates states;
  states.Want({Skip("t1")}, At(0));
  states.Renew(At(10));
  EXPECT_EQ(states.lease_end(), At(40));
  states.Judge(CallWindow(), At(39.9));
  EXPECT_THAT(states.in_force(), ElementsAre(Skip("t1")));
  states.Judge(CallWindow(), At(40));
  EXPECT_THAT(states.in_force(), IsEmpty());
  EXPECT_THAT(states.refused(), ElementsAre(RefusedHop{"t1", "lapsed: not renewed for 30 s"}));
  EXPECT_EQ(states.lease_end(), absl::InfiniteFuture());
}

TEST(HopStates, ComeBackWhenTheWriterDoes) {
  HopStates states;
  states.Want({Skip("t1")}, At(0));
  states.Judge(CallWindow(), At(31));
  states.Renew(At(32));
  states.Judge(CallWindow(), At(32));
  EXPECT_THAT(states.in_force(), ElementsAre(Skip("t1")));
  EXPECT_EQ(states.lease_end(), At(62));
}

TEST(HopStates, NormalIsNoState) {
  HopStates states;
  EXPECT_FALSE(states.known());
  states.Want({{"t1", HopState::kNormal, 0, ""}}, At(0));
  states.Judge(CallWindow(), At(0));
  EXPECT_TRUE(states.known());
  EXPECT_THAT(states.wanted(), IsEmpty());
  EXPECT_THAT(states.in_force(), IsEmpty());
  EXPECT_EQ(states.lease_end(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace dialtone::router
