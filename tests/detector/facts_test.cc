#include "detector/facts.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

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

TEST(ProofOf, TwoProbesInARowWithoutAnAnswerSayMoreThanAnOlderAnswer) {
  Scene scene;
  scene.Answer(Story::kVantage, Story::kPbx);
  scene.now += absl::Seconds(1);
  scene.Lose(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "pbx") << "one may be lost on the way";
  scene.now += absl::Seconds(1);
  scene.Lose(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "");
  EXPECT_EQ(Proof(scene).words, "pbx: its last 2 probes got no good answer");
  scene.now += absl::Seconds(1);
  scene.Answer(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Proof(scene).route, "pbx");
}

TEST(ProofOf, ABackupThatCarriesCallsIsGivenUpLater) {
  Scene scene;
  RouterReport report = scene.Report();
  report.groups[kLonGroup].confirmed = {{.route = "teams", .percent = 5},
                                        {.route = "pbx", .percent = 95}};
  scene.routers.OnReport(report);
  scene.Answer(Story::kVantage, Story::kPbx);
  for (int lost = 1; lost <= PathHealth::kState; ++lost) {
    EXPECT_EQ(Proof(scene, "pbx").route, "pbx") << lost - 1 << " lost: a bursty line does that";
    scene.now += absl::Seconds(1);
    scene.Lose(Story::kVantage, Story::kPbx);
  }
  EXPECT_EQ(Proof(scene, "pbx").route, "");
  EXPECT_EQ(ProofOf(scene.FactsNow(), kParGroup, "pbx", scene.now).route, "")
      << "nobody of this group is there";
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
  const FaultDomain hubs = FaultDomain::kTeamsSignalling;
  EXPECT_TRUE(MayMove(facts, Of(hubs, {Story::kVantage}), kLonGroup));
  EXPECT_FALSE(MayMove(facts, Of(hubs, {Story::kLon, Story::kPar}), kLonGroup));
  // These spoil media and sign-in too, which count where the users sit.
  for (const FaultDomain domain : {FaultDomain::kTeamsAll, FaultDomain::kMicrosoft365}) {
    EXPECT_TRUE(MayMove(facts, Of(domain, {Story::kVantage}), kLonGroup));
    EXPECT_TRUE(MayMove(facts, Of(domain, {Story::kLon}), kLonGroup));
    EXPECT_FALSE(MayMove(facts, Of(domain, {Story::kPar}), kLonGroup));
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

// Only the sites of `heard` go on speaking, for as long as others need to fall mute.
void FallMuteBut(PlanScene* scene, const std::vector<SiteIndex>& heard) {
  scene->now += kMuteAfter;
  for (const SiteIndex site : heard) {
    bool was_mute = false;
    scene->attendance.OnBatch({.site = site, .run_id = 1}, scene->now, &was_mute);
  }
  scene->attendance.FallMute(scene->now);
}

TEST(MayMove, AMuteSiteGoesAlongWithAWideDiagnosisOfTwoIspsWhileItsVoiceLayerIsHeard) {
  PlanScene scene;
  Diagnosis wide = Of(FaultDomain::kTeamsMedia, {Story::kPar, Story::kNyc});
  wide.scope = Scope::kGlobal;
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "heard, and well";
  FallMuteBut(&scene, {Story::kPar, Story::kNyc, Story::kVantage});
  EXPECT_TRUE(MayMove(scene.PlanFacts(), wide, kLonGroup));
  wide.sites = {Story::kPar};
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "one ISP";
  wide.sites = {Story::kPar, Story::kNyc};
  wide.scope = Scope::kRegion;
  wide.scope_name = "moon";
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "of another region";
  wide.scope = Scope::kGlobal;
  FallMuteBut(&scene, {Story::kPar, Story::kNyc});
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "nobody knows its voice layer";
}

TEST(MayMove, AMuteSiteDoesNotGoAlongWithTheFewThatAreHit) {
  Fleet fleet = Story::LabFleet();
  constexpr SiteIndex kAms = 4;
  constexpr SiteIndex kFra = 5;
  for (const std::string name : {"ams", "fra"}) {
    fleet.sites.push_back({.name = name, .region = "emea", .isp = "d"});
  }
  PlanScene scene(Story::LabPolicy(), std::move(fleet));
  Diagnosis wide = Of(FaultDomain::kTeamsMedia, {Story::kPar, Story::kNyc});
  wide.scope = Scope::kGlobal;
  FallMuteBut(&scene, {Story::kPar, Story::kNyc, Story::kVantage, kAms, kFra});
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "two of five";
  wide.sites = {Story::kPar, Story::kNyc, kAms};
  EXPECT_TRUE(MayMove(scene.PlanFacts(), wide, kLonGroup)) << "three of five";
}

TEST(MayMove, WhereTheMuteAgentIsTheVantageItselfItsRouterSpeaksForIt) {
  Fleet fleet = Story::LabFleet();
  fleet.voice_layers[0].vantage = Story::kLon;
  PlanScene scene(Story::LabPolicy(), fleet);
  scene.Answer(Story::kLon, Story::kPbx);
  Diagnosis wide = Of(FaultDomain::kTeamsSignalling, {Story::kPar, Story::kNyc});
  wide.scope = Scope::kGlobal;
  FallMuteBut(&scene, {Story::kPar, Story::kNyc, Story::kVantage});
  EXPECT_TRUE(MayMove(scene.PlanFacts(), wide, kLonGroup));
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kParGroup))
      << "its own site is heard, its vantage not";
  scene.now += absl::Minutes(2);
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).words,
            "pbx: proven by OPTIONS until its agent fell silent");
  scene.now += kSilentProofLasts;
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).route, "");
  scene.routers.OnLost({.voice_layer = 0, .error = "gone"});
  EXPECT_FALSE(MayMove(scene.PlanFacts(), wide, kLonGroup));
}

TEST(ProofOf, ADiagnosedVoiceLayerDisarmsItsBackupsUnlessTeamsIsWorse) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kVoiceLayer, Scope::kSite, {Story::kLon});
  scene.active[0].domain = scene.observations.domains().alone(Story::kVoice);
  const BackupProof proof = ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now);
  EXPECT_EQ(proof.route, "");
  EXPECT_THAT(proof.words, HasSubstr("voice layer is in trouble itself"));
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kParGroup, "", scene.now).route, "pbx");
  scene.HubsDownForAll();
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).route, "") << "as bad";
  scene.active[0].severity = 2;
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).route, "") << "it was milder once";
  scene.active[0].severity_now = 2;
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).route, "pbx") << "Teams is worse";
  scene.active[0].severity_now = 0;
  scene.active[0].domain = scene.observations.domains().alone(Story::kPbx);
  EXPECT_EQ(ProofOf(scene.PlanFacts(), kLonGroup, "", scene.now).route, "pbx")
      << "one backup hop is no voice layer";
}

TEST(ShareHurt, IsTheSeverityAndOfTheMildestWhatWasCounted) {
  PlanScene scene;
  scene.HubsDownForAll();
  ActiveDiagnosis active = scene.active[0];
  const auto hurt = [&] { return ShareHurt(scene.PlanFacts(), active); };
  EXPECT_EQ(hurt(), kSeverities[0]);
  active.severity = 2;
  EXPECT_EQ(hurt(), kSeverities[2]);
  active.severity = kLossy;
  EXPECT_EQ(hurt(), kSeverities[0]) << "audio is hurt";
  active.severity = 3;
  scene.observations.Clear(Story::kNyc, active.domain, scene.now);
  active.pool = kNone;
  active.diagnosis.sites = {Story::kNyc};
  EXPECT_EQ(hurt(), 0) << "nothing was counted";
  const auto probe = [&](Outcome outcome) {
    scene.now += absl::Milliseconds(500);
    scene.observations.OnResult(
        Story::kNyc, {.target = Story::kHub1, .sent = scene.now, .outcome = outcome, .code = 200},
        scene.now);
  };
  probe(Outcome::kTimedOut);
  EXPECT_EQ(hurt(), kSeverities[3]) << "one of one";
  for (int i = 0; i < 35; ++i) probe(Outcome::kAnswered);
  EXPECT_NEAR(hurt(), 1.4 / 36, 1e-9);
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
                    .attendance = scene.attendance,
                    .active = active,
                    .routers = scene.routers,
                    .holds = scene.holds,
                    .calls = scene.calls,
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

TEST(MaturesAt, ASiteThatJoinedLateWaitsForItsOwnPersistence) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsMedia, Scope::kGlobal, {0, 1, 2, 3});
  ActiveDiagnosis& active = scene.active.back();
  const absl::Duration persistence = scene.policy.persistence_wide;
  EXPECT_EQ(MaturesAt(scene.PlanFacts(), active, 2), active.lasts_since + persistence);
  const absl::Time late = active.lasts_since + absl::Minutes(1);
  active.joined[Story::kNyc] = late;
  EXPECT_EQ(MaturesAt(scene.PlanFacts(), active, 2), late + persistence);
  EXPECT_EQ(MaturesAt(scene.PlanFacts(), active, 0), active.lasts_since + persistence);
}

TEST(MaturesAt, SignallingIsSeenFromTheVoiceLayersVantage) {
  PlanScene scene;
  scene.HubsDownForAll();
  ActiveDiagnosis& active = scene.active.back();
  const absl::Duration persistence = scene.policy.persistence_wide;
  active.joined[Story::kNyc] = active.lasts_since + absl::Minutes(1);
  EXPECT_EQ(MaturesAt(scene.PlanFacts(), active, 2), active.lasts_since + persistence);
  active.joined[Story::kVantage] = active.lasts_since + absl::Minutes(2);
  EXPECT_EQ(MaturesAt(scene.PlanFacts(), active, 2),
            active.lasts_since + absl::Minutes(2) + persistence);
}

}  // namespace
}  // namespace dialtone::detector
