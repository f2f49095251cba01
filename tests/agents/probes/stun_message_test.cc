#include "agents/probes/stun_message.h"

#include "gtest/gtest.h"

#include "tests/fakes/stun_answer.h"

namespace dialtone::agents {
namespace {

const std::string kId = "0123456789ab";

TEST(StunMessage, ABindingRequestIsTwentyBytesWithTheCookieAndOurId) {
  const std::string request = WriteStunBinding(kId);
  // RFC 8489 §5: type 0x0001, no attributes, magic cookie.
  EXPECT_EQ(request, std::string("\x00\x01\x00\x00\x21\x12\xa4\x42", 8) + kId);
}

TEST(StunMessage, SuccessAndErrorAreAnswers) {
  const std::optional<StunAnswer> success = ParseStunAnswer(StunSuccess(WriteStunBinding(kId)));
  ASSERT_TRUE(success.has_value());
  EXPECT_EQ(success->id, kId);
  EXPECT_EQ(success->code, 0);
  const std::optional<StunAnswer> error = ParseStunAnswer(StunError(WriteStunBinding(kId), 401));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->id, kId);
  EXPECT_EQ(error->code, 401);
}

// RFC 5769 §2.2: a response with the attributes that servers send.
TEST(StunMessage, ReadsTheTestVectorOfTheRfc) {
  const char vector[] =
      "\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
      "\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20"
      "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
      "\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b"
      "\xe7\xd7\x80\x28\x00\x04\xc0\x7d\x4c\x96";
  const std::optional<StunAnswer> answer =
      ParseStunAnswer(absl::string_view(vector, sizeof(vector) - 1));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->code, 0);
}

TEST(StunMessage, WhatIsNoAnswerToABindingIsNone) {
  const std::string request = WriteStunBinding(kId);
  EXPECT_FALSE(ParseStunAnswer("").has_value());
  EXPECT_FALSE(ParseStunAnswer("hello").has_value());
  EXPECT_FALSE(ParseStunAnswer(request).has_value()) << "a mirror is no relay";
  std::string old = StunSuccess(request);
  old[4] = '\0';  // RFC 3489 had no magic cookie
  EXPECT_FALSE(ParseStunAnswer(old).has_value());
  std::string other = StunSuccess(request);
  other[1] = '\x03';  // a success of Allocate
  EXPECT_FALSE(ParseStunAnswer(other).has_value());
  EXPECT_FALSE(ParseStunAnswer(StunError(request, 42)).has_value());
}

TEST(StunMessage, EveryTruncatedAnswerIsNone) {
  for (const std::string& answer :
       {StunSuccess(WriteStunBinding(kId)), StunError(WriteStunBinding(kId), 500)}) {
    for (size_t length = 0; length < answer.size(); ++length) {
      EXPECT_FALSE(ParseStunAnswer(answer.substr(0, length)).has_value()) << length;
    }
  }
}

TEST(StunMessage, DamagedAnswersHarmNobody) {
  for (const std::string& answer :
       {StunSuccess(WriteStunBinding(kId)), StunError(WriteStunBinding(kId), 500)}) {
    for (size_t at = 0; at < answer.size(); ++at) {
      for (const char byte : {'\0', '\x01', '\x20', '\x7f', '\x80', '\xff'}) {
        std::string damaged = answer;
        damaged[at] = byte;
        (void)ParseStunAnswer(damaged);
      }
    }
  }
}

}  // namespace
}  // namespace dialtone::agents
