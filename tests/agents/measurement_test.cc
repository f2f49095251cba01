#include "agents/measurement.h"

#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

TEST(Measurement, EveryAnswerBelow500ProvesTheHubAliveExceptThoseThatBlameUs) {
  for (int code = 200; code < 500; ++code) {
    switch (code) {
      case 401:
      case 403:
      case 404:
      case 405:
      case 407:
      case 416:
      case 420:
      case 481:
      case 488:
        EXPECT_EQ(OutcomeOfSipStatus(code, false), Outcome::kOwnConfiguration) << code;
        break;
      case 429:
        EXPECT_EQ(OutcomeOfSipStatus(code, false), Outcome::kThrottled);
        break;
      default:
        EXPECT_EQ(OutcomeOfSipStatus(code, false), Outcome::kAnswered) << code;
    }
  }
}

TEST(Measurement, ServerErrorsRejectUnlessTheHubAsksForPatience) {
  EXPECT_EQ(OutcomeOfSipStatus(500, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfSipStatus(503, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfSipStatus(503, true), Outcome::kThrottled);
  EXPECT_EQ(OutcomeOfSipStatus(500, true), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfSipStatus(603, false), Outcome::kRejected);
}

TEST(Measurement, OwnFaultsAndThrottlingAreNotBad) {
  EXPECT_TRUE(IsBad(Outcome::kTimedOut));
  EXPECT_TRUE(IsBad(Outcome::kRefused));
  EXPECT_TRUE(IsBad(Outcome::kUnreachableNetwork));
  EXPECT_TRUE(IsBad(Outcome::kTlsFailed));
  EXPECT_TRUE(IsBad(Outcome::kRejected));
  EXPECT_FALSE(IsBad(Outcome::kAnswered));
  EXPECT_FALSE(IsBad(Outcome::kThrottled));
  EXPECT_FALSE(IsBad(Outcome::kOwnConfiguration));
  EXPECT_FALSE(IsBad(Outcome::kNotPossible));
}

}  // namespace
}  // namespace dialtone::agents
