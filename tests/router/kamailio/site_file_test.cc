#include "router/kamailio/site_file.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Not;

// What deploy/kamailio/dialtone-site.example.cfg says.
Topology Example() {
  Topology topology;
  topology.hops = {{"t1", "sip:52.114.148.0:5061;transport=tls", "sip.pstnhub.microsoft.com"},
                   {"t2", "sip:52.114.132.46:5061;transport=tls", "sip2.pstnhub.microsoft.com"},
                   {"t3", "sip:52.114.75.24:5061;transport=tls", "sip3.pstnhub.microsoft.com"},
                   {"pbx1", "sip:192.0.2.20:5060;transport=udp", ""},
                   {"a1", "sip:198.51.100.1:5060;transport=udp", ""},
                   {"b1", "sip:203.0.113.1:5060;transport=udp", ""}};
  topology.routes = {{"teams", {"t1", "t2", "t3"}, absl::Seconds(4), true},
                     {"pbx", {"pbx1"}, absl::Seconds(6), false},
                     {"trunk-a", {"a1"}, absl::Seconds(20), false},
                     {"trunk-b", {"b1"}, absl::Seconds(20), false}};
  topology.groups = {{"lon", "teams", {"pbx"}}};
  topology.peers = {
      {"carrier-a", PeerKind::kCarrier, {"198.51.100.1"}, "", "trunk-a", 0, "gb", {}},
      {"carrier-b", PeerKind::kCarrier, {}, "sbc.partner.example", "trunk-b", 60, "gb", {}},
      {"teams",
       PeerKind::kTeams,
       {"52.112.0.0/14"},
       "sip.pstnhub.microsoft.com",
       "teams",
       0,
       "gb",
       {"+44205555*"}},
      {"pbx",
       PeerKind::kPbx,
       {"192.0.2.20", "2001:db8::20"},
       "",
       "pbx",
       0,
       "gb",
       {"+44205555*", "+12125550100"}}};
  topology.emergency_tables = {{"gb", {"999"}, {"9", "0"}, {"a1", "b1", "pbx1"}},
                               {"us", {"911"}, {"9"}, {"b1", "a1", "pbx1"}}};
  topology.outbound = {{"a1", "b1"}, {"+44", "+1"}};
  topology.probe_addresses = {"192.0.2.30"};
  topology.files = {
      .rpc_socket = "/run/dialtone/kamailio.sock",
      .plan_file = "/var/lib/dialtone/plan.sqlite",
      .site_file = "/etc/kamailio/dialtone-site.cfg",
      .address_file = "/etc/kamailio/dialtone-addresses.txt",
      .tls_file = "/etc/kamailio/tls.cfg",
      .fqdn = "sbc.example.com",
      .listen = {"udp:192.0.2.10:5060", "tcp:192.0.2.10:5060", "tls:192.0.2.10:5061"}};
  return topology;
}

// Without comments, indentation and empty lines.
std::vector<std::string> Statements(const std::string& text) {
  std::vector<std::string> statements;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!absl::StartsWith(line, "#!")) {
      line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    }
    if (!line.empty()) statements.emplace_back(line);
  }
  return statements;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(SiteFile, IsWhatTheShippedExampleShows) {
  const std::string example =
      ReadFile(DIALTONE_SOURCE_DIR "/deploy/kamailio/dialtone-site.example.cfg");
  std::vector<std::string> expected = Statements(example);
  // The example shows carrier-b's certificate without the certificate in its record.
  for (std::string& line : expected) {
    if (absl::StartsWith(line, "$sht(peer=>carrier-b)")) {
      line = R"($sht(peer=>carrier-b) = "carrier|trunk-b|sbc.partner.example|60|gb";)";
    }
  }
  EXPECT_THAT(Statements(RenderSiteFile(Example())), ElementsAreArray(expected));
}

TEST(SiteFile, WithoutTlsTheFirstSocketIsTheContact) {
  Topology topology = Example();
  topology.files.listen = {"udp:192.0.2.10:5060"};
  topology.files.tls_file = "";
  topology.files.fqdn = "";
  const std::string text = RenderSiteFile(topology);
  EXPECT_THAT(text, HasSubstr("#!define DIALTONE_CONTACT <sip:192.0.2.10:5060;transport=udp>\n"));
  EXPECT_THAT(text, Not(HasSubstr("TLS")));
  EXPECT_THAT(text, Not(HasSubstr("mhomed")));
}

TEST(SiteFile, SeveralAddressesOfAProtocolNeedTheKernelsChoice) {
  Topology topology = Example();
  topology.files.listen.push_back("udp:198.18.0.1:5060");
  EXPECT_THAT(RenderSiteFile(topology), HasSubstr("listen=udp:198.18.0.1:5060\nmhomed=yes\n"));
}

TEST(SiteFile, OneEmergencyTableNeedsNoQuestion) {
  Topology topology = Example();
  topology.emergency_tables.pop_back();
  const std::string text = RenderSiteFile(topology);
  EXPECT_THAT(text, HasSubstr("route[SITE_EMERGENCY] {\n    $var(numbers) = \"112|911|999\";\n"));
  EXPECT_THAT(text, Not(HasSubstr("if (")));
}

TEST(SiteFile, ThreeEmergencyTablesAreAskedInTurnAndTheFirstIsForAllOthers) {
  Topology topology = Example();
  topology.emergency_tables.push_back({"jp", {}, {}, {"a1", "b1"}});
  const std::string text = RenderSiteFile(topology);
  EXPECT_THAT(text, HasSubstr("    } else if ($avp(table) == \"jp\") {\n"
                              "        $var(numbers) = \"112|911\";\n"
                              "        $var(prefixes) = \"\";\n"
                              "        $var(sos) = \"112\";\n"));
  EXPECT_THAT(text, HasSubstr("    } else {\n        $var(numbers) = \"112|911|999\";\n"));
}

TEST(SiteFile, WithoutEmergencyTablesThereAreNoEmergencyNumbers) {
  Topology topology = Example();
  topology.emergency_tables.clear();
  EXPECT_THAT(RenderSiteFile(topology),
              HasSubstr("route[SITE_EMERGENCY] {\n    $var(numbers) = \"\";\n}\n"));
}

TEST(SiteFile, WithoutOutboundHopsNoCallGoesOut) {
  Topology topology = Example();
  topology.outbound = {};
  EXPECT_THAT(RenderSiteFile(topology), HasSubstr("$sht(site=>outbound) = \"\";"));
}

TEST(AddressFile, NamesThePeerOrProbeOfEachAddress) {
  EXPECT_THAT(Statements(RenderAddressFile(Example())),
              ElementsAreArray({"1 198.51.100.1 32 0 carrier-a", "1 52.112.0.0 14 0 teams",
                                "1 192.0.2.20 32 0 pbx", "1 [2001:db8::20] 128 0 pbx",
                                "2 192.0.2.30 32 0 probe"}));
}

TEST(SiteFile, TakesNoTextThatWouldEndAFieldOrGiveAnOrder) {
  EXPECT_TRUE(FitsSiteFile("sip.pstnhub.microsoft.com"));
  EXPECT_TRUE(FitsSiteFile("/etc/kamailio/tls.cfg"));
  EXPECT_TRUE(FitsSiteFile(""));
  for (const char* text :
       {"a b", "a\nb", "a,b", "a|b", "a\"b", "a\\b", "$sht(ctl=>boot)", "#!define", "\xC3\xA9"}) {
    EXPECT_FALSE(FitsSiteFile(text)) << text;
  }
}

}  // namespace
}  // namespace dialtone::router
