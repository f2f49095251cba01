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

TEST(Plan, NoServerNameCanSmuggleAHeader) {
  Target target = TlsHub();
  target.server_name = "sip.example.net>\r\nX-Evil: 1";
  EXPECT_TRUE(RefusalOf(target, kProfiles).has_value());
}

}  // namespace
}  // namespace dialtone::agents
