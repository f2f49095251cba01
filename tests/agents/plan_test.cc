#include "agents/plan.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

using testing::HasSubstr;
using testing::Optional;

const std::set<std::string> kProfiles = {"default"};

Target TlsHub() {
  return {.name = "hub1",
          .kind = ProbeKind::kSipOptionsTls,
          .address = "192.0.2.1",
          .port = 5061,
          .server_name = "sip.example.net",
          .interval = absl::Seconds(1),
          .timeout = absl::Seconds(2),
          .connect_timeout = absl::Seconds(2)};
}

TEST(Plan, AcceptsWhatTheAgentCanProbe) {
  EXPECT_EQ(RefusalOf(TlsHub(), kProfiles), std::nullopt);

  Target echo = {.name = "gateway",
                 .kind = ProbeKind::kIcmpEcho,
                 .address = "2001:db8::1",
                 .interval = absl::Seconds(1),
                 .timeout = absl::Seconds(2)};
  EXPECT_EQ(RefusalOf(echo, {}), std::nullopt);
}

TEST(Plan, RefusalNamesWhatWasGivenAndWhatWasExpected) {
  Target target = TlsHub();
  target.address = "sip.example.net";
  EXPECT_THAT(RefusalOf(target, kProfiles),
              Optional(HasSubstr("address is \"sip.example.net\", expected an IPv4")));

  target = TlsHub();
  target.interval = absl::Milliseconds(99);
  EXPECT_THAT(RefusalOf(target, kProfiles),
              Optional(HasSubstr("interval is 99ms, expected 100 ms")));

  target = TlsHub();
  target.tls_profile = "sbc2";
  EXPECT_THAT(RefusalOf(target, kProfiles), Optional(HasSubstr("sbc2")));
}

TEST(Plan, RefusesWhatCouldNotBeProbed) {
  const auto refused = [](auto&& change) {
    Target target = TlsHub();
    change(target);
    return RefusalOf(target, kProfiles).has_value();
  };
  EXPECT_TRUE(refused([](Target& t) { t.kind = std::nullopt; }));
  EXPECT_TRUE(refused([](Target& t) { t.name = ""; }));
  EXPECT_TRUE(refused([](Target& t) { t.name = "Hub One"; }));
  EXPECT_TRUE(refused([](Target& t) { t.port = 0; }));
  EXPECT_TRUE(refused([](Target& t) { t.port = 65536; }));
  EXPECT_TRUE(refused([](Target& t) { t.server_name = ""; }));
  EXPECT_TRUE(refused([](Target& t) { t.phase = absl::Seconds(2); }));
  EXPECT_TRUE(refused([](Target& t) { t.timeout = absl::Seconds(6); }));
  EXPECT_TRUE(refused([](Target& t) { t.connect_timeout = absl::ZeroDuration(); }));
  EXPECT_TRUE(refused([](Target& t) { t.fresh_handshake_interval = absl::Seconds(-1); }));
}

Target Relay() {
  return {.name = "relay1",
          .kind = ProbeKind::kStunBinding,
          .address = "192.0.2.3",
          .port = 3478,
          .interval = absl::Seconds(15),
          .timeout = absl::Seconds(2)};
}

Target SignIn() {
  return {.name = "sign-in",
          .kind = ProbeKind::kHttpsGet,
          .address = "192.0.2.4",
          .port = 443,
          .server_name = "login.example.net",
          .interval = absl::Seconds(15),
          .timeout = absl::Seconds(2),
          .connect_timeout = absl::Seconds(2),
          .path = "/common/.well-known/openid-configuration?v=2"};
}

Target Resolver() {
  return {.name = "dns1",
          .kind = ProbeKind::kDnsQuery,
          .address = "192.0.2.53",
          .port = 53,
          .interval = absl::Seconds(1),
          .timeout = absl::Seconds(1),
          .query = "sip.example.net"};
}

TEST(Plan, MediaSignInAndNamesNeedWhatTheirProbesUse) {
  EXPECT_EQ(RefusalOf(Relay(), {}), std::nullopt);
  EXPECT_EQ(RefusalOf(SignIn(), kProfiles), std::nullopt);
  EXPECT_EQ(RefusalOf(Resolver(), {}), std::nullopt);

  Target relay = Relay();
  relay.port = 0;
  EXPECT_THAT(RefusalOf(relay, {}), Optional(HasSubstr("port is 0")));
  relay = Relay();
  relay.timeout = absl::ZeroDuration();
  EXPECT_THAT(RefusalOf(relay, {}), Optional(HasSubstr("timeout is 0")));

  EXPECT_THAT(RefusalOf(SignIn(), {}), Optional(HasSubstr("tls_profile is \"default\"")));
  Target sign_in = SignIn();
  sign_in.kind = ProbeKind::kTlsConnect;
  sign_in.timeout = absl::ZeroDuration();  // nothing is asked after the handshake
  EXPECT_EQ(RefusalOf(sign_in, kProfiles), std::nullopt);
  sign_in.server_name = "";
  EXPECT_THAT(RefusalOf(sign_in, kProfiles), Optional(HasSubstr("server_name is \"\"")));

  for (const char* const path : {"", "index.html", "/a b", "/a\r\nX-Evil: 1", "/\xc3\xa4"}) {
    sign_in = SignIn();
    sign_in.path = path;
    EXPECT_THAT(RefusalOf(sign_in, kProfiles), Optional(HasSubstr("path is \""))) << path;
  }
  sign_in.path = "/" + std::string(1000, 'x');
  EXPECT_TRUE(RefusalOf(sign_in, kProfiles).has_value());

  Target resolver = Resolver();
  resolver.query = "";
  EXPECT_THAT(RefusalOf(resolver, {}), Optional(HasSubstr("query is \"\"")));
}

TEST(Plan, PublicIsWhatRfc6890DoesNotName) {
  for (const char* const address : {"52.112.0.1", "8.8.8.8", "100.63.255.255", "100.128.0.0",
                                    "172.32.0.1", "223.255.255.255", "2603:1063::1"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
  for (const char* const address :
       {"10.77.1.2", "127.0.0.1", "100.64.0.1", "172.31.255.255", "192.168.1.1", "169.254.0.1",
        "192.0.2.1", "198.19.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "255.255.255.255",
        "::1", "fe80::1", "fd00::1", "2001:db8::1", "no address"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
}

TEST(Plan, NoServerNameCanSmuggleAHeader) {
  Target target = TlsHub();
  target.server_name = "sip.example.net>\r\nX-Evil: 1";
  EXPECT_TRUE(RefusalOf(target, kProfiles).has_value());
}

}  // namespace
}  // namespace dialtone::agents
