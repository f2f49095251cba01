// The probes of witnesses: TCP connect and ICMP echo, against this machine's own loopback.
#include <unistd.h>

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "agents/probes/icmp_echo.h"
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

  void Listen() { EXPECT_EQ(listen(fd_, 4), 0); }
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

}  // namespace
}  // namespace dialtone::agents
