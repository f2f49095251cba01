#include "detector/observations.h"

#include <utility>

#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class ObservationsTest : public ::testing::Test {
 protected:
  float Best(SiteIndex site, FaultDomain name) const {
    return scene_.observations.score(site, domains_.Find(name)).best();
  }
  float Alone(SiteIndex site, TargetIndex target) const {
    return scene_.observations.score(site, domains_.alone(target)).best();
  }

  Scene scene_;
  double Ceiling() const { return scene_.observations.thresholds().site + Observations::kHeadroom; }

  const Domains& domains_ = scene_.observations.domains();
};

TEST_F(ObservationsTest, ALossSpeaksForEveryDomainThatHoldsItsTargetAtItsSiteOnly) {
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_GT(Alone(Story::kLon, Story::kHub1), 4);
  EXPECT_GT(Best(Story::kLon, FaultDomain::kTeamsSignalling), 4);
  EXPECT_GT(Best(Story::kLon, FaultDomain::kSiteNetwork), 4);
  EXPECT_EQ(Alone(Story::kLon, Story::kHub2), 0);
  EXPECT_EQ(Best(Story::kPar, FaultDomain::kTeamsSignalling), 0);
  EXPECT_TRUE(scene_.observations.HasSigns(Story::kLon));
  EXPECT_FALSE(scene_.observations.HasSigns(Story::kPar));
}

TEST_F(ObservationsTest, AWitnessThatAnswersKillsTheNetworksHypothesisAndNotTeams) {
  scene_.Lose(Story::kLon, Story::kHub1);
  const float teams = Best(Story::kLon, FaultDomain::kTeamsSignalling);
  const float network = Best(Story::kLon, FaultDomain::kSiteNetwork);
  for (int i = 0; i < 3; ++i) {
    scene_.now += absl::Milliseconds(100);
    scene_.Answer(Story::kLon, Story::kPing);
  }
  EXPECT_EQ(Best(Story::kLon, FaultDomain::kTeamsSignalling), teams);
  EXPECT_LT(Best(Story::kLon, FaultDomain::kSiteNetwork), network - 1);
  EXPECT_EQ(scene_.observations.last_internet_good(Story::kLon), scene_.now);
}

TEST_F(ObservationsTest, A503AccusesTheHubAndAcquitsTheNetwork) {
  scene_.Say(Story::kLon, Story::kHub1, Outcome::kRejected, 503);
  EXPECT_GT(Alone(Story::kLon, Story::kHub1), 6) << "no packet loss explains an answer";
  EXPECT_EQ(Best(Story::kLon, FaultDomain::kSiteNetwork), 0);
}

TEST_F(ObservationsTest, ALossBesideALossOfAWitnessIsWorthLess) {
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.Lose(Story::kPar, Story::kPing);
  scene_.now += absl::Milliseconds(50);
  scene_.Lose(Story::kPar, Story::kHub1);
  EXPECT_LT(Alone(Story::kPar, Story::kHub1), Alone(Story::kLon, Story::kHub1) / 4);
}

TEST_F(ObservationsTest, TheIspsOwnWitnessIsNoInternetWitness) {
  scene_.Answer(Story::kLon, Story::kIspA);
  EXPECT_EQ(scene_.observations.last_internet_good(Story::kLon), absl::InfinitePast());
}

TEST_F(ObservationsTest, NoScorePassesTheCeilingAndRivalsSlideInstead) {
  const DomainIndex signalling = domains_.Find(FaultDomain::kTeamsSignalling);
  scene_.Rounds(30, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_LE(Best(Story::kLon, FaultDomain::kTeamsSignalling), Ceiling());
  EXPECT_GT(Best(Story::kLon, FaultDomain::kTeamsSignalling), Ceiling() - 8);
  for (const TargetIndex hub : domains_[signalling].targets) {
    EXPECT_LT(Alone(Story::kLon, hub), Best(Story::kLon, FaultDomain::kTeamsSignalling) - 3)
        << "all three fail: none of them alone explains that";
  }
}

TEST_F(ObservationsTest, ClearForgetsTheFaultAndLossesFromBeforeItsEnd) {
  const DomainIndex signalling = domains_.Find(FaultDomain::kTeamsSignalling);
  scene_.Rounds(5, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  const absl::Time before = scene_.now;
  scene_.now += absl::Milliseconds(200);
  scene_.observations.Clear(Story::kLon, signalling, scene_.now);
  EXPECT_FALSE(scene_.observations.HasSigns(Story::kLon));
  EXPECT_TRUE(scene_.observations.HasSigns(Story::kPar));
  scene_.observations.OnResult(
      Story::kLon, {.target = Story::kHub1, .sent = before, .outcome = Outcome::kTimedOut},
      scene_.now);
  EXPECT_FALSE(scene_.observations.HasSigns(Story::kLon));
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_TRUE(scene_.observations.HasSigns(Story::kLon));
}

TEST(Observations, WithSignallingTheCallsThatFailedForItAreForgotten) {
  Fleet fleet = Story::LabFleet();
  const auto call = static_cast<TargetIndex>(fleet.targets.size());
  fleet.targets.push_back(
      {.name = "call", .role = TargetRole::kTestCall, .sites = {Story::kLon, Story::kPar}});
  Scene scene(std::move(fleet));
  const Domains& domains = scene.observations.domains();
  const DomainIndex calling = domains.Find(FaultDomain::kTeamsCalling);
  const absl::Time placed = scene.now;
  scene.Lose(Story::kLon, call);
  ASSERT_GT(scene.observations.score(Story::kLon, calling).best(), 0);
  scene.now += absl::Seconds(5);
  scene.observations.Clear(Story::kLon, domains.Find(FaultDomain::kTeamsSignalling), scene.now);
  EXPECT_EQ(scene.observations.score(Story::kLon, calling).best(), 0);
  scene.observations.OnResult(
      Story::kLon, {.target = call, .sent = placed, .outcome = Outcome::kTimedOut}, scene.now);
  EXPECT_EQ(scene.observations.score(Story::kLon, calling).best(), 0) << "placed before its end";
}

TEST_F(ObservationsTest, ThrottlingSaysNothing) {
  for (int i = 0; i < 10; ++i) scene_.Say(Story::kLon, Story::kHub1, Outcome::kThrottled, 503);
  EXPECT_FALSE(scene_.observations.HasSigns(Story::kLon));
}

TEST_F(ObservationsTest, APathThatASiteDoesNotProbeIsNone) {
  EXPECT_EQ(scene_.observations.Find(Story::kNyc, Story::kIspA), nullptr);
  EXPECT_NE(scene_.observations.Find(Story::kLon, Story::kIspA), nullptr);
  EXPECT_EQ(scene_.observations.interval(Story::kHub1), absl::Seconds(1));
}

TEST_F(ObservationsTest, PoolsWhatTheSitesOfAScopeSay) {
  const DomainIndex signalling = domains_.Find(FaultDomain::kTeamsSignalling);
  const auto pooled = [&](ScopeIndex scope) {
    return scene_.observations.pooled(scope, signalling).best();
  };
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.Lose(Story::kNyc, Story::kHub1);
  EXPECT_NEAR(pooled(Scopes::kEveryone),
              Best(Story::kLon, FaultDomain::kTeamsSignalling) +
                  Best(Story::kNyc, FaultDomain::kTeamsSignalling),
              0.5);
  EXPECT_NEAR(pooled(1), Best(Story::kLon, FaultDomain::kTeamsSignalling), 1e-3) << "ISP a";
  const float before = pooled(Scopes::kEveryone);
  scene_.Answer(Story::kPar, Story::kHub2);
  EXPECT_LT(pooled(Scopes::kEveryone), before) << "health counts, of whatever site";
  scene_.observations.ClearPooled({Story::kLon}, signalling);
  EXPECT_EQ(pooled(Scopes::kEveryone), 0);
  EXPECT_EQ(pooled(1), 0);
}

TEST_F(ObservationsTest, WhatALineAtFaultLosesIsPooledNoWiderThanItsFault) {
  const DomainIndex signalling = domains_.Find(FaultDomain::kTeamsSignalling);
  constexpr ScopeIndex kIspOfLon = 1;
  scene_.observations.PoolUpTo(Story::kLon, Scope::kIsp);
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_GT(scene_.observations.pooled(kIspOfLon, signalling).best(), 0);
  EXPECT_EQ(scene_.observations.pooled(Scopes::kEveryone, signalling).best(), 0);
  scene_.observations.PoolUpTo(Story::kLon, Scope::kGlobal);
  scene_.Lose(Story::kLon, Story::kHub2);
  EXPECT_GT(scene_.observations.pooled(Scopes::kEveryone, signalling).best(), 0);
}

TEST_F(ObservationsTest, ListsTheSitesThatShowSigns) {
  scene_.Lose(Story::kPar, Story::kHub1);
  scene_.Lose(Story::kNyc, Story::kHub1);
  EXPECT_EQ(scene_.observations.SitesWithSigns().size(), 2U);
  const std::uint64_t revision = scene_.observations.revision();
  scene_.Answer(Story::kLon, Story::kHub1);
  EXPECT_EQ(scene_.observations.revision(), revision) << "good news of a quiet site is no news";
  scene_.Quiet(60);
  EXPECT_TRUE(scene_.observations.SitesWithSigns().empty());
}

TEST_F(ObservationsTest, A503SpeaksOfTheResolverToo) {
  Fleet fleet = Story::LabFleet();
  for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) {
    fleet.targets[static_cast<std::size_t>(hub)].found_by_name = true;
  }
  fleet.targets[Story::kTcp].found_by_name = true;
  Scene scene(fleet);
  const DomainIndex dns = scene.observations.domains().Find(FaultDomain::kDns);
  ASSERT_NE(dns, kNone);
  scene.Say(Story::kLon, Story::kHub1, Outcome::kRejected, 503);
  EXPECT_GT(scene.observations.score(Story::kLon, dns).best(), 0) << "a wrong address answers, too";
  const DomainIndex network = scene.observations.domains().Find(FaultDomain::kSiteNetwork);
  EXPECT_EQ(scene.observations.score(Story::kLon, network).best(), 0) << "the answer came that way";
}

TEST_F(ObservationsTest, WhatTheBestExplanationExplainsTooSlidesDownAtTheCeiling) {
  scene_.Rounds(
      40, [](SiteIndex site, TargetIndex target) { return site == Story::kLon && IsHub(target); });
  const float signalling =
      scene_.observations.score(Story::kLon, domains_.Find(FaultDomain::kTeamsSignalling)).best();
  const float hub1 = scene_.observations.score(Story::kLon, domains_.alone(Story::kHub1)).best();
  EXPECT_GT(signalling, hub1 + 6) << "two other hubs fail, which hub1 does not explain";
}

TEST_F(ObservationsTest, AStreamsFaultBeganBeforeItsLossWasKnown) {
  const absl::Time sent = scene_.now;
  scene_.observations.OnResult(Story::kLon,
                               {.target = Story::kHub1,
                                .sent = sent,
                                .outcome = Outcome::kAnswered,
                                .packets_sent = 25,
                                .packets_lost = 20},
                               sent + absl::Milliseconds(500));
  EXPECT_EQ(scene_.observations.score(Story::kLon, domains_.alone(Story::kHub1)).onset,
            sent + absl::Milliseconds(300));
}

}  // namespace
}  // namespace dialtone::detector
