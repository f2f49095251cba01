#include "agents/probes/handshake.h"

#include <unistd.h>

#include <future>
#include <memory>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/certificates.h"
#include "tests/fakes/running_loop.h"
#include "tests/fakes/tls_context_of.h"
#include "tests/fakes/tls_hub.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::agents {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A TCP port on loopback; with a full backlog when nobody may come in.
class TcpPort {
 public:
  TcpPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t length = sizeof(address);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~TcpPort() { close(fd_); }
  TcpPort(const TcpPort&) = delete;
  TcpPort& operator=(const TcpPort&) = delete;

  void Listen(int backlog = 4) { EXPECT_EQ(listen(fd_, backlog), 0); }
  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
};

Target To(int port) {
  return {.name = "witness",
          .kind = ProbeKind::kTcpConnect,
          .address = "127.0.0.1",
          .port = port,
          .interval = absl::Seconds(1),
          .timeout = absl::Seconds(2),
          .connect_timeout = absl::Seconds(2)};
}

TEST(Handshake, MeasuresTheHandshakeAndClosesAtOnce) {
  RunningLoop running;
  TcpPort port;
  port.Listen();
  Handshake probe(running.loop(), To(port.port()), nullptr, "");
  for (int i = 0; i < 3; ++i) {
    const std::optional<Measurement> measured = running.Measure(probe);
    ASSERT_TRUE(measured.has_value());
    EXPECT_EQ(measured->outcome, Outcome::kAnswered) << measured->detail;
    EXPECT_TRUE(measured->round_trip.has_value());
  }
}

TEST(Handshake, AResetIsARefusal) {
  RunningLoop running;
  const TcpPort port;  // bound, and nobody listens
  Handshake probe(running.loop(), To(port.port()), nullptr, "");
  const std::optional<Measurement> measured = running.Measure(probe);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->outcome, Outcome::kRefused) << measured->detail;
  EXPECT_EQ(measured->phase, Phase::kConnect);
}

TEST(Handshake, APortThatTakesNobodyInTimesOutInTheHandshake) {
  RunningLoop running;
  TcpPort port;
  port.Listen(/*backlog=*/0);
  // Once its one place is taken, the kernel drops what asks for another.
  Target target = To(port.port());
  target.connect_timeout = absl::Milliseconds(100);
  Handshake first(running.loop(), target, nullptr, "");
  ASSERT_EQ(running.Measure(first)->outcome, Outcome::kAnswered);
  Handshake second(running.loop(), target, nullptr, "");
  const std::optional<Measurement> measured = running.Measure(second);
  EXPECT_EQ(measured->outcome, Outcome::kTimedOut) << measured->detail;
  EXPECT_EQ(measured->phase, Phase::kConnect);
}

class TlsHandshakeTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates("detector/web=dns:login.example agent/lon");
    return certificates;
  }
  static const Certificates& Strangers() {
    static const Certificates certificates("detector/web=dns:login.example agent/lon");
    return certificates;
  }

  Handshake Probe(const std::string& server_name = "login.example") {
    Target target = To(server_.port());
    target.kind = ProbeKind::kTlsConnect;
    target.server_name = server_name;
    return Handshake(running_.loop(), target, context_.get(), "");
  }
  Measurement Measure(Handshake& probe) { return running_.Measure(probe).value_or(Measurement{}); }

  RunningLoop running_;
  TlsHub server_{Ours().Of("detector/web")};
  std::unique_ptr<TlsContext> context_ = TlsContextOf(Ours().Of("agent/lon"));
};

TEST_F(TlsHandshakeTest, MeasuresBothHandshakesAndClosesAtOnce) {
  Handshake probe = Probe();
  for (int i = 0; i < 3; ++i) {
    const Measurement measured = Measure(probe);
    EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
    EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
    EXPECT_EQ(measured.detail, "");
    EXPECT_TRUE(measured.connect_time.has_value());
    EXPECT_TRUE(measured.tls_time.has_value());
    EXPECT_EQ(measured.round_trip, measured.tls_time);
    EXPECT_TRUE(measured.certificate_not_after.has_value());
  }
  // The server's threads may still have to find out.
  EXPECT_TRUE(running_.RunUntil([&] { return server_.handshakes() == 3 && server_.open() == 0; }))
      << "no session is resumed, no connection stays";
}

TEST_F(TlsHandshakeTest, ACertificateThatWeDoNotAcceptIsOurConfiguration) {
  Handshake other_name = Probe("another.example");
  const Measurement measured = Measure(other_name);
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
  EXPECT_THAT(measured.detail, HasSubstr("certificate of the target not accepted"));

  context_ = TlsContextOf(Strangers().Of("agent/lon"));
  Handshake other_authority = Probe();
  EXPECT_EQ(Measure(other_authority).outcome, Outcome::kOwnConfiguration);
}

TEST_F(TlsHandshakeTest, AServerThatShakesNoHandsTimesOutInThatPhase) {
  server_.ShakeNoHands();
  Target target = To(server_.port());
  target.server_name = "login.example";
  target.connect_timeout = absl::Milliseconds(60);
  Handshake probe(running_.loop(), target, context_.get(), "");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kTlsHandshake);
  EXPECT_TRUE(measured.connect_time.has_value());
}

TEST_F(TlsHandshakeTest, ALateHandshakeTimesOutAndTeachesPatienceSoTheNextIsSlow) {
  Handshake probe = Probe();
  ASSERT_EQ(Measure(probe).outcome, Outcome::kAnswered);  // from now on 0.3 s and two round trips

  const auto hold = [this] {
    auto released = std::make_shared<std::promise<void>>();
    server_.ShakeHandsAfter([future = released->get_future().share()] { future.wait(); });
    return released;
  };
  const auto late = hold();
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  running_.RunFor(absl::Milliseconds(100));
  late->set_value();
  ASSERT_TRUE(running_.RunUntil([&] { return server_.handshakes() == 2 && server_.open() == 0; }));

  const auto slow = hold();
  std::optional<Measurement> measured;
  ASSERT_TRUE(probe.Start([&](Measurement how) { measured = std::move(how); }));
  running_.RunFor(absl::Milliseconds(420));
  slow->set_value();
  ASSERT_TRUE(running_.RunUntil([&] { return measured.has_value(); }));
  EXPECT_EQ(measured->outcome, Outcome::kAnswered) << measured->detail;
  EXPECT_GE(measured->tls_time, absl::Milliseconds(400));
}

TEST_F(TlsHandshakeTest, AsksForTheNameItVerifies) {
  Handshake probe = Probe();
  (void)Measure(probe);
  ASSERT_TRUE(running_.RunUntil([&] { return server_.handshakes() == 1; }));
  EXPECT_THAT(server_.server_names(), ElementsAre("login.example"));
}

}  // namespace
}  // namespace dialtone::agents
