#include "router/hop_calls.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_calls.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

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

}  // namespace
}  // namespace dialtone::router
