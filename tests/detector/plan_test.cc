#include "detector/plan.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr GroupIndex kLonGroup = 0;
constexpr GroupIndex kParGroup = 1;

TEST(Plan, WithoutADiagnosisEverythingStaysHome) {
  PlanScene scene;
  scene.Pass(absl::Minutes(1), /*hubs_answer=*/true);
  EXPECT_EQ(scene.OnBackup(), 0);
  EXPECT_THAT(scene.chronicle.Take(), IsEmpty());
}

TEST(Plan, NumbersMoveOnceTheFaultHasLastedInWaves) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Decide();
  EXPECT_EQ(scene.next, scene.now + absl::Seconds(5));
  scene.Pass(absl::Milliseconds(4500));
  EXPECT_EQ(scene.OnBackup(), 0);
  scene.Pass(absl::Milliseconds(500));
  EXPECT_EQ(scene.OnBackup(), 1) << "the first wave";
  scene.Pass(absl::Milliseconds(2500));
  EXPECT_EQ(scene.OnBackup(), 1);
  scene.Pass(absl::Milliseconds(500));
  EXPECT_EQ(scene.OnBackup(), 3);
  EXPECT_EQ(scene.plan.standing(kLonGroup).wanted->reason, "hubs are down");
  EXPECT_EQ(scene.plan.standing(kLonGroup).wanted->origin, Origin::kAuto);
}

TEST(Plan, ASuspicionMovesNothing) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.active[0].diagnosis.state = DiagnosisState::kSuspected;
  scene.Pass(absl::Minutes(2));
  EXPECT_EQ(scene.OnBackup(), 0);
}

TEST(Plan, PersistenceIsThePolicysByScopeAndDomain) {
  const Policy policy;
  const auto of = [&](FaultDomain domain, Scope scope) {
    return PersistenceOf(policy, {.domain = domain, .scope = scope});
  };
  EXPECT_EQ(of(FaultDomain::kTeamsSignalling, Scope::kGlobal), absl::Seconds(5));
  EXPECT_EQ(of(FaultDomain::kTeamsSignalling, Scope::kRegion), absl::Seconds(5));
  EXPECT_EQ(of(FaultDomain::kTeamsSignalling, Scope::kSite), absl::Seconds(12));
  EXPECT_EQ(of(FaultDomain::kTeamsSignalling, Scope::kIsp), absl::Seconds(20));
  EXPECT_EQ(of(FaultDomain::kSiteNetwork, Scope::kSite), absl::Seconds(30));
  EXPECT_EQ(of(FaultDomain::kMediaPath, Scope::kGlobal), absl::Seconds(30));
}

TEST(Plan, ANarrowDiagnosisWaitsForAWiderSuspicionThatExplainsIt) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage});
  scene.HubsDownForAll();
  scene.active[1].diagnosis.state = DiagnosisState::kSuspected;
  scene.Pass(absl::Seconds(30));
  EXPECT_EQ(scene.OnBackup(), 0);
  scene.active.pop_back();
  scene.Pass(absl::Milliseconds(500));
  EXPECT_GT(scene.OnBackup(), 0);
}

TEST(Plan, ANarrowDiagnosisMovesNoMoreThanTheCapAndSaysSo) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage});
  scene.Pass(absl::Seconds(13));
  EXPECT_EQ(scene.OnBackup(), 1) << "one site; 20 % of 300 numbers would be none";
  EXPECT_EQ(scene.plan.standing(kParGroup).guard, "cap");
  const std::vector<Occurrence> told = scene.chronicle.Take();
  EXPECT_EQ(
      std::count_if(told.begin(), told.end(), [](const auto& one) { return one.guard == "cap"; }),
      1)
      << "once, not at every event";
}

TEST(Plan, WhatOnlySilentAgentsCarryMovesNothing) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.now += absl::Seconds(10);
  scene.attendance.FallMute(scene.now);
  scene.Answer(Story::kVantage, Story::kPbx);
  scene.Decide();
  EXPECT_EQ(scene.OnBackup(), 0);
  EXPECT_EQ(scene.plan.standing(kLonGroup).guard, "stale");
}

TEST(Plan, WhatHurtsFewerCallsThanThePolicyAsksMovesNothing) {
  Policy policy = Story::LabPolicy();
  policy.least_hurt_percent = 30;
  PlanScene scene(policy);
  scene.HubsDownForAll();
  scene.active[0].severity = 2;
  scene.Pass(absl::Seconds(10));
  EXPECT_EQ(scene.OnBackup(), 0);
  EXPECT_EQ(scene.plan.standing(kLonGroup).blocked_by,
            "evidence: about 15 % of probes fail; numbers move from 30 % on");
  scene.active[0].severity = 1;
  scene.Decide();
  EXPECT_EQ(scene.OnBackup(), 1);
}

TEST(Plan, ASuspicionElsewhereDoesNotHoldUpANarrowDiagnosis) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage});
  scene.Confirm(FaultDomain::kTeamsSignalling, Scope::kIsp, {Story::kNyc});
  scene.active[1].diagnosis.state = DiagnosisState::kSuspected;
  scene.active[1].diagnosis.scope_name = "b";
  scene.Pass(absl::Seconds(13));
  EXPECT_GT(scene.OnBackup(), 0);
}

TEST(Plan, AWiderSuspicionThatHoldsUpANarrowDiagnosisIsNamedOnceAndLetsGo) {
  PlanScene scene;
  scene.Confirm(FaultDomain::kTeamsSignalling, Scope::kSite, {Story::kVantage});
  scene.HubsDownForAll();
  scene.active[1].diagnosis.state = DiagnosisState::kSuspected;
  scene.active[1].diagnosis.sentence = "hubs may be down for all";
  const auto told = [&] {
    int blocked = 0;
    for (const Occurrence& one : scene.chronicle.Take()) {
      if (one.kind != OccurrenceKind::kBlocked) continue;
      ++blocked;
      EXPECT_EQ(one.guard, "conflict");
      EXPECT_THAT(one.sentence, HasSubstr("hubs may be down for all"));
    }
    return blocked;
  };
  scene.Pass(absl::Seconds(13));
  EXPECT_EQ(scene.OnBackup(), 0);
  EXPECT_EQ(scene.plan.standing(kLonGroup).guard, "conflict");
  EXPECT_EQ(told(), 1) << "of all groups in one";
  // What comes and goes is not told of each time.
  for (int i = 0; i < 5; ++i) {
    scene.holds.Freeze(i % 2 == 0, "ana: change");
    scene.Pass(absl::Seconds(1));
    for (const Occurrence& one : scene.chronicle.Take()) EXPECT_NE(one.guard, "conflict");
  }
  scene.holds.Freeze(false, "ana: change");
  scene.active.resize(1);
  scene.Decide();
  EXPECT_GT(scene.OnBackup(), 0);
}

struct GuardRow {
  std::string guard;
  void (*refuse)(PlanScene*);
};

TEST(Plan, EveryGuardKeepsAGroupWhereItIsAndNamesItself) {
  const GuardRow table[] = {
      {"frozen", [](PlanScene* scene) { scene->holds.Freeze(true, "ana: change"); }},
      {"maintenance",
       [](PlanScene* scene) { scene->holds.Set({.scope = {}, .author = "ana", .reason = "x"}); }},
      {"stale",
       [](PlanScene* scene) { scene->routers.OnLost({.voice_layer = 0, .error = "gone"}); }},
  };
  for (const GuardRow& row : table) {
    PlanScene scene;
    row.refuse(&scene);
    scene.HubsDownForAll();
    scene.Pass(absl::Seconds(20));
    EXPECT_EQ(scene.OnBackup(), 0) << row.guard;
    EXPECT_EQ(scene.plan.standing(kLonGroup).guard, row.guard);
    EXPECT_THAT(scene.plan.standing(kLonGroup).blocked_by, HasSubstr(row.guard));
  }
}

TEST(Plan, NobodyMovesToABackupThatDoesNotAnswer) {
  PlanScene scene;
  scene.now += absl::Seconds(40);
  scene.HubsDownForAll();
  scene.now += absl::Seconds(10);
  scene.Decide();
  EXPECT_EQ(scene.plan.standing(kLonGroup).guard, "backup_unverified");
  scene.Answer(Story::kVantage, Story::kPbx);
  scene.Decide();
  EXPECT_EQ(scene.OnBackup(), 1);
}

TEST(Plan, NobodyMovesDuringTheWarmUp) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.now += absl::Seconds(10);
  scene.Decide(/*is_warm=*/false);
  EXPECT_EQ(scene.plan.standing(kLonGroup).guard, "warmup");
  scene.Decide(/*is_warm=*/true);
  EXPECT_EQ(scene.OnBackup(), 1);
}

TEST(Plan, InObserveModeNothingMoves) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  PlanScene scene(policy);
  scene.HubsDownForAll();
  scene.Pass(absl::Minutes(1));
  EXPECT_EQ(scene.OnBackup(), 0);
}

// ---- home again

TEST(Plan, ComesHomeInStepsAfterTheStayAndACleanWhile) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  ASSERT_EQ(scene.OnBackup(), 3);
  scene.Pass(absl::Seconds(20));  // stay over, fault still there
  EXPECT_EQ(scene.OnBackup(), 3);
  scene.active.clear();
  scene.Pass(absl::Milliseconds(10'000), /*hubs_answer=*/true);
  EXPECT_EQ(scene.OnBackup(), 3);
  scene.Pass(absl::Seconds(1), /*hubs_answer=*/true);
  EXPECT_THAT(scene.Shares(kLonGroup), ElementsAre(Share{"teams", 5}, Share{"pbx", 95}));
  scene.Pass(absl::Seconds(10), /*hubs_answer=*/true);
  EXPECT_THAT(scene.Shares(kLonGroup), ElementsAre(Share{"teams", 25}, Share{"pbx", 75}));
  scene.Pass(absl::Seconds(10), /*hubs_answer=*/true);
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  EXPECT_FALSE(scene.plan.standing(kLonGroup).away.has_value());
}

TEST(Plan, SilenceOfTheHomeRouteIsNotClean) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  scene.active.clear();
  scene.Pass(absl::Minutes(5));  // no hub answers, and nothing accuses them
  EXPECT_EQ(scene.OnBackup(), 3);
}

TEST(Plan, AFaultOnTheWayHomeSendsItBackAtOnceAndIsAnotherFlip) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  scene.active.clear();
  scene.Pass(absl::Seconds(25), /*hubs_answer=*/true);
  ASSERT_EQ(scene.OnBackup(), 0);
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(4));
  EXPECT_EQ(scene.OnBackup(), 3);
  EXPECT_EQ(scene.plan.standing(kLonGroup).flips.size(), 2U);
}

TEST(Plan, FreezeAndHoldStopTheWayHome) {
  for (const bool by_freeze : {true, false}) {
    PlanScene scene;
    scene.HubsDownForAll();
    scene.Pass(absl::Seconds(9));
    scene.active.clear();
    if (by_freeze) {
      scene.holds.Freeze(true, "ana: wait");
    } else {
      scene.holds.Set({.scope = {}, .author = "ana", .reason = "wait"});
    }
    scene.Pass(absl::Minutes(2), /*hubs_answer=*/true);
    EXPECT_EQ(scene.OnBackup(), 3);
  }
}

TEST(Plan, EachFlipWithinTheHourStaysTwiceAsLong) {
  Policy policy = Story::LabPolicy();
  policy.stay_first = absl::Seconds(60);
  policy.stay_longest = absl::Minutes(30);
  policy.stay_doubles = true;
  policy.failback_steps = {100};
  PlanScene scene(policy);
  // The lull before the second fault lasts 70 s, and until the flip up to 9 s more: it is trusted
  // after twice that.
  struct Case {
    absl::Duration stay;
    absl::Duration home_by;
  };
  for (const auto& [stay, home_by] :
       {Case{absl::Seconds(60), absl::Seconds(70)}, Case{absl::Seconds(120), absl::Seconds(160)}}) {
    scene.HubsDownForAll();
    scene.Pass(absl::Seconds(9));
    ASSERT_EQ(scene.OnBackup(), 3);
    scene.active.clear();
    scene.Pass(stay - absl::Seconds(5), /*hubs_answer=*/true);
    EXPECT_EQ(scene.OnBackup(), 3) << stay;
    scene.Pass(home_by - stay + absl::Seconds(5), /*hubs_answer=*/true);
    EXPECT_EQ(scene.OnBackup(), 0) << stay;
  }
}

TEST(Plan, AfterTheThirdFaultOfAnHourItStaysUntilLongClean) {
  Policy policy = Story::LabPolicy();
  policy.stay_after_third_fault = absl::Minutes(35);
  policy.failback_steps = {100};
  PlanScene scene(policy);
  for (int fault = 1; fault <= 3; ++fault) {
    scene.HubsDownForAll();
    scene.Pass(absl::Seconds(9));
    scene.active.clear();
    scene.Pass(absl::Seconds(30), /*hubs_answer=*/true);
    EXPECT_EQ(scene.OnBackup(), fault < 3 ? 0 : 3) << "fault " << fault;
  }
  scene.Pass(absl::Minutes(33), /*hubs_answer=*/true);
  EXPECT_EQ(scene.OnBackup(), 3);
  scene.Pass(absl::Minutes(3), /*hubs_answer=*/true);
  EXPECT_EQ(scene.OnBackup(), 0);
}

}  // namespace
}  // namespace dialtone::detector
