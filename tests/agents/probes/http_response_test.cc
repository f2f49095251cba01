#include "agents/probes/http_response.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

using State = HttpResponse::State;

TEST(HttpResponse, ReadsTheStatusHoweverTheBytesCome) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{\"\"}";
  for (size_t step = 1; step <= answer.size(); ++step) {
    HttpResponse response;
    State state = State::kIncomplete;
    for (size_t at = 0; at < answer.size(); at += step) {
      ASSERT_EQ(state, State::kIncomplete) << at << " of " << answer.size();
      state = response.Take(absl::string_view(answer).substr(at, step));
    }
    EXPECT_EQ(state, State::kWhole) << step;
    EXPECT_EQ(response.status(), 200);
  }
}

TEST(HttpResponse, ChunksAreReadToTheirEnd) {
  HttpResponse response;
  EXPECT_EQ(response.Take("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            State::kIncomplete);
  EXPECT_EQ(response.Take("0\r\n\r\n"), State::kWhole);
  EXPECT_EQ(response.status(), 503);
}

TEST(HttpResponse, ABodyOfUnknownLengthEndsWithTheConnection) {
  HttpResponse response;
  EXPECT_EQ(response.Take("HTTP/1.0 200 OK\r\n\r\nsome of it"), State::kIncomplete);
  EXPECT_EQ(response.TakeEnd(), State::kWhole);
  EXPECT_EQ(response.status(), 200);
}

TEST(HttpResponse, ATruncatedAnswerIsNotWhole) {
  for (const char* const begin : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Le",
                                  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"}) {
    HttpResponse response;
    EXPECT_EQ(response.Take(begin), State::kIncomplete) << begin;
    EXPECT_EQ(response.TakeEnd(), State::kIncomplete) << begin;
  }
}

TEST(HttpResponse, OfALongBodyTheRestIsNotWaitedFor) {
  HttpResponse response;
  State state = response.Take("HTTP/1.1 200 OK\r\n\r\n");
  size_t length = 0;
  const std::string part(10'000, 'x');
  for (; state == State::kIncomplete && length < 2 * kLongestHttpBody; length += part.size()) {
    state = response.Take(part);
  }
  EXPECT_EQ(state, State::kWhole);
  EXPECT_EQ(response.status(), 200);
  EXPECT_LE(length, kLongestHttpBody + part.size());

  HttpResponse announced;
  EXPECT_EQ(announced.Take("HTTP/1.1 500 Oops\r\nContent-Length: 99999999\r\n\r\n"), State::kWhole);
  EXPECT_EQ(announced.status(), 500);
}

TEST(HttpResponse, AnEndlessHeaderIsGivenUp) {
  HttpResponse response;
  State state = response.Take("HTTP/1.1 200 OK\r\n");
  size_t length = 0;
  for (; state == State::kIncomplete && length < 4 * kLongestHttpHeader; length += 30) {
    state = response.Take("X-Padding: 012345678901234567\r\n");
  }
  EXPECT_EQ(state, State::kMalformed);
  EXPECT_LE(length, kLongestHttpHeader + 60);
}

TEST(HttpResponse, WhatIsNotHttpIsMalformed) {
  for (const char* const bytes : {"SIP/2.0 200 OK\r\n\r\n", "220 mail.example.net ESMTP\r\n",
                                  "\x15\x03\x01\x02\x03\x04\x05\x06", "HTTP/1.1 99 Odd\r\n\r\n",
                                  "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n",
                                  "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
                                  "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n"}) {
    HttpResponse response;
    EXPECT_EQ(response.Take(bytes), State::kMalformed) << bytes;
  }
}

TEST(HttpResponse, InterimAnswersArePassedOverButNotForEver) {
  HttpResponse response;
  EXPECT_EQ(response.Take("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), State::kIncomplete);
  EXPECT_EQ(response.Take("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
            State::kWhole);
  EXPECT_EQ(response.status(), 204);

  HttpResponse endless;
  State state = State::kIncomplete;
  for (int i = 0; i < 100 && state == State::kIncomplete; ++i) {
    state = endless.Take("HTTP/1.1 100 Continue\r\n\r\n");
  }
  EXPECT_EQ(state, State::kMalformed);
}

TEST(HttpResponse, RetryAfterIsAtMostAMinute) {
  const auto asked = [](const std::string& header) {
    HttpResponse response;
    EXPECT_EQ(
        response.Take(absl::StrCat("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n", header, "\r\n")),
        State::kWhole);
    return response.retry_after();
  };
  EXPECT_EQ(asked(""), std::nullopt);
  EXPECT_EQ(asked("Retry-After: 7\r\n"), absl::Seconds(7));
  EXPECT_EQ(asked("retry-after: 86400\r\n"), absl::Minutes(1));
  EXPECT_EQ(asked("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), absl::Minutes(1));
}

// A parser that everybody on the internet can reach.
TEST(HttpResponse, DamagedAnswersHarmNobody) {
  const std::string answer =
      "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  for (size_t at = 0; at < answer.size(); ++at) {
    for (const char byte : {'\0', '\r', '\n', ':', ';', 'f', '9', '\xff'}) {
      std::string damaged = answer;
      damaged[at] = byte;
      HttpResponse response;
      if (response.Take(damaged) == State::kIncomplete) (void)response.TakeEnd();
    }
  }
}

}  // namespace
}  // namespace dialtone::agents
