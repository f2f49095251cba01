#include "detector/cap.h"

#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

namespace dialtone::detector {
namespace {

// The lab: lon and par on ISP a, nyc on ISP b, the vantage; three groups of 100 numbers.
class CapTest : public ::testing::Test {
 protected:
  bool Lifts(FaultDomain domain, Scope scope, std::vector<SiteIndex> sites,
             std::string scope_name = "") {
    scene_.active.clear();
    scene_.Confirm(domain, scope, std::move(sites));
    scene_.active[0].diagnosis.scope_name = std::move(scope_name);
    return cap_.Lifts(scene_.PlanFacts(), scene_.active[0], 0);
  }
  // Calls of the last 5 s at t1.
  void Calls(std::uint64_t sent, std::uint64_t answered) {
    RouterReport report = scene_.Report();
    report.hop_calls = {{.hop = "t1", .sent = sent, .answered = answered}};
    scene_.calls.OnReport(report, /*is_quiet=*/scene_.active.empty(), scene_.now);
  }

  PlanScene scene_;
  Cap cap_{scene_.fleet};
};

TEST_F(CapTest, IsLiftedByWhatTwoIspsCarry) {
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsSignalling, Scope::kGlobal, {0, 2, 3}));
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsSignalling, Scope::kGlobal, {0, 1}));
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsMedia, Scope::kRegion, {0, 2}));
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsMedia, Scope::kSite, {0}));
}

TEST_F(CapTest, IsLiftedByTwoSitesOfAnIspWhileSomebodyElseIsHeard) {
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsMedia, Scope::kIsp, {0, 1}, "a"));
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsMedia, Scope::kIsp, {0}, "a"));
  const absl::Time silent = scene_.now + kMuteAfter;
  for (const SiteIndex site : {Story::kLon, Story::kPar}) {
    bool was_mute = false;
    scene_.attendance.OnBatch({.site = site, .run_id = 1}, silent, &was_mute);
  }
  scene_.attendance.FallMute(silent);
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsMedia, Scope::kIsp, {0, 1}, "a"));
}

TEST_F(CapTest, CallsThatAreAnsweredContradictProbesOfHubs) {
  Calls(100, 98);
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsSignalling, Scope::kGlobal, {0, 2, 3}))
      << "those were before the fault";
  const ActiveDiagnosis active = scene_.active[0];
  scene_.now += Cap::kCallsWindow;
  Calls(100, 98);
  EXPECT_FALSE(cap_.Lifts(scene_.PlanFacts(), active, 0));
  scene_.now += absl::Minutes(5);
  EXPECT_FALSE(cap_.Lifts(scene_.PlanFacts(), active, 0)) << "nothing was seen since";
  Calls(100, 60);
  EXPECT_TRUE(cap_.Lifts(scene_.PlanFacts(), active, 0)) << "they fell after all";
  scene_.now += absl::Seconds(5);
  Calls(100, 98);
  EXPECT_TRUE(cap_.Lifts(scene_.PlanFacts(), active, 0)) << "until the diagnosis ends";
}

TEST_F(CapTest, CallsOfAVoiceLayerOutsideTheScopeContradictNothing) {
  ASSERT_TRUE(Lifts(FaultDomain::kMicrosoft365, Scope::kIsp, {0, 1}, "a"));
  const ActiveDiagnosis active = scene_.active[0];
  scene_.now += Cap::kCallsWindow;
  Calls(100, 100);
  EXPECT_TRUE(cap_.Lifts(scene_.PlanFacts(), active, 0));
}

TEST_F(CapTest, OfMediaCallsKnowNothing) {
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsMedia, Scope::kGlobal, {0, 2}));
  scene_.now += Cap::kCallsWindow;
  Calls(100, 100);
  EXPECT_TRUE(cap_.Lifts(scene_.PlanFacts(), scene_.active[0], 0));
}

TEST_F(CapTest, CallsAndProbesOfTheVantageTogetherLiftItsVoiceLayerWhateverTheScope) {
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage}));
  Calls(100, 5);
  EXPECT_TRUE(Lifts(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage}));
  EXPECT_FALSE(Lifts(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kLon}));
}

TEST_F(CapTest, AdmitsOneSiteAndThenWhatThePercentLeaves) {
  const auto facts = scene_.PlanFacts();
  Cap::Account account(cap_, facts);
  EXPECT_TRUE(account.Admit(0)) << "one site, though 20 % of 300 numbers are 60";
  EXPECT_FALSE(account.Admit(1));
  scene_.policy.cap_percent = 70;
  Cap::Account wider(cap_, facts);
  EXPECT_TRUE(wider.Admit(0));
  EXPECT_TRUE(wider.Admit(1));
  EXPECT_FALSE(wider.Admit(2));
}

TEST_F(CapTest, CountsCallsAwayBySkipAndByFlipTogetherAndOnce) {
  scene_.policy.cap_percent = 50;  // 150 numbers
  const auto facts = scene_.PlanFacts();
  {
    Cap::Account account(cap_, facts);
    EXPECT_EQ(account.AdmitShare({0, 1, 2}), 50);
  }
  for (const GroupIndex group : {0, 1, 2}) cap_.SetSkipped(group, 50);
  {
    Cap::Account account(cap_, facts);
    EXPECT_EQ(account.AdmitShare({0, 1, 2}), 50) << "its own part is no news";
    EXPECT_FALSE(account.Admit(0) && account.Admit(1)) << "a flip adds to the skip";
  }
  cap_.SetFlipped(0, 100);
  {
    Cap::Account account(cap_, facts);
    EXPECT_EQ(account.AdmitShare({0, 1, 2}), 25) << "50 numbers are left for the 200 at home";
  }
}

TEST_F(CapTest, ASkipMayAlwaysTakeAsMuchAsOneSite) {
  const auto facts = scene_.PlanFacts();
  Cap::Account account(cap_, facts);
  EXPECT_EQ(account.AdmitShare({0, 1, 2}), 33);
  EXPECT_EQ(account.AdmitShare({0}), 0) << "which is gone then";
  Cap::Account one(cap_, facts);
  EXPECT_EQ(one.AdmitShare({0}), 100);
}

}  // namespace
}  // namespace dialtone::detector
