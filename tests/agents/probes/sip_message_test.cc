#include "agents/probes/sip_message.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/sip_answer.h"

namespace dialtone::agents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const SipOptions kOptions = {.request_uri = "sip:sip.example.net:5061;transport=tls",
                             .transport = "TLS",
                             .own_host = "sbc.example.com",
                             .sent_by = "sbc.example.com:5061",
                             .contact_uri = "sip:sbc.example.com:5061;transport=tls",
                             .peer_host = "sip.example.net",
                             .branch = "z9hG4bK0123"};

std::string Answer(const std::string& status, const std::string& more = "") {
  return SipAnswer(WriteSip(kOptions), status, more);
}

SipMessage Parsed(const std::string& bytes) {
  const ParsedSip parsed = ParseSip(bytes, /*is_stream=*/true);
  EXPECT_EQ(parsed.result, SipParse::kMessage) << bytes;
  EXPECT_EQ(parsed.length, bytes.size());
  return parsed.message;
}

SipParse ResultOf(const std::string& bytes, bool is_stream = true) {
  return ParseSip(bytes, is_stream).result;
}

TEST(SipMessage, OptionsCarryOurNameInViaFromAndContactAndTheirsInToAndRequestUri) {
  const std::string request = WriteSip(kOptions);
  EXPECT_THAT(request, StartsWith("OPTIONS sip:sip.example.net:5061;transport=tls SIP/2.0\r\n"));
  EXPECT_THAT(request,
              HasSubstr("\r\nVia: SIP/2.0/TLS sbc.example.com:5061;branch=z9hG4bK0123;rport\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nFrom: <sip:sbc.example.com>;tag="));
  EXPECT_THAT(request, HasSubstr("\r\nTo: <sip:sip.example.net>\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContact: <sip:sbc.example.com:5061;transport=tls>\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nMax-Forwards: 70\r\n"));
}

TEST(SipMessage, OurOwnRequestIsWellFormed) {
  const SipMessage message = Parsed(WriteSip(kOptions));
  EXPECT_EQ(message.code, 0);
  EXPECT_EQ(message.method, "OPTIONS");
  EXPECT_EQ(message.branch, "z9hG4bK0123");
}

TEST(SipMessage, AnAnswerIsKnownByItsBranch) {
  const SipMessage message = Parsed(Answer("200 OK"));
  EXPECT_EQ(message.code, 200);
  EXPECT_EQ(message.branch, "z9hG4bK0123");
  EXPECT_TRUE(IsFinalAnswerToOptions(message));
  EXPECT_FALSE(IsFinalAnswerToOptions(Parsed(Answer("100 Trying"))));
  EXPECT_FALSE(IsFinalAnswerToOptions(
      Parsed(absl::StrReplaceAll(Answer("200 OK"), {{"1 OPTIONS", "1 INVITE"}}))));
}

TEST(SipMessage, AStreamIsReadMessageByMessage) {
  const std::string answer = Answer("200 OK");
  for (size_t length = 1; length < answer.size(); ++length) {
    ASSERT_EQ(ResultOf(answer.substr(0, length)), SipParse::kIncomplete) << length;
  }
  EXPECT_EQ(ParseSip(answer + answer, /*is_stream=*/true).length, answer.size());
}

TEST(SipMessage, TheBodyBelongsToTheMessage) {
  const std::string answer =
      absl::StrReplaceAll(Answer("200 OK"), {{"Content-Length: 0", "Content-Length: 5"}});
  EXPECT_EQ(ResultOf(answer + "1234"), SipParse::kIncomplete);
  EXPECT_EQ(ParseSip(answer + "12345SIP", /*is_stream=*/true).length, answer.size() + 5);
}

TEST(SipMessage, StatusesThatTheLibraryMisreadsAreMalformed) {
  for (const std::string status : {"65736 OK", "099 Odd", "700 Odd", "20 OK", "2000 OK"}) {
    EXPECT_EQ(ResultOf(Answer(status)), SipParse::kMalformed) << status;
  }
}

TEST(SipMessage, WhatIsNotSipIsMalformed) {
  EXPECT_EQ(ResultOf("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            SipParse::kMalformed);
  EXPECT_EQ(ResultOf("HTTP/1.1 400 Bad Request\r\n\r\n"), SipParse::kMalformed);
  EXPECT_EQ(ResultOf("220 mail.example.net ESMTP\r\n"), SipParse::kMalformed);
  EXPECT_EQ(ResultOf("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"), SipParse::kMalformed);
  EXPECT_EQ(ResultOf("hello", /*is_stream=*/false), SipParse::kMalformed);
  EXPECT_EQ(ResultOf(absl::StrReplaceAll(Answer("200 OK"), {{"Content-Length: 0\r\n", ""}})),
            SipParse::kMalformed);
  EXPECT_EQ(ResultOf(absl::StrReplaceAll(Answer("200 OK"), {{"Length: 0", "Length: -999"}})),
            SipParse::kMalformed);
  EXPECT_EQ(ResultOf(absl::StrReplaceAll(Answer("200 OK"), {{"Length: 0", "Length: 99999999"}})),
            SipParse::kMalformed);
}

TEST(SipMessage, AnEndlessHeaderIsGivenUp) {
  const std::string endless = "SIP/2.0 200 OK\r\nX: " + std::string(kLongestSipMessage, 'x');
  EXPECT_EQ(ResultOf(endless.substr(0, 1000)), SipParse::kIncomplete);
  EXPECT_EQ(ResultOf(endless), SipParse::kMalformed);
}

TEST(SipMessage, AHubThatPingsBackGetsAnAnswerThatFitsItsRequest) {
  const std::string request = absl::StrReplaceAll(
      WriteSip(kOptions), {{"Max-Forwards",
                            "Via: SIP/2.0/TLS inner.example.net;branch=z9hG4bK1\r\n"
                            "Max-Forwards"}});
  const std::string reply = ReplyTo(Parsed(request));
  EXPECT_THAT(reply, StartsWith("SIP/2.0 200 OK\r\n"));
  EXPECT_THAT(reply, HasSubstr("Via: SIP/2.0/TLS sbc.example.com:5061;branch=z9hG4bK0123;rport\r\n"
                               "Via: SIP/2.0/TLS inner.example.net;branch=z9hG4bK1\r\n"));
  EXPECT_THAT(reply, HasSubstr("To: <sip:sip.example.net>;tag="));
  EXPECT_EQ(Parsed(reply).code, 200);
  EXPECT_THAT(ReplyTo(Parsed(absl::StrReplaceAll(request, {{"OPTIONS", "INVITE"}}))),
              StartsWith("SIP/2.0 405 "));
}

TEST(SipMessage, RetryAfterMakesA503APauseOfAtMostAMinute) {
  EXPECT_EQ(PauseAskedBy(Parsed(Answer("503 Busy", "Retry-After: 7\r\n"))), absl::Seconds(7));
  EXPECT_EQ(PauseAskedBy(Parsed(Answer("503 Busy", "Retry-After: 999999\r\n"))), absl::Minutes(1));
  EXPECT_EQ(PauseAskedBy(Parsed(Answer("503 Busy"))), absl::ZeroDuration());
  EXPECT_EQ(AnsweredBy(Parsed(Answer("503 Busy", "Retry-After: 7\r\n"))).outcome,
            Outcome::kThrottled);
  EXPECT_EQ(AnsweredBy(Parsed(Answer("503 Busy"))).outcome, Outcome::kRejected);
  EXPECT_EQ(AnsweredBy(Parsed(Answer("404 Not Found"))).outcome, Outcome::kOwnConfiguration);
}

TEST(SipMessage, BranchesAreNotGuessable) {
  EXPECT_THAT(RandomBranch(), StartsWith("z9hG4bK"));
  EXPECT_EQ(RandomBranch().size(), 7u + 16u);
  EXPECT_NE(RandomBranch(), RandomBranch());
}

// A parser that everybody on the internet can reach: cut, doubled and flipped bytes must not hurt
// it.
TEST(SipMessage, DamagedMessagesHarmNobody) {
  const std::string answer = Answer("503 Service Unavailable", "Retry-After: 3\r\n");
  for (size_t at = 0; at < answer.size(); ++at) {
    for (const char byte : {'\0', '\r', '\n', ':', ';', '"', '<', '\xff'}) {
      std::string damaged = answer;
      damaged[at] = byte;
      for (const bool is_stream : {true, false}) {
        const ParsedSip parsed = ParseSip(damaged, is_stream);
        if (parsed.result != SipParse::kMessage) continue;
        EXPECT_LE(parsed.length, damaged.size());
        EXPECT_THAT(ReplyTo(parsed.message), Not(HasSubstr(std::string(1, '\0'))));
      }
    }
  }
}

}  // namespace
}  // namespace dialtone::agents
