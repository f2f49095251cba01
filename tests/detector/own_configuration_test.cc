#include "detector/own_configuration.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

class OwnConfigurationTest : public ::testing::Test {
 protected:
  OwnConfigurationTest() { scene_.Quiet(3); }
  // So often that it is no accident.
  void Refuse(SiteIndex site, TargetIndex hub) {
    for (int i = 0; i < Observations::kOwnConfigurationRun; ++i) {
      scene_.Say(site, hub, Outcome::kOwnConfiguration, 403);
    }
  }
  std::optional<Hypothesis> Ask() {
    return OwnConfiguration(scene_.fleet, scene_.observations, scene_.attendance);
  }

  Scene scene_;
  const Domains& domains_ = scene_.observations.domains();
};

TEST_F(OwnConfigurationTest, NobodyRefusesUs) { EXPECT_FALSE(Ask().has_value()); }

TEST_F(OwnConfigurationTest, OneHubAtOneSiteIsThatHubThere) {
  Refuse(Story::kLon, Story::kHub2);
  const std::optional<Hypothesis> ours = Ask();
  ASSERT_TRUE(ours.has_value());
  EXPECT_EQ(ours->name, FaultDomain::kCertificate);
  EXPECT_EQ(ours->domain, domains_.alone(Story::kHub2));
  EXPECT_EQ(ours->scope, Scope::kSite);
  EXPECT_EQ(ours->scope_name, "lon");
  EXPECT_TRUE(ours->is_confirmed);
}

TEST_F(OwnConfigurationTest, AllThatAreRefusedAreOneFaultOfTheSmallestScope) {
  Refuse(Story::kLon, Story::kHub1);
  Refuse(Story::kPar, Story::kHub3);
  const std::optional<Hypothesis> isp = Ask();
  ASSERT_TRUE(isp.has_value());
  EXPECT_EQ(isp->domain, domains_.Find(FaultDomain::kTeamsSignalling));
  EXPECT_EQ(isp->scope, Scope::kIsp);
  EXPECT_EQ(isp->scope_name, "a");
  EXPECT_THAT(isp->sites, ElementsAre(Story::kLon, Story::kPar));
  Refuse(Story::kNyc, Story::kHub1);
  EXPECT_EQ(Ask()->scope, Scope::kGlobal);
}

TEST_F(OwnConfigurationTest, TheSilentSayNothingOfIt) {
  Refuse(Story::kLon, Story::kHub1);
  scene_.now += kMuteAfter;
  scene_.attendance.FallMute(scene_.now);
  EXPECT_FALSE(Ask().has_value());
}

}  // namespace
}  // namespace dialtone::detector
