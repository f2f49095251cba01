#include "detector/accusation.h"

#include "gtest/gtest.h"

#include "detector/hypothesis.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class AccusationTest : public ::testing::Test {
 protected:
  Scene scene_;
  const Domains& domains_ = scene_.observations.domains();
  const DomainIndex signalling_ = domains_.Find(FaultDomain::kTeamsSignalling);
};

TEST_F(AccusationTest, TeamsMayBeAccusedOnlyWhileAWitnessAnswersAfterTheOnset) {
  scene_.Answer(Story::kLon, Story::kPing);
  scene_.now += absl::Seconds(1);
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_FALSE(MayAccuse(scene_.observations, Story::kLon, signalling_))
      << "the witness answered before the fault only";
  scene_.now += absl::Milliseconds(50);
  scene_.Answer(Story::kLon, Story::kPing);
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, signalling_));
}

TEST_F(AccusationTest, WhenAllReturnTogetherWhatWasLostUntilThenAccusesNobody) {
  const auto blinded = [](SiteIndex, TargetIndex target) {
    return IsHub(target) || target == Story::kPing || target == Story::kTcp;
  };
  scene_.Quiet(5);
  scene_.Rounds(3, blinded);
  EXPECT_FALSE(MayAccuse(scene_.observations, Story::kLon, signalling_));
  // The first witness is asked before the first hub.
  const absl::Time healed = scene_.now;
  scene_.Answer(Story::kLon, Story::kPing);
  EXPECT_FALSE(MayAccuse(scene_.observations, Story::kLon, signalling_));
  scene_.now += absl::Milliseconds(100);
  scene_.Lose(Story::kLon, Story::kHub2);
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, signalling_))
      << "that one has no other excuse";
  EXPECT_GE(AccusedSince(scene_.observations, Story::kLon, signalling_), healed);
}

TEST_F(AccusationTest, AWitnessBetweenTheFirstLossAndTheEndOfAllProvesNothing) {
  scene_.Quiet(5);
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.now += absl::Milliseconds(10);
  scene_.Answer(Story::kLon, Story::kPing);
  scene_.Answer(Story::kLon, Story::kTcp);
  scene_.now += absl::Milliseconds(500);
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, signalling_));
  scene_.Lose(Story::kLon, Story::kPing);
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, signalling_)) << "the other one lives";
  scene_.Lose(Story::kLon, Story::kTcp);
  EXPECT_FALSE(MayAccuse(scene_.observations, Story::kLon, signalling_));
}

TEST_F(AccusationTest, WhenALineReturnsWhatWasLostOnItAccusesNobodyElse) {
  const DomainIndex pbx = domains_.alone(Story::kPbx);
  scene_.Quiet(5);
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kLanLon;
  });
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, pbx)) << "no witness says otherwise";
  scene_.Answer(Story::kLon, Story::kPing);
  EXPECT_FALSE(MayAccuse(scene_.observations, Story::kLon, pbx));
  scene_.now += absl::Milliseconds(100);
  scene_.Lose(Story::kLon, Story::kPbx);
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, pbx));
}

TEST_F(AccusationTest, ALoneLossOfAWitnessExcusesNobody) {
  const DomainIndex pbx = domains_.alone(Story::kPbx);
  scene_.Quiet(5);
  scene_.Lose(Story::kLon, Story::kPbx);
  scene_.Lose(Story::kLon, Story::kHub1);
  for (const TargetIndex witness : {Story::kPing, Story::kTcp}) {
    scene_.now += absl::Milliseconds(500);
    scene_.Lose(Story::kLon, witness);
    scene_.now += absl::Milliseconds(500);
    scene_.Answer(Story::kLon, witness);
  }
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, pbx));
  EXPECT_TRUE(MayAccuse(scene_.observations, Story::kLon, signalling_))
      << "what is asked every 15 s was not asked again yet";
}

TEST_F(AccusationTest, ALineIsNotDeadBeforeItsVoiceLayerIsLost) {
  scene_.Quiet(5);
  const Charge dead{.domain = domains_.Find(FaultDomain::kSiteNetwork), .since = scene_.now};
  const auto fails = [&] { return VoiceFailsToo(scene_.observations, Story::kLon, dead); };
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_FALSE(fails()) << "nobody asked it yet";
  scene_.Answer(Story::kLon, Story::kVoice);
  EXPECT_FALSE(fails());
  scene_.now += absl::Seconds(1);
  scene_.Lose(Story::kLon, Story::kVoice);
  EXPECT_TRUE(fails());
  EXPECT_TRUE(VoiceFailsToo(scene_.observations, Story::kLon, {.domain = signalling_}));
}

TEST_F(AccusationTest, ASuspectPathSuspectsItsTargetAndNotTheLine) {
  scene_.Quiet(5);
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.now += absl::Seconds(1);
  scene_.Answer(Story::kLon, Story::kPing);
  scene_.Lose(Story::kLon, Story::kHub1);
  const auto suspects = [&](DomainIndex domain) {
    return HasSuspectPath(scene_.observations, Story::kLon, domain);
  };
  EXPECT_TRUE(suspects(domains_.alone(Story::kHub1)));
  EXPECT_TRUE(suspects(signalling_));
  EXPECT_FALSE(suspects(domains_.Find(FaultDomain::kSiteNetwork)));
}

TEST_F(AccusationTest, WitnessesFailOnlyWhenAllOfThemWereHeardToFail) {
  scene_.Quiet(2);
  const absl::Time since = scene_.now;
  scene_.Lose(Story::kLon, Story::kPing);
  EXPECT_FALSE(WitnessesFail(scene_.observations, Story::kLon, since));
  scene_.Lose(Story::kLon, Story::kTcp);
  EXPECT_TRUE(WitnessesFail(scene_.observations, Story::kLon, since));
}

TEST_F(AccusationTest, ACutLineIsASitesOwnThoughAHubIsDownForEveryone) {
  scene_.Quiet(20);
  scene_.Rounds(8, [](SiteIndex site, TargetIndex target) {
    return target == Story::kHub1 || (site == Story::kLon && target != Story::kLanLon);
  });
  const DomainIndex network = domains_.Find(FaultDomain::kSiteNetwork);
  const DomainIndex hub = domains_.alone(Story::kHub1);
  EXPECT_TRUE(IsItsOwn(scene_.observations, Story::kLon, network, hub));
  EXPECT_FALSE(IsItsOwn(scene_.observations, Story::kPar, network, hub));
}

TEST_F(AccusationTest, AHubIsAPartOfSignallingOnlyWhereAllOthersFailToo) {
  scene_.Quiet(5);
  const DomainIndex hub = domains_.alone(Story::kHub1);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return target == Story::kHub1; });
  EXPECT_FALSE(IsPartOf(scene_.observations, Story::kLon, hub, signalling_));
  scene_.Rounds(1, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_FALSE(IsPartOf(scene_.observations, Story::kLon, hub, signalling_)) << "once is chance";
  scene_.Rounds(1, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_TRUE(IsPartOf(scene_.observations, Story::kLon, hub, signalling_));
  EXPECT_FALSE(IsPartOf(scene_.observations, Story::kLon, signalling_, hub));
}

TEST_F(AccusationTest, TheLineLeadsWhereMoreThanTeamsFails) {
  scene_.Quiet(20);
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return IsHub(target) || (site == Story::kLon && target != Story::kLanLon);
  });
  EXPECT_GT(LineLeads(scene_.observations, Story::kLon, signalling_), kLeadNats);
  EXPECT_LT(LineLeads(scene_.observations, Story::kPar, signalling_), -kLeadNats);
  EXPECT_LT(LineLeads(scene_.observations, Story::kLon, domains_.Find(FaultDomain::kSiteNetwork)),
            -1e9)
      << "it is no rival of itself";
}

TEST_F(AccusationTest, WhileTheNetworkIsARivalAQuarterMustHaveHeardAWitness) {
  constexpr ScopeIndex kIspA = 1;
  scene_.Quiet(5);
  scene_.Rounds(2, [](SiteIndex, TargetIndex target) { return target < Story::kLanLon; });
  EXPECT_EQ(LeastAccusers(scene_.observations, kIspA, signalling_, 14), 4);
  EXPECT_EQ(LeastAccusers(scene_.observations, kIspA, signalling_, 5), 2);
  EXPECT_TRUE(IsNetworkAhead(scene_.observations, kIspA, signalling_));
  const DomainIndex network = domains_.Find(FaultDomain::kSiteNetwork);
  EXPECT_FALSE(IsNetworkAhead(scene_.observations, kIspA, network)) << "no rival of itself";
}

TEST_F(AccusationTest, HubsThatRefuseAcquitTheNetworkThemselves) {
  constexpr ScopeIndex kIspA = 1;
  scene_.Quiet(5);
  for (const SiteIndex site : {Story::kLon, Story::kPar}) {
    for (const TargetIndex hub : {Story::kHub1, Story::kHub2, Story::kHub3}) {
      scene_.Say(site, hub, Outcome::kRejected, 503);
    }
  }
  EXPECT_EQ(LeastAccusers(scene_.observations, kIspA, signalling_, 14), 2);
  EXPECT_FALSE(IsNetworkAhead(scene_.observations, kIspA, signalling_));
}

}  // namespace
}  // namespace dialtone::detector
