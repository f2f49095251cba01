// The probes of witnesses: TCP connect and ICMP echo, against this machine's own loopback.
#include <sched.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "agents/probes/icmp_echo.h"
#include "agents/probes/sip_options_udp.h"
#include "agents/probes/tcp_connect.h"
#include "tests/fakes/running_loop.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::agents {
namespace {

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

TEST(TcpConnect, MeasuresTheHandshakeAndClosesAtOnce) {
  RunningLoop running;
  TcpPort port;
  port.Listen();
  TcpConnect probe(running.loop(), To(port.port()), "");
  for (int i = 0; i < 3; ++i) {
    const std::optional<Measurement> measured = running.Measure(probe);
    ASSERT_TRUE(measured.has_value());
    EXPECT_EQ(measured->outcome, Outcome::kAnswered) << measured->detail;
    EXPECT_TRUE(measured->round_trip.has_value());
  }
}

TEST(TcpConnect, AResetIsARefusal) {
  RunningLoop running;
  const TcpPort port;  // bound, and nobody listens
  TcpConnect probe(running.loop(), To(port.port()), "");
  const std::optional<Measurement> measured = running.Measure(probe);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->outcome, Outcome::kRefused) << measured->detail;
  EXPECT_EQ(measured->phase, Phase::kConnect);
}

TEST(IcmpEcho, MeasuresTheRoundTripOverBothFamilies) {
  RunningLoop running;
  for (const char* address : {"127.0.0.1", "::1"}) {
    const absl::StatusOr<std::unique_ptr<IcmpEcho>> probe =
        IcmpEcho::Make(running.loop(),
                       {.name = "ping",
                        .kind = ProbeKind::kIcmpEcho,
                        .address = address,
                        .interval = absl::Seconds(1),
                        .timeout = absl::Seconds(2)},
                       "");
    if (absl::IsPermissionDenied(probe.status())) GTEST_SKIP() << probe.status();
    ASSERT_TRUE(probe.ok()) << probe.status();
    for (int i = 0; i < 3; ++i) {
      const std::optional<Measurement> measured = running.Measure(**probe);
      ASSERT_TRUE(measured.has_value());
      EXPECT_EQ(measured->outcome, Outcome::kAnswered) << address << ": " << measured->detail;
      EXPECT_TRUE(measured->round_trip.has_value());
    }
  }
}

TEST(TcpConnect, APortThatTakesNobodyInTimesOutInTheHandshake) {
  RunningLoop running;
  TcpPort port;
  port.Listen(/*backlog=*/0);
  // Once its one place is taken, the kernel drops what asks for another.
  Target target = To(port.port());
  target.connect_timeout = absl::Milliseconds(100);
  TcpConnect first(running.loop(), target, "");
  ASSERT_EQ(running.Measure(first)->outcome, Outcome::kAnswered);
  TcpConnect second(running.loop(), target, "");
  const std::optional<Measurement> measured = running.Measure(second);
  EXPECT_EQ(measured->outcome, Outcome::kTimedOut) << measured->detail;
  EXPECT_EQ(measured->phase, Phase::kConnect);
}

// A machine whose uplink is gone: a network namespace without a way anywhere, left with its thread.
TEST(Witnesses, WithoutANetworkTheNetworkIsToBlame) {
  bool may = true;
  std::thread alone([&may] {
    if (unshare(CLONE_NEWNET) != 0) {
      may = false;
      return;
    }
    RunningLoop running;
    Target target = To(5060);
    target.address = "192.0.2.1";
    TcpConnect tcp(running.loop(), target, "");
    SipOptionsUdp udp(running.loop(), target, "");
    const absl::StatusOr<std::unique_ptr<IcmpEcho>> echo =
        IcmpEcho::Make(running.loop(), target, "");
    ASSERT_TRUE(echo.ok()) << echo.status();
    for (Probe* const probe : std::initializer_list<Probe*>{&tcp, &udp, echo->get()}) {
      const std::optional<Measurement> measured = running.Measure(*probe);
      ASSERT_TRUE(measured.has_value());
      EXPECT_EQ(measured->outcome, Outcome::kUnreachableNetwork) << measured->detail;
    }
  });
  alone.join();
  if (!may) GTEST_SKIP() << "may not make a network namespace";
}

TEST(Witnesses, AnUnknownSourceAddressIsNoEvidence) {
  RunningLoop running;
  TcpConnect probe(running.loop(), To(5060), /*source=*/"192.0.2.77");
  const std::optional<Measurement> measured = running.Measure(probe);
  EXPECT_EQ(measured->outcome, Outcome::kNotPossible);
  EXPECT_THAT(measured->detail, testing::HasSubstr("probe_source_address 192.0.2.77"));
}

}  // namespace
}  // namespace dialtone::agents
