// Faults that last: a probe that fails hundreds of times holds no more than one that fails once.
#include <initializer_list>
#include <memory>

#include "gtest/gtest.h"

#include "agents/probes/dns_query.h"
#include "agents/probes/handshake.h"
#include "agents/probes/https_get.h"
#include "agents/probes/sip_options_udp.h"
#include "agents/probes/stun_binding.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/descriptors.h"
#include "tests/fakes/running_loop.h"
#include "tests/fakes/tls_context_of.h"
#include "tests/fakes/tls_hub.h"
#include "tests/fakes/udp_hub.h"

namespace dialtone::agents {
namespace {

class StormsTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates("detector/web=dns:login.example agent/lon");
    return certificates;
  }
  static Target To(int port) {
    return {.name = "target",
            .kind = ProbeKind::kHttpsGet,
            .address = "127.0.0.1",
            .port = port,
            .server_name = "login.example",
            .interval = absl::Seconds(1),
            .timeout = absl::Milliseconds(50),
            .connect_timeout = absl::Milliseconds(500),
            .path = "/",
            .query = "login.example"};
  }
  RunningLoop running_;
  std::unique_ptr<TlsContext> context_ = TlsContextOf(Ours().Of("agent/lon"));
};

TEST_F(StormsTest, HundredsOfRefusalsLeaveNoDescriptorOpen) {
  int port = 0;
  {
    port = UdpHub([](const std::string&) { return std::string(); }).port();
  }
  Handshake tcp(running_.loop(), To(port), nullptr, "");
  HttpsGet https(running_.loop(), To(port), *context_, "");
  SipOptionsUdp sip(running_.loop(), To(port), "");
  StunBinding stun(running_.loop(), To(port), "", nullptr);
  DnsQuery dns(running_.loop(), To(port), "");
  for (Probe* const probe : std::initializer_list<Probe*>{&tcp, &https, &sip, &stun, &dns}) {
    EXPECT_EQ(running_.Measure(*probe)->outcome, Outcome::kRefused);
    const size_t after_one = OpenDescriptors();
    for (int i = 0; i < 200; ++i) (void)running_.Measure(*probe);
    EXPECT_LE(OpenDescriptors(), after_one);
  }
}

TEST_F(StormsTest, ServersThatCloseOrStayMuteLeaveNoDescriptorOpen) {
  TlsHub server(Ours().Of("detector/web"));
  HttpsGet https(running_.loop(), To(server.port()), *context_, "");
  for (const std::string& manner : {std::string(TlsHub::kClose), std::string()}) {
    server.Do([manner](const std::string&) { return manner; });
    const size_t before = OpenDescriptors();
    for (int i = 0; i < 20; ++i) (void)running_.Measure(https);
    ASSERT_TRUE(running_.RunUntil([&] { return server.open() == 0; }));
    EXPECT_LE(OpenDescriptors(), before) << "\"" << manner << "\"";
  }
}

}  // namespace
}  // namespace dialtone::agents
