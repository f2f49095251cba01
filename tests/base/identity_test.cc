#include "base/identity.h"

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/certificates.h"

namespace dialtone {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(SpiffeId, HasADomainARoleAndAName) {
  const std::optional<SpiffeId> id = ParseSpiffeId("spiffe://dialtone.example/agent/lon-1");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->trust_domain, "dialtone.example");
  EXPECT_EQ(id->role, "agent");
  EXPECT_EQ(id->name, "lon-1");
}

TEST(SpiffeId, HasNoOtherForm) {
  for (const char* uri :
       {"", "spiffe://", "spiffe://d", "spiffe://d/agent", "spiffe://d/agent/", "spiffe://d//lon",
        "spiffe:///agent/lon", "spiffe://d/agent/site/lon", "spiffe://d/agent/lon/",
        "spiffe://d/agent/..", "spiffe://d/agent/l on", "spiffe://d/agent/lon?x",
        "spiffe://d/agent/lon#x", "spiffe://d:1/agent/lon", "SPIFFE://d/agent/lon",
        "https://d/agent/lon", "spiffe://d/agent/lon%2f"}) {
    EXPECT_FALSE(ParseSpiffeId(uri)) << uri;
  }
  EXPECT_FALSE(ParseSpiffeId("spiffe://d/agent/" + std::string(65, 'a')));
  EXPECT_FALSE(ParseSpiffeId(absl::string_view("spiffe://d/agent/l\0n", 20)));
}

class IdentityTest : public ::testing::Test {
 protected:
  // The error of `files`, which must name `file`.
  static std::string ErrorOf(const TlsIdentity& files, const std::string& file) {
    const absl::Status status = ReadIdentity(files).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(file));
    return std::string(status.message());
  }

  // Made once: they cost a second.
  static const Certificates& Ours() {
    static const Certificates certificates("agent/lon agent/par");
    return certificates;
  }

  const Certificates& certificates_ = Ours();
  TlsIdentity lon_ = certificates_.Of("agent/lon");
};

TEST_F(IdentityTest, IsWhatTheCertificateSays) {
  const absl::StatusOr<OwnIdentity> own = ReadIdentity(lon_);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->id.role, "agent");
  EXPECT_EQ(own->id.name, "lon");
  EXPECT_LT(absl::AbsDuration(own->not_after - absl::Now() - absl::Hours(90 * 24)), absl::Hours(1));
}

TEST_F(IdentityTest, NeedsAllThreeFiles) {
  for (std::string TlsIdentity::*file :
       {&TlsIdentity::certificate_file, &TlsIdentity::private_key_file,
        &TlsIdentity::authority_file}) {
    TlsIdentity files = lon_;
    files.*file = "/nowhere/x.pem";
    EXPECT_THAT(ErrorOf(files, "/nowhere/x.pem"),
                HasSubstr("cannot be read: No such file or directory"));
    files.*file = "";
    EXPECT_THAT(ErrorOf(files, ""), HasSubstr("no file is named"));
    files.*file = certificates_.directory() + "/empty";
    std::ofstream(files.*file).close();
    std::filesystem::permissions(files.*file, std::filesystem::perms::owner_read);
    EXPECT_THAT(ErrorOf(files, files.*file), HasSubstr("given no PEM"));
    std::filesystem::remove(files.*file);
  }
}

TEST_F(IdentityTest, RefusesAKeyThatOthersCanRead) {
  using std::filesystem::perms;
  for (const perms open : {perms::group_read, perms::others_read, perms::group_write}) {
    std::filesystem::permissions(lon_.private_key_file, perms::owner_read | open);
    EXPECT_THAT(ErrorOf(lon_, lon_.private_key_file),
                AllOf(HasSubstr("others can read"), HasSubstr("0600")));
  }
  std::filesystem::permissions(lon_.private_key_file, perms::owner_read | perms::owner_write);
  EXPECT_TRUE(ReadIdentity(lon_).ok());
}

TEST_F(IdentityTest, RefusesTheKeyOfAnotherCertificate) {
  lon_.private_key_file = certificates_.Of("agent/par").private_key_file;
  EXPECT_THAT(ErrorOf(lon_, lon_.private_key_file), HasSubstr("not the key of the certificate"));
}

TEST_F(IdentityTest, RefusesAKeyWithAPassphraseWithoutAskingForIt) {
  const std::string locked = certificates_.directory() + "/locked.key";
  ASSERT_EQ(system(("umask 077; openssl ec -aes128 -passout pass:secret -in " +
                    lon_.private_key_file + " -out " + locked + " 2>&1")
                       .c_str()),
            0);
  lon_.private_key_file = locked;
  EXPECT_THAT(ErrorOf(lon_, locked), HasSubstr("without passphrase"));
}

TEST_F(IdentityTest, NeedsExactlyOneSpiffeId) {
  // The authority's own URI has neither role nor name.
  const std::string ca = certificates_.directory() + "/ca";
  EXPECT_THAT(ErrorOf({ca + ".pem", ca + ".key", ca + ".pem"}, ca + ".pem"),
              HasSubstr("given spiffe://dialtone.example, expected one URI name"));
}

}  // namespace
}  // namespace dialtone
