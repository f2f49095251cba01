#include "detector/facts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

constexpr GroupIndex kLonGroup = 0;
constexpr GroupIndex kParGroup = 1;  // its backup avoids the uplink

BackupProof Proof(const Scene& scene, absl::string_view route = "") {
  return ProofOf(scene.FactsNow(), kLonGroup, route, scene.now);
}

TEST(ProofOf, ABackupIsProvenForHalfAMinuteByItsOwnAnswerToTheVantage) {
  Scene scene;
  scene.Answer(Story::kLon, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "") << "what a branch reaches proves nothing for the voice layer";
  scene.Answer(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "pbx");
  EXPECT_EQ(Proof(scene).words, "pbx: proven by OPTIONS only");
  scene.now += absl::Seconds(29);
  EXPECT_EQ(Proof(scene).route, "pbx");
  scene.now += absl::Seconds(1);
  EXPECT_EQ(Proof(scene).route, "");
  EXPECT_THAT(Proof(scene).words, HasSubstr("no answer to OPTIONS within 30s"));
}

TEST(ProofOf, ShortlyAfterAStartItIsTooEarlyToSay) {
  Scene scene;
  EXPECT_FALSE(Proof(scene).is_known);
  scene.now += kProofLasts;
  EXPECT_TRUE(Proof(scene).is_known);
}

TEST(ProofOf, OnlyABackupRouteOfTheGroupCanBeProven) {
  Scene scene;
  scene.Answer(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene, "pbx").route, "pbx");
  EXPECT_EQ(Proof(scene, "moon").route, "");
  EXPECT_THAT(Proof(scene, "moon").words, HasSubstr("not one of its backup routes (pbx)"));
}

TEST(ProofOf, TheFirstProvenOneInTheirOrder) {
  Scene scene;
  RouterReport report = scene.Report();
  report.groups[0].backup_routes = {"trunk", "pbx"};
  report.routes.push_back({.route = "trunk", .hops = {"a1"}});
  scene.routers.OnReport(report);
  scene.Answer(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "pbx");
  EXPECT_THAT(Proof(scene, "trunk").words, HasSubstr("no probe looks at it"));
}

TEST(ProofOf, AGroupThatItsRouterDoesNotKnowHasNone) {
  Scene scene;
  RouterReport report = scene.Report();
  report.groups.clear();
  scene.routers.OnReport(report);
  EXPECT_EQ(Proof(scene).words, "its router does not know it");
}

Diagnosis Of(FaultDomain domain, std::vector<SiteIndex> sites) {
  return {.state = DiagnosisState::kConfirmed, .domain = domain, .sites = std::move(sites)};
}

TEST(MayMove, HubEvidenceCountsAtTheVantage) {
  const Scene scene;
  const Facts facts = scene.FactsNow();
  for (const FaultDomain domain :
       {FaultDomain::kTeamsSignalling, FaultDomain::kTeamsAll, FaultDomain::kMicrosoft365}) {
    EXPECT_TRUE(MayMove(facts, Of(domain, {Story::kVantage}), kLonGroup));
    EXPECT_FALSE(MayMove(facts, Of(domain, {Story::kLon, Story::kPar}), kLonGroup));
  }
}

TEST(MayMove, MediaAndSignInCountWhereTheUsersSit) {
  const Scene scene;
  const Facts facts = scene.FactsNow();
  for (const FaultDomain domain :
       {FaultDomain::kTeamsMedia, FaultDomain::kIdentity, FaultDomain::kTeamsCalling}) {
    EXPECT_TRUE(MayMove(facts, Of(domain, {Story::kLon}), kLonGroup));
    EXPECT_FALSE(MayMove(facts, Of(domain, {Story::kVantage}), kLonGroup));
  }
}

TEST(MayMove, ANetworkMovesOnlyGroupsWhoseBackupAvoidsIt) {
  const Scene scene;
  const Facts facts = scene.FactsNow();
  for (const FaultDomain domain :
       {FaultDomain::kSiteNetwork, FaultDomain::kIspCore, FaultDomain::kMediaPath}) {
    EXPECT_FALSE(MayMove(facts, Of(domain, {Story::kLon, Story::kPar}), kLonGroup));
    EXPECT_TRUE(MayMove(facts, Of(domain, {Story::kLon, Story::kPar}), kParGroup));
    EXPECT_FALSE(MayMove(facts, Of(domain, {Story::kLon}), kParGroup));
  }
}

TEST(MayMove, NothingElseMovesAnything) {
  const Scene scene;
  const Facts facts = scene.FactsNow();
  for (const FaultDomain domain :
       {FaultDomain::kHub, FaultDomain::kDns, FaultDomain::kVoiceLayer, FaultDomain::kCarrier,
        FaultDomain::kLan, FaultDomain::kCertificate, FaultDomain::kUnreachable,
        FaultDomain::kUnknown}) {
    EXPECT_FALSE(MayMove(facts, Of(domain, {0, 1, 2, 3}), kLonGroup)) << Word(domain);
    EXPECT_FALSE(MayMove(facts, Of(domain, {0, 1, 2, 3}), kParGroup)) << Word(domain);
  }
}

TEST(MovingDiagnosis, AConfirmedOneComesBeforeASuspicion) {
  Scene scene;
  const std::vector<ActiveDiagnosis> active = {
      {.diagnosis = {.id = 1,
                     .state = DiagnosisState::kSuspected,
                     .domain = FaultDomain::kTeamsSignalling,
                     .sites = {Story::kVantage}}},
      {.diagnosis = {.id = 2,
                     .state = DiagnosisState::kConfirmed,
                     .domain = FaultDomain::kIdentity,
                     .sites = {Story::kLon}}}};
  const Facts facts{.fleet = scene.fleet,
                    .policy = scene.policy,
                    .observations = scene.observations,
                    .active = active,
                    .routers = scene.routers,
                    .holds = scene.holds,
                    .started = scene.started,
                    .is_warm = true};
  ASSERT_NE(MovingDiagnosis(facts, kLonGroup), nullptr);
  EXPECT_EQ(MovingDiagnosis(facts, kLonGroup)->diagnosis.id, 2U);
  EXPECT_EQ(MovingDiagnosis(facts, kParGroup)->diagnosis.id, 1U);
}

TEST(IsOurs, AGroupBelongsToOneVoiceLayer) {
  const Fleet fleet = Story::LabFleet();
  EXPECT_TRUE(IsOurs(fleet, 0, "g-lon"));
  EXPECT_FALSE(IsOurs(fleet, 1, "g-lon"));
  EXPECT_FALSE(IsOurs(fleet, 0, "g-stranger"));
}

}  // namespace
}  // namespace dialtone::detector
