// The probes of witnesses: TCP connect and ICMP echo, against this machine's own loopback.
#include <sched.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "agents/probes/dns_query.h"
#include "agents/probes/handshake.h"
#include "agents/probes/icmp_echo.h"
#include "agents/probes/sip_options_udp.h"
#include "agents/probes/stun_binding.h"
#include "tests/fakes/running_loop.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::agents {
namespace {

Target To(int port) {
  return {.name = "witness",
          .kind = ProbeKind::kTcpConnect,
          .address = "127.0.0.1",
          .port = port,
          .interval = absl::Seconds(1),
          .timeout = absl::Seconds(2),
          .connect_timeout = absl::Seconds(2)};
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
    Handshake tcp(running.loop(), target, nullptr, "");
    SipOptionsUdp udp(running.loop(), target, "");
    StunBinding stun(running.loop(), target, "", nullptr);
    target.query = "www.example.net";
    DnsQuery dns(running.loop(), target, "");
    const absl::StatusOr<std::unique_ptr<IcmpEcho>> echo =
        IcmpEcho::Make(running.loop(), target, "");
    ASSERT_TRUE(echo.ok()) << echo.status();
    for (Probe* const probe : std::initializer_list<Probe*>{&tcp, &udp, &stun, &dns, echo->get()}) {
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
  Handshake probe(running.loop(), To(5060), nullptr, /*source=*/"192.0.2.77");
  const std::optional<Measurement> measured = running.Measure(probe);
  EXPECT_EQ(measured->outcome, Outcome::kNotPossible);
  EXPECT_THAT(measured->detail, testing::HasSubstr("probe_source_address 192.0.2.77"));
}

}  // namespace
}  // namespace dialtone::agents
