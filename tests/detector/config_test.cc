#include "detector/config.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

using Changes = std::vector<std::pair<const char*, const char*>>;

// The example that we ship, read from a directory where its certificates and its policy exist.
class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    for (const char* file : {"detector-main.pem", "detector-main.key", "ca.pem"}) {
      directory_.Write(file, "-");
    }
    directory_.Write("policy.textproto",
                     ReadText(DIALTONE_SOURCE_DIR "/deploy/policy/default.textproto"));
  }

  // Its text with every change applied.
  absl::StatusOr<DetectorSettings> Read(const Changes& changes = {}) {
    std::string text = ReadText(DIALTONE_SOURCE_DIR "/deploy/examples/detector.textproto");
    text = absl::StrReplaceAll(text, {{"/etc/dialtone/certificates/", ""},
                                      {"/etc/dialtone/", ""},
                                      {"/var/lib/dialtone-detector", "state"}});
    for (const auto& [from, to] : changes) {
      EXPECT_THAT(text, HasSubstr(from));
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    return ReadConfig(directory_.Write("detector.textproto", text));
  }

  // The errors, without the directory.
  std::vector<std::string> Errors(const Changes& changes) {
    const absl::StatusOr<DetectorSettings> settings = Read(changes);
    if (settings.ok()) return {};
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    return absl::StrSplit(
        absl::StrReplaceAll(settings.status().message(), {{directory_.path() + "/", ""}}), '\n');
  }

  const TemporaryDirectory directory_;
};

TEST_F(ConfigTest, TheShippedExampleIsRight) {
  const absl::StatusOr<DetectorSettings> settings = Read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc_address, "0.0.0.0:7443");
  EXPECT_EQ(settings->grpc_identity->authority_file, directory_.path() + "/ca.pem");
  EXPECT_EQ(settings->http_address, "127.0.0.1:9443");
  EXPECT_EQ(settings->state_directory, directory_.path() + "/state");
  ASSERT_THAT(settings->routers, SizeIs(1));
  EXPECT_EQ(settings->routers[0].address, "voice.example.net:7444");
  EXPECT_EQ(settings->routers[0].identity, "router/vl1");
  EXPECT_FALSE(settings->policy.may_act);

  const Fleet& fleet = settings->fleet;
  EXPECT_THAT(fleet.sites, SizeIs(4));
  EXPECT_TRUE(fleet.sites[3].is_vantage);
  EXPECT_EQ(fleet.voice_layers[0].vantage, 3);
  EXPECT_THAT(fleet.groups, SizeIs(3));
  EXPECT_EQ(fleet.groups[2].site, 2);
  EXPECT_TRUE(fleet.groups[2].backup_avoids_uplink);
}

TEST_F(ConfigTest, GivesEveryTargetItsSitesAndInterval) {
  const absl::StatusOr<DetectorSettings> settings = Read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  for (const Target& target : settings->fleet.targets) {
    if (target.name == "hub1") {
      EXPECT_THAT(target.sites, ElementsAre(0, 1, 2, 3));
      EXPECT_EQ(target.interval, absl::Seconds(15)) << "the policy's, towards Microsoft";
      EXPECT_EQ(target.hop, "t1");
    }
    if (target.name == "pbx") {
      EXPECT_THAT(target.sites, ElementsAre(3));
      EXPECT_EQ(target.interval, absl::Seconds(1)) << "the policy's, towards our own";
    }
    if (target.name == "par-uplink") {
      EXPECT_THAT(target.sites, ElementsAre(0, 2, 3)) << "never from the site itself";
      EXPECT_EQ(target.of_site, 1);
    }
  }
}

TEST_F(ConfigTest, AVantageWhereUsersSitIsABranchLikeAnyOther) {
  const absl::StatusOr<DetectorSettings> settings =
      Read({{R"(name: "lon" site: "lon")", R"(name: "lon" site: "hall")"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_FALSE(settings->fleet.sites[3].is_vantage);
}

// What the example says of internet1 after its name.
constexpr char kInternet1[] = R"(role: INTERNET_WITNESS kind: ICMP_ECHO address: "198.51.100.1")";

TEST_F(ConfigTest, TakesTargetsOfMediaSignInAndNames) {
  const absl::StatusOr<DetectorSettings> settings =
      Read({{kInternet1,
             R"(role: TEAMS_MEDIA_RELAY kind: STUN_BINDING address: "198.51.100.1" port: 3478 }
                       targets { name: "login" role: SIGN_IN kind: HTTPS_GET
                                 address: "198.51.100.2" port: 443 server_name: "login.example"
                                 path: "/common?v=2" found_by_name: true }
                       targets { name: "front" role: SIGN_IN kind: HTTPS_GET
                                 address: "198.51.100.2" port: 443 server_name: "login.example" }
                       targets { name: "edge" role: SIGN_IN kind: TLS_CONNECT
                                 address: "2001:db8::2" port: 443 server_name: "login.example" }
                       targets { name: "names" role: DNS_RESOLVER kind: DNS_QUERY
                                 address: "198.51.100.53" port: 53 query: "login.example")"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  const std::vector<Target>& targets = settings->fleet.targets;
  EXPECT_EQ(targets[4].kind, ProbeKind::kStunBinding);
  EXPECT_EQ(targets[4].interval, absl::Seconds(15)) << "the policy's, towards Microsoft";
  EXPECT_EQ(targets[5].path, "/common?v=2");
  EXPECT_TRUE(targets[5].found_by_name);
  EXPECT_EQ(targets[6].path, "/") << "the server's own when none is given";
  EXPECT_EQ(targets[7].kind, ProbeKind::kTlsConnect);
  EXPECT_EQ(targets[8].query, "login.example");
  EXPECT_EQ(targets[8].interval, absl::Seconds(1));
}

TEST_F(ConfigTest, NamesEachMistakeWithItsPlace) {
  struct Case {
    Changes changes;
    std::vector<const char*> says;
  };
  const std::vector<Case> cases = {
      {{{"0.0.0.0:7443", "0.0.0.0"}}, {"grpc.address", "0.0.0.0"}},
      {{{"127.0.0.1:9443", "localhost:9443"}}, {"http.address", "localhost:9443"}},
      {{{R"(state_directory: "state")", ""}}, {"state_directory"}},
      {{{"policy.textproto", "other.textproto"}}, {"policy_file", "other.textproto"}},
      {{{"name: \"par\" region", "name: \"lon\" region"}}, {"sites[1].name", "sites[0] has it"}},
      {{{"name: \"par\" region", "name: \"Paris\" region"}}, {"sites[1].name", "Paris"}},
      {{{R"(isp: "isp-b")", ""}}, {"sites[2].isp"}},
      {{{R"(vantage_site: "hall")", R"(vantage_site: "cellar")"}},
       {"voice_layers[0].vantage_site", "cellar", "one of the names of sites"}},
      {{{R"(vantage_site: "hall")", R"(vantage_site: "lon")"}},
       {"voice_layers[0].vantage_site", "BACKUP_HOP"}},
      {{{"voice.example.net:7444", "voice"}}, {"voice_layers[0].router.address", "HOST:PORT"}},
      {{{"router/vl1", "agent/vl1"}}, {"voice_layers[0].router.identity", "router/NAME"}},
      {{{"52.114.148.0", "sip.pstnhub.microsoft.com"}}, {"targets[0].address", "IPv4 or IPv6"}},
      {{{"address: \"52.114.148.0\"\n  port: 5061", "address: \"52.114.148.0\"\n"}},
       {"targets[0].port", "1 to 65535"}},
      {{{R"(server_name: "sip.pstnhub.microsoft.com")", ""}}, {"targets[0].server_name"}},
      {{{R"(server_name: "sip.pstnhub.microsoft.com")", R"(server_name: "no host")"}},
       {"targets[0].server_name", "no host"}},
      {{{R"(next_hop: "t1")", ""}}, {"targets[0].next_hop"}},
      {{{kInternet1, R"(role: DNS_RESOLVER kind: DNS_QUERY address: "198.51.100.1" port: 53)"}},
       {"targets[4].query", "the name to ask for"}},
      {{{kInternet1, R"(role: DNS_RESOLVER kind: ICMP_ECHO address: "198.51.100.1")"}},
       {"targets[4].kind", "DNS_QUERY, because role is DNS_RESOLVER"}},
      {{{kInternet1, R"(role: TEAMS_MEDIA_RELAY kind: ICMP_ECHO address: "198.51.100.1")"}},
       {"targets[4].kind", "STUN_BINDING, because role is TEAMS_MEDIA_RELAY"}},
      {{{kInternet1, R"(role: SIGN_IN kind: TCP_CONNECT address: "198.51.100.1" port: 443)"}},
       {"targets[4].kind", "HTTPS_GET or TLS_CONNECT, because role is SIGN_IN"}},
      {{{kInternet1, R"(role: SIGN_IN kind: HTTPS_GET address: "198.51.100.1" port: 443)"}},
       {"targets[4].server_name", "the name that the server's certificate must carry"}},
      {{{kInternet1, R"(role: SIGN_IN kind: HTTPS_GET address: "198.51.100.1" port: 443
                        server_name: "login.example" path: "metadata")"}},
       {"targets[4].path", "metadata", "the first a \"/\""}},
      {{{kInternet1, R"(role: SIGN_IN kind: HTTPS_GET address: "198.51.100.1" port: 443
                        server_name: "login.example" path: "/a\r\nX-Evil: 1")"}},
       {"targets[4].path", "visible characters"}},
      {{{kInternet1, R"(role: SIGN_IN kind: TLS_CONNECT address: "198.51.100.1" port: 443
                        server_name: "login.example" path: "/")"}},
       {"targets[4].path", "nothing, unless kind is HTTPS_GET"}},
      {{{kInternet1, R"(role: INTERNET_WITNESS kind: ICMP_ECHO address: "198.51.100.1"
                        tls_profile: "sbc" query: "a.example")"}},
       {"targets[4].query", "nothing, unless kind is DNS_QUERY"}},
      {{{R"(name: "internet1" role: INTERNET_WITNESS)", R"(name: "internet1")"}},
       {"targets[4].role"}},
      {{{R"(kind: ICMP_ECHO address: "198.51.100.1")",
         R"(kind: ICMP_ECHO address: "198.51.100.1" port: 7)"}},
       {"targets[4].port", "ICMP has no ports"}},
      {{{R"(kind: ICMP_ECHO address: "198.51.100.1")",
         R"(kind: ICMP_ECHO address: "198.51.100.1" interval { nanos: 1000000 })"}},
       {"targets[4].interval", "1ms", "100ms to 1h"}},
      {{{R"(of_site: "lon")", ""}}, {"targets[6].of_site", "whose uplink"}},
      {{{R"(of_site: "lon")", R"(of_site: "lon" sites: "lon")"}},
       {"targets[6].sites[0]", "other sites"}},
      {{{R"(sites: "hall")", R"(sites: "hall" sites: "hall")"}}, {"targets[3].sites[1]", "once"}},
      {{{R"(site: "par" voice_layer)", R"(site: "rom" voice_layer)"}}, {"groups[1].site", "rom"}},
      {{{R"(site: "par" voice_layer: "vl1")", R"(site: "par" voice_layer: "vl9")"}},
       {"groups[1].voice_layer", "vl9", "one of the names of voice_layers"}},
  };
  for (const Case& one : cases) {
    const std::vector<std::string> errors = Errors(one.changes);
    for (const char* words : one.says) {
      EXPECT_THAT(errors, ::testing::Contains(AllOf(HasSubstr("detector.textproto:"),
                                                    HasSubstr(one.says[0]), HasSubstr(words))))
          << one.changes[0].second;
    }
  }
}

TEST_F(ConfigTest, ShowsTheErrorsOfBothFilesAtOnce) {
  directory_.Write("policy.textproto",
                   "mode: MODE_AUTO cap { percent: 200 first_wave_percent: 5 }");
  const std::vector<std::string> errors = Errors({{"0.0.0.0:7443", "0.0.0.0"}});
  EXPECT_THAT(errors,
              ElementsAre(AllOf(HasSubstr("detector.textproto:7:"), HasSubstr("grpc.address")),
                          AllOf(HasSubstr("policy.textproto:1:"), HasSubstr("cap.percent"))));
}

TEST_F(ConfigTest, PlaintextIsForLoopbackOnly) {
  const Changes plaintext = {
      {"  tls {\n    certificate_file: \"detector-main.pem\"\n"
       "    private_key_file: \"detector-main.key\"\n"
       "    authority_file: \"ca.pem\"\n  }\n",
       "  insecure_loopback: true\n"}};
  EXPECT_THAT(Errors(plaintext),
              ElementsAre(AllOf(HasSubstr("grpc.address"), HasSubstr("insecure_loopback"))));
  Changes on_loopback = plaintext;
  on_loopback.push_back({"0.0.0.0:7443", "127.0.0.1:7443"});
  const absl::StatusOr<DetectorSettings> settings = Read(on_loopback);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc_identity, std::nullopt);
}

TEST_F(ConfigTest, RecordsNothingUnlessToldTo) { EXPECT_FALSE(Read()->recording.has_value()); }

TEST_F(ConfigTest, ARecordingHasADirectoryAndLimits) {
  const Changes on = {{"policy_file:", "recording { directory: \"tapes\" } policy_file:"}};
  const absl::StatusOr<DetectorSettings> shipped = Read(on);
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  EXPECT_EQ(shipped->recording->directory, directory_.File("tapes"));
  EXPECT_EQ(shipped->recording->bytes_per_file, 64 << 20);
  EXPECT_EQ(shipped->recording->files, 8);
  const absl::StatusOr<DetectorSettings> small =
      Read({{"policy_file:",
             "recording { directory: \"/tapes\" mebibytes_per_file: 1 files: 2 } policy_file:"}});
  EXPECT_EQ(small->recording->directory, "/tapes");
  EXPECT_EQ(small->recording->bytes_per_file, 1 << 20);
  EXPECT_EQ(small->recording->files, 2);
  EXPECT_THAT(Errors({{"policy_file:", "recording { files: 1001 } policy_file:"}}), SizeIs(2));
}

TEST_F(ConfigTest, TheTextsOfBothFilesAreKeptAndReadAlike) {
  const absl::StatusOr<DetectorSettings> settings = Read();
  ASSERT_TRUE(settings.ok());
  const absl::StatusOr<FleetAndPolicy> again =
      ReadRecordedSettings("tape", settings->config_text, settings->policy_text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->fleet.targets.size(), settings->fleet.targets.size());
  EXPECT_EQ(again->fleet.targets[0].interval, settings->fleet.targets[0].interval);
  EXPECT_EQ(again->policy.may_act, settings->policy.may_act);
  EXPECT_THAT(std::string(ReadRecordedSettings("tape", "", "mood: 1").status().message()),
              HasSubstr("tape (policy):1:1"));
}

}  // namespace
}  // namespace dialtone::detector
