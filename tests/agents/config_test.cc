#include "agents/config.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/certificates.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::agents {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AgentConfigTest : public ::testing::Test {
 protected:
  static const Certificates& Ours() {
    static const Certificates certificates("agent/lon");
    return certificates;
  }
  static std::string Files(const std::string& identity) {
    const TlsIdentity files = Ours().Of(identity);
    return "{ certificate_file: \"" + files.certificate_file + "\" private_key_file: \"" +
           files.private_key_file + "\" authority_file: \"" + files.authority_file + "\" }";
  }
  absl::StatusOr<AgentSettings> Read(const std::string& text) {
    const std::string path = Ours().directory() + "/agent.textproto";
    std::ofstream(path) << text;
    return ReadConfig(path);
  }
};

TEST_F(AgentConfigTest, ReadsEverything) {
  const absl::StatusOr<AgentSettings> settings = Read(
      "detectors { address: \"detector.example:7443\" identity: \"detector/main\" }\n"
      "tls " +
      Files("agent/lon") + "\ntls_profiles { name: \"default\" fqdn: \"sbc.example\" tls " +
      Files("agent/lon") + " }\nhttp { address: \"127.0.0.1:9464\" }\nspool_results: 5000\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->detectors[0].identity, "detector/main");
  EXPECT_TRUE(settings->identity.has_value());
  EXPECT_EQ(settings->tls_profiles[0].fqdn, "sbc.example");
  EXPECT_EQ(settings->http_address, "127.0.0.1:9464");
  EXPECT_EQ(settings->spool_results, 5000U);
}

TEST_F(AgentConfigTest, NamesEveryMistakeWithItsPlace) {
  const absl::StatusOr<AgentSettings> settings = Read(
      "detectors { address: \"no port\" identity: \"detector/main\" }\n"
      "tls { certificate_file: \"/nowhere.pem\" private_key_file: \"/nowhere.key\" "
      "authority_file: \"/nowhere.ca\" }\n"
      "spool_results: 7\n");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(
      std::string(settings.status().message()),
      AllOf(HasSubstr("agent.textproto:1:"), HasSubstr("no port"), HasSubstr("agent.textproto:2:"),
            HasSubstr("/nowhere.pem"), HasSubstr("agent.textproto:3:"), HasSubstr("given 7")));
}

TEST_F(AgentConfigTest, AProfileMayShowNoCertificateButNotHalfOfOne) {
  const std::string detector =
      "detectors { address: \"detector.example:7443\" identity: \"detector/main\" }\ntls " +
      Files("agent/lon") + "\n";
  const TlsIdentity files = Ours().Of("agent/lon");
  const std::string authority = " authority_file: \"" + files.authority_file + "\" } }\n";
  const absl::StatusOr<AgentSettings> settings =
      Read(detector + "tls_profiles { name: \"web\" fqdn: \"sbc.example\" tls {" + authority);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->tls_profiles[0].certificate_file, "");
  EXPECT_FALSE(Read(detector +
                    "tls_profiles { name: \"web\" fqdn: \"sbc.example\" tls { "
                    "certificate_file: \"" +
                    files.certificate_file + "\"" + authority)
                   .ok());
  EXPECT_FALSE(Read(detector + "tls_profiles { name: \"web\" fqdn: \"sbc.example\" }").ok());
}

TEST_F(AgentConfigTest, ADetectorIsNeeded) { EXPECT_FALSE(Read("tls " + Files("agent/lon")).ok()); }

}  // namespace
}  // namespace dialtone::agents
