#include "agents/probes/https_get.h"

#include <future>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/certificates.h"
#include "tests/fakes/running_loop.h"
#include "tests/fakes/tls_context_of.h"
#include "tests/fakes/tls_hub.h"

namespace dialtone::agents {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string HttpAnswer(const std::string& status, const std::string& headers = "") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers, "Content-Length: 2\r\n\r\n{}");
}

class HttpsGetTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates("detector/web=dns:login.example agent/lon");
    return certificates;
  }

  HttpsGetTest() { Answer(HttpAnswer("200 OK")); }

  Target ToServer() const {
    return {.name = "sign-in",
            .kind = ProbeKind::kHttpsGet,
            .address = "127.0.0.1",
            .port = server_.port(),
            .server_name = "login.example",
            .interval = absl::Seconds(1),
            .timeout = absl::Seconds(2),
            .connect_timeout = absl::Seconds(2),
            .path = "/.well-known/openid-configuration?x=1"};
  }
  HttpsGet Probe() { return HttpsGet(running_.loop(), ToServer(), *context_, ""); }
  Measurement Measure(HttpsGet& probe) {
    const std::optional<Measurement> measured = running_.Measure(probe);
    EXPECT_TRUE(measured.has_value()) << "not now";
    return measured.value_or(Measurement{});
  }
  void Answer(const std::string& bytes) {
    server_.Do([bytes](const std::string&) { return bytes; });
  }
  // What comes of an answer, with a probe that knows nothing yet.
  Measurement Of(const std::string& bytes) {
    Answer(bytes);
    HttpsGet probe = Probe();
    return Measure(probe);
  }

  RunningLoop running_;
  TlsHub server_{Ours().Of("detector/web")};
  std::unique_ptr<TlsContext> context_ = TlsContextOf(Ours().Of("agent/lon"));
};

TEST_F(HttpsGetTest, AsksForThePathOfItsTargetAndTellsEachPhase) {
  HttpsGet probe = Probe();
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(measured.phase, Phase::kAnswer);
  EXPECT_EQ(measured.code, 200);
  EXPECT_EQ(measured.detail, "");
  EXPECT_TRUE(measured.round_trip.has_value());
  EXPECT_TRUE(measured.connect_time.has_value());
  EXPECT_TRUE(measured.tls_time.has_value());
  EXPECT_TRUE(measured.certificate_not_after.has_value());
  EXPECT_THAT(server_.server_names(), Each("login.example"));
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_THAT(server_.requests()[0],
              AllOf(StartsWith("GET /.well-known/openid-configuration?x=1 HTTP/1.1\r\n"),
                    HasSubstr(absl::StrCat("\r\nHost: login.example:", server_.port(), "\r\n")),
                    HasSubstr("\r\nConnection: close\r\n")));
}

TEST_F(HttpsGetTest, EachMeasurementHasAFreshConnectionAndLeavesNone) {
  HttpsGet probe = Probe();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_EQ(server_.handshakes(), 3);
  EXPECT_TRUE(running_.RunUntil([&] { return server_.open() == 0; }));
}

TEST_F(HttpsGetTest, TheStatusIsJudged) {
  EXPECT_EQ(Of(HttpAnswer("302 Found", "Location: /\r\n")).outcome, Outcome::kAnswered);
  const Measurement missing = Of(HttpAnswer("404 Not Found"));
  EXPECT_EQ(missing.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(missing.code, 404);
  EXPECT_EQ(missing.detail, "HTTP status 404");
  EXPECT_EQ(Of(HttpAnswer("500 Oops")).outcome, Outcome::kRejected);
  EXPECT_EQ(Of(HttpAnswer("503 Busy")).outcome, Outcome::kRejected);
}

TEST_F(HttpsGetTest, AServerThatAsksForPatienceGetsIt) {
  Answer(HttpAnswer("503 Busy", "Retry-After: 20\r\n"));
  HttpsGet probe = Probe();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kThrottled);
  EXPECT_FALSE(probe.Start([](const Measurement&) { ADD_FAILURE(); }));
}

TEST_F(HttpsGetTest, ABodyThatEndsWithTheConnectionIsWhole) {
  EXPECT_EQ(Of(absl::StrCat("HTTP/1.1 200 OK\r\n\r\nuntil the end", TlsHub::kClose)).outcome,
            Outcome::kAnswered);
}

TEST_F(HttpsGetTest, AnAnswerThatIsCutOffIsNone) {
  const Measurement cut =
      Of(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nabc", TlsHub::kClose));
  EXPECT_EQ(cut.outcome, Outcome::kRefused);
  EXPECT_EQ(cut.phase, Phase::kAnswer);
  EXPECT_THAT(cut.detail, HasSubstr("connection closed"));
}

TEST_F(HttpsGetTest, WhatIsNotHttpIsRejected) {
  const Measurement measured = Of("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(measured.outcome, Outcome::kRejected);
  EXPECT_EQ(measured.detail, "the target does not speak HTTP");
}

TEST_F(HttpsGetTest, OfABodyWithoutEndItReadsEnough) {
  EXPECT_EQ(Of("HTTP/1.1 200 OK\r\n\r\n" + std::string(400'000, 'x')).outcome, Outcome::kAnswered);
}

TEST_F(HttpsGetTest, SilenceIsATimeOutOfTheAnswer) {
  server_.Do([](const std::string&) { return std::string(); });
  Target target = ToServer();
  target.timeout = absl::Milliseconds(60);
  HttpsGet probe(running_.loop(), target, *context_, "");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kAnswer);
  EXPECT_TRUE(measured.tls_time.has_value());
  EXPECT_THAT(measured.detail, StartsWith("no HTTP answer in 0.0"));
  EXPECT_TRUE(running_.RunUntil([&] { return server_.open() == 0; })) << "it is not kept";
}

TEST_F(HttpsGetTest, ALateAnswerTimesOutAndTeachesPatienceSoTheNextIsSlow) {
  HttpsGet probe = Probe();
  ASSERT_EQ(Measure(probe).outcome, Outcome::kAnswered);  // from now on 0.3 s and two round trips
  const auto hold = [this] {
    auto released = std::make_shared<std::promise<void>>();
    server_.Do([future = released->get_future().share()](const std::string&) {
      future.wait();
      return HttpAnswer("200 OK");
    });
    return released;
  };
  const auto late = hold();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  running_.RunFor(absl::Milliseconds(100));
  late->set_value();
  ASSERT_TRUE(running_.RunUntil([&] { return server_.open() == 0; }));

  const auto slow = hold();
  std::optional<Measurement> measured;
  ASSERT_TRUE(probe.Start([&](Measurement how) { measured = std::move(how); }));
  running_.RunFor(absl::Milliseconds(420));
  slow->set_value();
  ASSERT_TRUE(running_.RunUntil([&] { return measured.has_value(); }));
  EXPECT_EQ(measured->outcome, Outcome::kAnswered) << measured->detail;
  EXPECT_GE(measured->round_trip, absl::Milliseconds(350));
}

TEST_F(HttpsGetTest, NobodyListeningIsARefusalAndAForeignCertificateOurConfiguration) {
  Target target = ToServer();
  target.server_name = "another.example";
  HttpsGet foreign(running_.loop(), target, *context_, "");
  const Measurement measured = Measure(foreign);
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);

  { target.port = TlsHub(Ours().Of("detector/web")).port(); }
  HttpsGet nobody(running_.loop(), target, *context_, "");
  const Measurement refused = Measure(nobody);
  EXPECT_EQ(refused.outcome, Outcome::kRefused);
  EXPECT_EQ(refused.phase, Phase::kConnect);
}

TEST_F(HttpsGetTest, DestroyedWithMeasurementsUnderWayItGivesNoResult) {
  server_.Do([](const std::string&) { return std::string(); });
  {
    HttpsGet probe = Probe();
    EXPECT_TRUE(probe.Start([](const Measurement&) { ADD_FAILURE(); }));
    EXPECT_TRUE(running_.RunUntil([&] { return !server_.requests().empty(); }));
  }
  running_.RunFor(absl::Milliseconds(20));
}

}  // namespace
}  // namespace dialtone::agents
