#include "router/config.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "router/kamailio/plan_file.h"
#include "router/render.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Changes = std::vector<std::pair<std::string, std::string>>;

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

// The example that we ship, read from a directory where its certificates and its inventory exist.
class ConfigTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates("router/vl1 router/vl2"); }
  static void TearDownTestSuite() { delete certificates_; }

  ConfigTest() {
    directory_.Write("inventory.csv",
                     ReadText(DIALTONE_SOURCE_DIR "/deploy/examples/inventory.csv"));
  }

  absl::StatusOr<RouterSettings> Read(const Changes& changes = {}) {
    std::string text = ReadText(DIALTONE_SOURCE_DIR "/deploy/examples/router.textproto");
    text = absl::StrReplaceAll(text, {{"/etc/dialtone/certificates", certificates_->directory()},
                                      {"/etc/dialtone/", ""},
                                      {"/var/lib/dialtone-router", "state"},
                                      {"/run/dialtone/", ""},
                                      {"/etc/kamailio/dialtone", "dialtone"}});
    for (const auto& [from, to] : changes) {
      EXPECT_THAT(text, HasSubstr(from));
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    return ReadConfig(directory_.Write("router.textproto", text));
  }

  // The errors, without the directory, lines and columns.
  std::vector<std::string> Errors(const Changes& changes) {
    const absl::StatusOr<RouterSettings> settings = Read(changes);
    if (settings.ok()) return {};
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    std::vector<std::string> errors;
    for (absl::string_view line : absl::StrSplit(settings.status().message(), '\n')) {
      const size_t at = line.find("error: ");
      errors.emplace_back(at == absl::string_view::npos ? line : line.substr(at + 7));
    }
    return errors;
  }

  static Certificates* certificates_;
  const TemporaryDirectory directory_;
};

Certificates* ConfigTest::certificates_ = nullptr;

TEST_F(ConfigTest, TheShippedExampleIsRight) {
  const absl::StatusOr<RouterSettings> settings = Read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc_address, "0.0.0.0:7444");
  EXPECT_EQ(settings->http_address, "127.0.0.1:9444");
  EXPECT_EQ(settings->state_directory, directory_.File("state"));
  EXPECT_EQ(settings->groups_per_10s, 0u);
  EXPECT_THAT(settings->inventory.entries(), SizeIs(::testing::Ge(3)));
  const Topology& topology = settings->topology;
  EXPECT_EQ(topology.voice_layer, "vl1");
  EXPECT_THAT(topology.hops, SizeIs(6));
  EXPECT_EQ(topology.hops[0].host, "sip.pstnhub.microsoft.com");
  EXPECT_EQ(topology.routes[0].ring_timeout, absl::Seconds(4));
  EXPECT_THAT(topology.groups, SizeIs(3));
  EXPECT_THAT(topology.groups[0].Routes(), ElementsAre("teams", "pbx"));
  EXPECT_THAT(topology.peers, SizeIs(4));
  EXPECT_EQ(topology.files.plan_file, directory_.File("state/plan.sqlite"));
  EXPECT_THAT(topology.emergency_tables[0].hops, ElementsAre("a1", "b1", "pbx1"));
}

TEST_F(ConfigTest, AnErrorHasItsPlaceInTheFile) {
  const absl::StatusOr<RouterSettings> settings =
      Read({{"home_route: \"teams\"", "home_route: \"mars\""}});
  EXPECT_THAT(settings.status().message(), HasSubstr("router.textproto:"));
  EXPECT_THAT(settings.status().message(),
              HasSubstr(": error: groups[0].home_route: given \"mars\", "
                        "expected the name of a route"));
}

// One change to the example, and the error that it makes first.
struct Mistake {
  const char* name;
  const char* from;
  const char* to;
  const char* error;
};

const Mistake kMistakes[] = {
    {"VoiceLayer", "voice_layer: \"vl1\"", "voice_layer: \"vl2\"",
     "grpc.tls.certificate_file: given a certificate of router/vl1, expected one of router/vl2"},
    {"GrpcAddress", "\"0.0.0.0:7444\"", "\"voice.example.net:7444\"", "grpc.address: "},
    {"HttpAddress", "\"127.0.0.1:9444\"", "\"9444\"", "http.address: "},
    {"NoSocket",
     "listen: \"udp:192.0.2.10:5060\"\n  listen: \"tcp:192.0.2.10:5060\"\n  listen: "
     "\"tls:192.0.2.10:5061\"",
     "", "kamailio.listen: given none"},
    {"Listen", "\"udp:192.0.2.10:5060\"", "\"sctp:192.0.2.10:5060\"", "kamailio.listen[0]: "},
    {"ListenPort", "\"udp:192.0.2.10:5060\"", "\"udp:192.0.2.10:0\"", "kamailio.listen[0]: "},
    {"Fqdn", "fqdn: \"sbc.example.com\"", "fqdn: \"sbc.example.com\\\"\"",
     "kamailio.fqdn: given \"sbc.example.com\"\", expected printable"},
    {"HopUri", "sip:192.0.2.20:5060;transport=udp", "sip:pbx.example.com:5060;transport=udp",
     "hops[3].uri: given \"sip:pbx.example.com:5060;transport=udp\""},
    {"HopTransport", "sip:192.0.2.20:5060;transport=udp", "sip:192.0.2.20:5060;transport=ws",
     "hops[3].uri: "},
    {"HopPort", "sip:192.0.2.20:5060;transport=udp", "sip:192.0.2.20;transport=udp",
     "hops[3].uri: "},
    {"HopHost", "host: \"sip2.pstnhub.microsoft.com\"", "host: \"sip2|evil\"", "hops[1].host: "},
    {"RouteHop", "hops: [\"t1\", \"t2\", \"t3\"]", "hops: [\"t1\", \"t2\", \"t9\"]",
     "routes[0].hops[2]: given \"t9\", expected the name of a hop"},
    {"RouteHopTwice", "hops: [\"t1\", \"t2\", \"t3\"]", "hops: [\"t1\", \"t2\", \"t1\"]",
     "routes[0].hops[2]: given \"t1\" again"},
    {"RingTimeout", "ring_timeout { seconds: 6 }", "ring_timeout { seconds: 90 }",
     "routes[1].ring_timeout: given 1m30s, expected 1 s to 60 s"},
    {"NoRingTimeout", "ring_timeout { seconds: 6 }", "", "routes[1].ring_timeout: given 0, "},
    {"GroupTwice", "name: \"par\"", "name: \"lon\"", "groups[1].name: given \"lon\" again"},
    {"GroupName", "name: \"lon\" home", "name: \"lon;drop\" home", "groups[0].name: "},
    {"BackupIsHome", "name: \"lon\" home_route: \"teams\" backup_routes: \"pbx\"",
     "name: \"lon\" home_route: \"teams\" backup_routes: [\"pbx\", \"teams\"]",
     "groups[0].backup_routes[1]: given \"teams\" again"},
    {"PeerKind", "kind: PEER_PBX", "", "peers[3].kind: given nothing"},
    {"PeerAddress", "addresses: \"192.0.2.20\"", "addresses: \"192.0.2.20/33\"",
     "peers[3].addresses[0]: given \"192.0.2.20/33\""},
    {"PeerAddressTwice", "addresses: \"203.0.113.1\"", "addresses: \"198.51.100.1\"",
     "peers[1].addresses: given \"198.51.100.1\" again"},
    {"PeerWithoutAny", "addresses: \"203.0.113.1\"", "",
     "peers[1].addresses: given none, and no certificate_name"},
    {"PeerRoute", "route: \"trunk-b\" emergency_table", "route: \"trunk-c\" emergency_table",
     "peers[1].route: given \"trunk-c\""},
    {"TeamsByAnotherRoute", "route: \"teams\" emergency_table", "route: \"pbx\" emergency_table",
     "peers[2].route: given \"pbx\", expected a route with is_teams for PEER_TEAMS"},
    {"PeerTable", "route: \"trunk-b\" emergency_table: \"gb\"",
     "route: \"trunk-b\" emergency_table: \"fr\"", "peers[1].emergency_table: given \"fr\""},
    {"CallerId", "[\"+44205555*\", \"+33155500*\", \"+12025550100\"]\n}\npeers",
     "\"44205555*\"\n}\npeers", "peers[2].caller_ids[0]: given \"44205555*\""},
    {"Probe", "probe_addresses: \"192.0.2.30\"", "probe_addresses: \"agent\"",
     "probe_addresses[0]: given \"agent\""},
    {"EmergencyNumber", "numbers: \"999\"", "numbers: \"+999\"",
     "emergency_tables[0].numbers[0]: given \"+999\""},
    {"EmergencyByTeams", "hops: [\"a1\", \"b1\", \"pbx1\"]",
     "hops: [\"a1\", \"b1\", \"pbx1\", \"t1\"]",
     "emergency_tables[0].hops: given \"t1\", expected no hop of a Teams route"},
    {"OutboundByTeams", "outbound { hops: [\"a1\", \"b1\"]", "outbound { hops: [\"a1\", \"t1\"]",
     "outbound.hops: given \"t1\", expected no hop of a Teams route"},
    {"OutboundPrefix", "allowed_prefixes: [\"+44\"", "allowed_prefixes: [\"+\"",
     "outbound.allowed_prefixes[0]: given \"+\""},
    {"Inventory", "inventory_file: \"inventory.csv\"", "inventory_file: \"nowhere.csv\"",
     "inventory_file: "},
};

class MistakeTest : public ConfigTest, public ::testing::WithParamInterface<Mistake> {};

TEST_P(MistakeTest, IsNamedFirst) {
  const std::vector<std::string> errors = Errors({{GetParam().from, GetParam().to}});
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors[0], HasSubstr(GetParam().error));
  // The inventory may have more to say about groups that are gone.
  for (size_t i = 1; i < errors.size(); ++i) EXPECT_THAT(errors[i], HasSubstr("group: given"));
}

INSTANTIATE_TEST_SUITE_P(Example, MistakeTest, ::testing::ValuesIn(kMistakes),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(ConfigTest, AnEmergencyCallHasTwoTrunksBesidesItsSource) {
  // carrier-a's own trunk does not count for carrier-a, nor carrier-b's for carrier-b.
  EXPECT_THAT(
      Errors({{"hops: [\"a1\", \"b1\", \"pbx1\"]", "hops: [\"a1\", \"b1\"]"}}),
      ElementsAre(HasSubstr("emergency_tables[0].hops: given 1 for a call from peer carrier-a"),
                  HasSubstr("given 1 for a call from peer carrier-b")));
}

TEST_F(ConfigTest, TwoTrunksAtOneMachineAreOne) {
  EXPECT_THAT(Errors({{"sip:203.0.113.1:5060;transport=udp", "sip:198.51.100.1:5061;transport=tcp"},
                      {"hops: [\"a1\", \"b1\", \"pbx1\"]", "hops: [\"a1\", \"b1\"]"}}),
              ::testing::Contains(HasSubstr("emergency_tables[0].hops: given 1 for any call")));
}

TEST_F(ConfigTest, ErrorsOfTheInventoryAreShownBesideThoseOfTheConfiguration) {
  directory_.Write("inventory.csv", "number,group\n442055550100,lon\n+12025550100,rome\n");
  EXPECT_THAT(Errors({{"kind: PEER_PBX", ""}}),
              ElementsAre(HasSubstr("peers[3].kind"), HasSubstr("expected a plus and the country"),
                          HasSubstr("group: given \"rome\"")));
}

TEST_F(ConfigTest, PlaintextIsForLoopbackOnly) {
  const std::string tls = ReadText(DIALTONE_SOURCE_DIR "/deploy/examples/router.textproto");
  const size_t begin = tls.find("  tls {");
  std::string block = tls.substr(begin, tls.find("  }\n", begin) + 4 - begin);
  block = absl::StrReplaceAll(block, {{"/etc/dialtone/certificates", certificates_->directory()}});
  EXPECT_THAT(Errors({{block, "  insecure_loopback: true\n"}}),
              ElementsAre(HasSubstr("grpc.address: given \"0.0.0.0:7444\"")));
  EXPECT_TRUE(
      Read({{block, "  insecure_loopback: true\n"}, {"0.0.0.0:7444", "127.0.0.1:7444"}}).ok());
}

TEST_F(ConfigTest, RenderWritesWhatKamailioStartsFrom) {
  const absl::StatusOr<RouterSettings> settings = Read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_TRUE(Render(*settings, absl::UnixEpoch()).ok());
  EXPECT_THAT(ReadText(directory_.File("dialtone-site.cfg")), HasSubstr("route[SITE_EMERGENCY] {"));
  EXPECT_THAT(ReadText(directory_.File("dialtone-addresses.txt")),
              HasSubstr("1 192.0.2.20 32 0 pbx\n"));
  EXPECT_FALSE(std::filesystem::exists(directory_.File("dialtone-site.cfg.new")));
  const auto plan_file = PlanFile::Open(settings->topology.files.plan_file, absl::UnixEpoch());
  EXPECT_THAT(*(*plan_file)->ReadPlans(), SizeIs(3));
}

TEST_F(ConfigTest, RenderKeepsAFlipThatIsInForce) {
  const absl::StatusOr<RouterSettings> settings = Read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_TRUE(Render(*settings, absl::UnixEpoch()).ok());
  const Plan away = *ParsePlan("-|100:pbx,teams");
  {
    auto plan_file = *PlanFile::Open(settings->topology.files.plan_file, absl::UnixEpoch());
    ASSERT_TRUE(plan_file->WritePlans({{"lon", away}}).ok());
  }
  ASSERT_TRUE(Render(*settings, absl::UnixEpoch()).ok());
  const auto plan_file = *PlanFile::Open(settings->topology.files.plan_file, absl::UnixEpoch());
  EXPECT_EQ(plan_file->ReadPlans()->at(0), (PlanReading{"lon", away}));
  EXPECT_THAT(*plan_file->ReadPlans(), SizeIs(3));
}

TEST_F(ConfigTest, AFileThatCannotBeReplacedIsNamed) {
  EXPECT_THAT(ReplaceFile(directory_.path(), "text").message(), HasSubstr(directory_.path()));
}

}  // namespace
}  // namespace dialtone::router
