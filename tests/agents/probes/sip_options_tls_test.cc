#include "agents/probes/sip_options_tls.h"

#include <fstream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/certificates.h"
#include "tests/fakes/running_loop.h"
#include "tests/fakes/sip_answer.h"
#include "tests/fakes/tls_context_of.h"
#include "tests/fakes/tls_hub.h"

namespace dialtone::agents {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

class SipOptionsTlsTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates("detector/hub=dns:hub1.example agent/lon");
    return certificates;
  }
  static const Certificates& Strangers() {
    static const Certificates certificates("detector/hub=dns:hub1.example agent/lon");
    return certificates;
  }

  SipOptionsTls Probe(absl::Duration fresh = absl::Hours(1),
                      const Certificates& certificates = Ours(),
                      const std::string& server_name = "hub1.example", int port = 0) {
    context_ = TlsContextOf(certificates.Of("agent/lon"));
    return SipOptionsTls(running_.loop(),
                         Target{.name = "hub1",
                                .kind = ProbeKind::kSipOptionsTls,
                                .address = "127.0.0.1",
                                .port = port == 0 ? hub_.port() : port,
                                .server_name = server_name,
                                .interval = absl::Seconds(1),
                                .timeout = absl::Seconds(2),
                                .connect_timeout = handshake_timeout_,
                                .fresh_handshake_interval = fresh},
                         *context_, "");
  }
  Measurement Measure(SipOptionsTls& probe) {
    const std::optional<Measurement> measured = running_.Measure(probe);
    EXPECT_TRUE(measured.has_value()) << "not now";
    return measured.value_or(Measurement{});
  }
  void Answer(const std::string& status, const std::string& headers = "") {
    hub_.Do([=](const std::string& request) { return SipAnswer(request, status, headers); });
  }

  RunningLoop running_;
  absl::Duration handshake_timeout_ = absl::Seconds(2);
  TlsHub hub_{Ours().Of("detector/hub")};
  std::unique_ptr<TlsContext> context_;
};

TEST_F(SipOptionsTlsTest, ShowsItsCertificateItsNameAndTheServersName) {
  SipOptionsTls probe = Probe();
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(measured.code, 200);
  EXPECT_TRUE(measured.round_trip.has_value());
  EXPECT_TRUE(measured.tls_time.has_value());
  EXPECT_TRUE(measured.certificate_not_after.has_value());
  EXPECT_THAT(hub_.server_names(), Each("hub1.example"));
  EXPECT_THAT(hub_.clients(), Each(HasSubstr("lon")));
  ASSERT_EQ(hub_.requests().size(), 1U);
  EXPECT_THAT(hub_.requests()[0],
              AllOf(HasSubstr("OPTIONS sip:"), HasSubstr("Contact: <sip:sbc-lon.example"),
                    HasSubstr("From: <sip:sbc-lon.example")));
}

TEST_F(SipOptionsTlsTest, AsksAgainOverTheWarmConnection) {
  SipOptionsTls probe = Probe();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_EQ(hub_.requests().size(), 5U);
  EXPECT_EQ(hub_.handshakes(), 1);
}

TEST_F(SipOptionsTlsTest, ShakesHandsAnewWhenThatIsDueAndKeepsTheWarmConnection) {
  SipOptionsTls probe = Probe(/*fresh=*/absl::ZeroDuration() + absl::Milliseconds(1));
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  running_.RunFor(absl::Milliseconds(5));
  const Measurement fresh = Measure(probe);
  EXPECT_EQ(fresh.outcome, Outcome::kAnswered) << fresh.detail;
  EXPECT_TRUE(fresh.tls_time.has_value());
  EXPECT_GE(hub_.handshakes(), 2);
  EXPECT_TRUE(running_.RunUntil([&] { return hub_.open() == 1; }));
}

TEST_F(SipOptionsTlsTest, AsksOnceMoreWhenTheHubClosesTheWarmConnection) {
  SipOptionsTls probe = Probe();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  int asked = 0;
  hub_.Do([&asked](const std::string& request) {
    return asked++ == 0 ? std::string(TlsHub::kClose) : SipAnswer(request, "200 OK");
  });
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(hub_.handshakes(), 2);
}

TEST_F(SipOptionsTlsTest, SilenceIsATimeOutSoonAfterTheRoundTripIsLearned) {
  SipOptionsTls probe = Probe();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  hub_.Do([](const std::string&) { return std::string(); });
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kAnswer);
  EXPECT_THAT(measured.detail, HasSubstr("no SIP answer in 0."));
}

TEST_F(SipOptionsTlsTest, TellsRejectionThrottlingAndOurOwnFaultApart) {
  SipOptionsTls probe = Probe();
  Answer("500 Server Internal Error");
  EXPECT_EQ(Measure(probe).outcome, Outcome::kRejected);
  Answer("503 Service Unavailable");
  EXPECT_EQ(Measure(probe).outcome, Outcome::kRejected);
  Answer("403 Forbidden");
  const Measurement forbidden = Measure(probe);
  EXPECT_EQ(forbidden.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(forbidden.code, 403);
  Answer("503 Service Unavailable", "Retry-After: 30\r\n");
  EXPECT_EQ(Measure(probe).outcome, Outcome::kThrottled);
  EXPECT_FALSE(running_.Measure(probe).has_value()) << "it was asked for patience";
}

TEST_F(SipOptionsTlsTest, AServerWithAnotherNameIsOurConfiguration) {
  SipOptionsTls probe = Probe(absl::Hours(1), Ours(), "another.example");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration) << measured.detail;
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
}

TEST_F(SipOptionsTlsTest, AServerOfAnotherAuthorityIsOurConfiguration) {
  SipOptionsTls probe = Probe(absl::Hours(1), Strangers());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration) << measured.detail;
}

TEST_F(SipOptionsTlsTest, AServerThatShakesNoHandsTimesOutInThatPhase) {
  hub_.ShakeNoHands();
  handshake_timeout_ = absl::Milliseconds(100);
  SipOptionsTls probe = Probe();
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
}

TEST_F(SipOptionsTlsTest, AHubThatRefusesOurCertificateIsOurConfiguration) {
  // It takes our name and shows a certificate that we trust, but trusts only strangers itself.
  TlsIdentity files = Ours().Of("detector/hub");
  files.authority_file = Strangers().Of("detector/hub").authority_file;
  const TlsHub strict(files);
  SipOptionsTls probe = Probe(absl::Hours(1), Ours(), "hub1.example", strict.port());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration) << measured.detail;
  EXPECT_THAT(measured.detail, HasSubstr("does not accept our certificate"));
  EXPECT_FALSE(running_.Measure(probe).has_value()) << "each attempt costs a signature";
}

TEST_F(SipOptionsTlsTest, AHubThatClosesBeforeItsFirstAnswerFailedInTls) {
  hub_.Do([](const std::string&) { return std::string(TlsHub::kClose); });
  SipOptionsTls probe = Probe();
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTlsFailed) << measured.detail;
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
  EXPECT_TRUE(measured.tls_time.has_value());
}

TEST_F(SipOptionsTlsTest, NobodyListeningIsARefusal) {
  int port = 0;
  { port = TlsHub(Ours().Of("detector/hub")).port(); }
  SipOptionsTls probe = Probe(absl::Hours(1), Ours(), "hub1.example", port);
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kRefused) << measured.detail;
  EXPECT_EQ(measured.phase, Phase::kConnect);
}

TEST_F(SipOptionsTlsTest, LeavesAConnectionThatWasSilentTwice) {
  SipOptionsTls probe = Probe();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  hub_.Do([](const std::string&) { return std::string(); });
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  EXPECT_EQ(hub_.handshakes(), 1);
  Answer("200 OK");
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_EQ(hub_.handshakes(), 2);
}

TEST_F(SipOptionsTlsTest, TheHubsOwnOptionsAreAnsweredOnTheSameConnection) {
  SipOptionsTls probe = Probe();
  hub_.Do([](const std::string& message) {
    if (absl::StartsWith(message, "SIP/2.0")) return std::string();
    // The ping, in the same segment as the answer.
    return absl::StrReplaceAll(message, {{"z9hG4bK", "z9hG4bKping"}}) +
           SipAnswer(message, "200 OK");
  });
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_TRUE(running_.RunUntil([&] { return hub_.requests().size() == 2; }));
  EXPECT_THAT(hub_.requests()[1], AllOf(HasSubstr("SIP/2.0 200 OK"), HasSubstr("z9hG4bKping")));
}

TEST_F(SipOptionsTlsTest, AnAnswerMayComeByteByByteBetweenKeepAlives) {
  SipOptionsTls probe = Probe();
  hub_.DoByBytes(true);
  hub_.Do([](const std::string& request) {
    return "\r\n\r\n" + SipAnswer(request, "200 OK") + "\r\n";
  });
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
}

TEST_F(SipOptionsTlsTest, WhatIsNotSipIsNoHub) {
  SipOptionsTls probe = Probe();
  hub_.Do([](const std::string&) { return std::string("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kRejected);
  EXPECT_THAT(measured.detail, HasSubstr("does not speak SIP"));
}

TEST_F(SipOptionsTlsTest, ARenewedCertificateIsShownOverANewConnection) {
  Certificates renewed("detector/hub=dns:hub1.example agent/lon");
  TlsHub hub(renewed.Of("detector/hub"));
  SipOptionsTls probe = Probe(absl::Hours(1), renewed, "hub1.example", hub.port());
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  renewed.Make("agent/lon=dns:sbc-lon.example");
  context_->Refresh(running_.Now() + absl::Seconds(11));
  EXPECT_EQ(context_->generation(), 2);
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  EXPECT_EQ(hub.handshakes(), 2);
}

TEST_F(SipOptionsTlsTest, ABrokenCertificateFileIsNotTaken) {
  const Certificates ours("agent/lon");
  Probe(absl::Hours(1), ours);
  std::ofstream(ours.Of("agent/lon").certificate_file) << "half a certificate";
  context_->Refresh(running_.Now() + absl::Seconds(11));
  EXPECT_EQ(context_->generation(), 1);
}

TEST_F(SipOptionsTlsTest, DestroyedWithMeasurementsUnderWayItGivesNoResult) {
  hub_.Do([](const std::string&) { return std::string(); });
  bool called = false;
  {
    SipOptionsTls probe = Probe();
    EXPECT_TRUE(probe.Start([&](const Measurement&) { called = true; }));
    EXPECT_TRUE(running_.RunUntil([&] { return !hub_.requests().empty(); }));
  }
  running_.RunFor(absl::Milliseconds(20));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace dialtone::agents
