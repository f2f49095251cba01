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

TEST(Measurement, ACallThatLeavesItsCalleeUnrungIsBadThoughTheHubAnswers) {
  EXPECT_EQ(OutcomeOfCallStatus(200, false), Outcome::kAnswered);
  EXPECT_EQ(OutcomeOfCallStatus(480, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfCallStatus(408, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfCallStatus(503, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfCallStatus(503, true), Outcome::kThrottled);
  EXPECT_EQ(OutcomeOfCallStatus(403, false), Outcome::kOwnConfiguration);
  EXPECT_EQ(OutcomeOfCallStatus(486, false), Outcome::kNotPossible);
}

TEST(Measurement, AnHttpAnswerBelow400IsOneAndARequestThatIsRefusedIsOurs) {
  for (int code = 200; code < 400; ++code) {
    EXPECT_EQ(OutcomeOfHttpStatus(code, false), Outcome::kAnswered) << code;
  }
  EXPECT_EQ(OutcomeOfHttpStatus(400, false), Outcome::kOwnConfiguration);
  EXPECT_EQ(OutcomeOfHttpStatus(404, false), Outcome::kOwnConfiguration);
  EXPECT_EQ(OutcomeOfHttpStatus(429, false), Outcome::kThrottled);
  EXPECT_EQ(OutcomeOfHttpStatus(503, true), Outcome::kThrottled);
  EXPECT_EQ(OutcomeOfHttpStatus(503, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfHttpStatus(500, true), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfHttpStatus(504, false), Outcome::kRejected);
}

TEST(Measurement, ANameThatWasThereAndIsGoneAccusesTheResolver) {
  constexpr int kNoError = 0, kServFail = 2, kNxDomain = 3, kRefused = 5;
  EXPECT_EQ(OutcomeOfDnsAnswer(kNoError, true, false), Outcome::kAnswered);
  for (const int code : {kNoError, kNxDomain}) {
    EXPECT_EQ(OutcomeOfDnsAnswer(code, false, false), Outcome::kOwnConfiguration) << code;
    EXPECT_EQ(OutcomeOfDnsAnswer(code, false, true), Outcome::kRejected) << code;
  }
  EXPECT_EQ(OutcomeOfDnsAnswer(kServFail, false, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfDnsAnswer(kServFail, true, false), Outcome::kRejected);
  EXPECT_EQ(OutcomeOfDnsAnswer(kRefused, false, false), Outcome::kRejected);
}

TEST(Measurement, AStreamThatLostMoreThanAFewPacketsIsBadThoughAnswered) {
  const auto lost = [](int packets) {
    return Measurement{.outcome = Outcome::kAnswered,
                       .stream = Quality{.sent = 25, .lost = packets}};
  };
  EXPECT_FALSE(IsBad(lost(0)));
  EXPECT_FALSE(IsBad(lost(1)));
  EXPECT_TRUE(IsBad(lost(2)));
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
