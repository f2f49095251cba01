#include "router/hop_states.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "router/hop_calls.h"
#include "router/speed_limit.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

HopWish Skip(const std::string& hop) { return {hop, HopState::kAfterBackups, 100, "hub silent"}; }
HopWish Reorder(const std::string& hop) { return {hop, HopState::kLastInRoute, 100, "suspected"}; }

// Calls of one hop over time: a number sent and answered in each second.
class Calls {
 public:
  Calls& Second(uint64_t sent, uint64_t answered) {
    total_.sent += sent;
    total_.answered += answered;
    second_ += 1;
    window_.Observe({total_}, At(second_));
    return *this;
  }
  Calls& Seconds(int count, uint64_t sent, uint64_t answered) {
    for (int i = 0; i < count; ++i) Second(sent, answered);
    return *this;
  }
  const CallWindow& window() const { return window_; }
  absl::Time now() const { return At(second_); }

 private:
  CallWindow window_;
  HopCounters total_{"t1", 0, 0};
  double second_ = 0;
};

// Whether a skip of t1 is in force after these calls.
bool SkipInForce(const Calls& calls) {
  HopStates states;
  states.Want({Skip("t1")}, calls.now());
  states.Judge(calls.window(), calls.now());
  EXPECT_NE(states.in_force().empty(), states.refused().empty());
  return !states.in_force().empty();
}

TEST(CallWindow, CountsTheLastFiveSeconds) {
  const Calls calls = Calls().Seconds(3, 0, 0).Seconds(10, 20, 19);
  const HopCalls seen = calls.window().Of("t1");
  EXPECT_EQ(seen.recently_sent, 100u);
  EXPECT_EQ(seen.recently_answered, 95u);
  EXPECT_EQ(seen.total.sent, 200u);
  EXPECT_EQ(seen.total.answered, 190u);
  EXPECT_THAT(calls.window().All(), ElementsAre(seen));
}

TEST(CallWindow, ForgetsCallsAfterFiveSeconds) {
  EXPECT_EQ(Calls().Seconds(2, 20, 20).Seconds(4, 0, 0).window().Of("t1").recently_sent, 20u);
  EXPECT_EQ(Calls().Seconds(2, 20, 20).Seconds(5, 0, 0).window().Of("t1").recently_sent, 0u);
}

TEST(CallWindow, AnswersToEarlierCallsAreCutOffAtTheCallsSent) {
  EXPECT_EQ(Calls().Seconds(6, 0, 0).Second(2, 9).window().Of("t1").recently_answered, 2u);
}

TEST(CallWindow, BeginsAgainWhenCountersGoBack) {
  CallWindow window;
  window.Observe({{"t1", 100, 100}}, At(0));
  window.Observe({{"t1", 3, 3}}, At(1));
  EXPECT_EQ(window.Of("t1").recently_sent, 0u);
  EXPECT_EQ(window.Of("t1").total.sent, 3u);
  window.Observe({{"t1", 8, 8}}, At(2));
  EXPECT_EQ(window.Of("t1").recently_sent, 5u);
}

TEST(CallWindow, KnowsNothingOfWhatItWasNotTold) {
  CallWindow window;
  EXPECT_EQ(window.Of("t1").recently_sent, 0u);
  EXPECT_THAT(window.All(), IsEmpty());
  window.Observe({{"t1", 9, 9}}, At(0));
  EXPECT_EQ(window.Of("t2").total.sent, 0u);
  window.Forget();
  EXPECT_THAT(window.All(), IsEmpty());
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

TEST(SpeedLimit, LetsSoManyThroughInAnyTenSeconds) {
  SpeedLimit limit(3);
  EXPECT_TRUE(limit.Take(At(0)));
  EXPECT_TRUE(limit.Take(At(4)));
  EXPECT_TRUE(limit.Take(At(4)));
  EXPECT_FALSE(limit.Take(At(9.9)));
  EXPECT_EQ(limit.NextFree(), At(10));
  EXPECT_TRUE(limit.Take(At(10)));
  EXPECT_FALSE(limit.Take(At(10)));
  EXPECT_EQ(limit.NextFree(), At(14));
  EXPECT_TRUE(limit.Take(At(14)));
  EXPECT_TRUE(limit.Take(At(14)));
  EXPECT_FALSE(limit.Take(At(14)));
}

TEST(SpeedLimit, ZeroIsNoLimit) {
  SpeedLimit limit(0);
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(limit.Take(At(0)));
}

}  // namespace
}  // namespace dialtone::router
