// What the plan adopts, keeps over a restart, and gives back.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr GroupIndex kLonGroup = 0;

RouterReport With(const PlanScene& scene, const std::string& route, Origin origin,
                  absl::Time since) {
  RouterReport report = scene.Report();
  report.groups[0].wanted = GroupRoute{.group = "g-lon",
                                       .shares = {{.route = route, .percent = 100}},
                                       .origin = origin,
                                       .reason = "because",
                                       .since = since};
  return report;
}

std::vector<GroupIndex> Adopt(PlanScene* scene, Plan* plan, const RouterReport& report) {
  scene->routers.OnReport(report);
  return plan->Adopt(scene->PlanFacts(), report, scene->now);
}

TEST(PlanMemory, AGroupThatNobodyEverMovedIsHome) {
  PlanScene scene;
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  EXPECT_EQ(scene.plan.standing(kLonGroup).wanted->reason, "never moved");
}

TEST(PlanMemory, WhatADetectorMovedIsAdoptedAndStaysAnew) {
  PlanScene scene;
  Plan plan(scene.fleet);
  EXPECT_THAT(Adopt(&scene, &plan, With(scene, "pbx", Origin::kAuto, scene.now)), IsEmpty());
  ASSERT_TRUE(plan.standing(kLonGroup).away.has_value());
  EXPECT_EQ(plan.standing(kLonGroup).away->since, scene.now);
  EXPECT_EQ(plan.standing(kLonGroup).away->backup, "pbx");
}

TEST(PlanMemory, WhatAHumanMovedIsForTheCallerToHold) {
  for (const Origin origin : {Origin::kOperator, Origin::kBreakGlass}) {
    PlanScene scene;
    Plan plan(scene.fleet);
    EXPECT_THAT(Adopt(&scene, &plan, With(scene, "pbx", origin, scene.now)),
                ElementsAre(kLonGroup));
    EXPECT_FALSE(plan.standing(kLonGroup).away.has_value()) << "it does not come home by itself";
  }
}

TEST(PlanMemory, OfAGroupItKnowsOnlyBreakGlassIsAdopted) {
  PlanScene scene;
  Adopt(&scene, &scene.plan, With(scene, "pbx", Origin::kAuto, scene.now));
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams")) << "a report is no order";
  EXPECT_THAT(Adopt(&scene, &scene.plan, With(scene, "pbx", Origin::kBreakGlass, scene.now)),
              ElementsAre(kLonGroup));
  EXPECT_TRUE(scene.IsOn(kLonGroup, "pbx"));
}

TEST(PlanMemory, ABreakGlassRouteThatAnOperatorTookBackIsNotAdoptedAgain) {
  PlanScene scene;
  const RouterReport report = With(scene, "pbx", Origin::kBreakGlass, scene.now);
  Adopt(&scene, &scene.plan, report);
  scene.plan.Order(kLonGroup, {.group = "g-lon",
                               .shares = {{.route = "teams", .percent = 100}},
                               .origin = Origin::kOperator});
  // The router says the same until it has heard of the order.
  EXPECT_THAT(Adopt(&scene, &scene.plan, report), IsEmpty());
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  const RouterReport again = With(scene, "pbx", Origin::kBreakGlass, scene.now + absl::Minutes(1));
  EXPECT_THAT(Adopt(&scene, &scene.plan, again), ElementsAre(kLonGroup));
}

TEST(PlanMemory, ARouteThatTheRouterNoLongerKnowsGivesWayToTheRoutersOwn) {
  PlanScene scene;
  scene.plan.Order(kLonGroup,
                   {.group = "g-lon", .shares = {{.route = "old-trunk", .percent = 100}}});
  Adopt(&scene, &scene.plan, scene.Report());
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
}

TEST(PlanMemory, AReleasedGroupComesHomeAsIfAFlipHadMovedIt) {
  PlanScene scene;
  scene.plan.Order(kLonGroup, {.group = "g-lon",
                               .shares = {{.route = "pbx", .percent = 100}},
                               .origin = Origin::kOperator});
  scene.plan.Release(scene.PlanFacts(), kLonGroup, scene.now);
  ASSERT_TRUE(scene.plan.standing(kLonGroup).away.has_value());
  scene.Pass(absl::Seconds(45), /*hubs_answer=*/true);
  EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  scene.plan.Release(scene.PlanFacts(), kLonGroup, scene.now);
  EXPECT_FALSE(scene.plan.standing(kLonGroup).away.has_value()) << "it is home";
}

TEST(PlanMemory, EverythingSurvivesARestart) {
  PlanScene scene;
  scene.HubsDownForAll();
  scene.Pass(absl::Seconds(9));
  scene.active.clear();
  scene.Pass(absl::Seconds(21), /*hubs_answer=*/true);  // the first step home
  const std::map<std::string, std::string> journal = scene.plan.Unsaved(scene.fleet);
  EXPECT_EQ(journal.size(), 3U);
  EXPECT_TRUE(scene.plan.Unsaved(scene.fleet).empty()) << "nothing has changed since";

  Plan restored(scene.fleet);
  restored.Restore(scene.fleet, journal);
  for (GroupIndex group = 0; group < 3; ++group) {
    const GroupStanding& before = scene.plan.standing(group);
    const GroupStanding& after = restored.standing(group);
    EXPECT_EQ(after.wanted, before.wanted);
    EXPECT_EQ(after.flips, before.flips);
    ASSERT_EQ(after.away.has_value(), before.away.has_value());
    if (!before.away.has_value()) continue;
    EXPECT_EQ(after.away->since, before.away->since);
    EXPECT_EQ(after.away->backup, before.away->backup);
    EXPECT_EQ(after.away->diagnosis, before.away->diagnosis);
    EXPECT_EQ(after.away->clean_since, before.away->clean_since);
    EXPECT_EQ(after.away->step, before.away->step);
    EXPECT_EQ(after.away->step_since, before.away->step_since);
  }
  EXPECT_TRUE(restored.Unsaved(scene.fleet).empty()) << "it says the same in the same words";
  restored.Order(kLonGroup, {.group = "g-lon", .shares = {{.route = "teams", .percent = 100}}});
  EXPECT_EQ(restored.Unsaved(scene.fleet).size(), 1U) << "of the others nothing is new";
}

TEST(PlanMemory, ADamagedRecordIsAdoptedFromTheRouterInstead) {
  PlanScene scene;
  Plan plan(scene.fleet);
  plan.Restore(scene.fleet, {{"group/g-lon", "0\tbecause"}, {"group/unknown", "x"}});
  EXPECT_FALSE(plan.standing(kLonGroup).wanted.has_value());
  scene.plan.Order(kLonGroup,
                   {.group = "g-lon",
                    .shares = {{.route = "teams", .percent = 5}, {.route = "pbx", .percent = 35}}});
  plan.Restore(scene.fleet, scene.plan.Unsaved(scene.fleet));
  EXPECT_FALSE(plan.standing(kLonGroup).wanted.has_value()) << "shares of 40 % in sum";
  Adopt(&scene, &plan, scene.Report());
  EXPECT_TRUE(plan.standing(kLonGroup).wanted.has_value());
}

TEST(PlanMemory, SaysWhatHappensNextAndWhen) {
  PlanScene scene;
  const auto steps = [&] { return scene.plan.NextSteps(scene.PlanFacts(), scene.now); };
  EXPECT_THAT(steps(), IsEmpty());
  scene.HubsDownForAll();
  ASSERT_FALSE(steps().empty());
  EXPECT_THAT(steps()[0], HasSubstr("g-lon moves to its backup in 5s"));
  scene.Pass(absl::Seconds(9));
  EXPECT_THAT(steps()[0], HasSubstr("stays on pbx until its home route is clean"));
  scene.active.clear();
  scene.Pass(absl::Seconds(1), /*hubs_answer=*/true);
  EXPECT_THAT(steps()[0], HasSubstr("begins to come home in"));
  scene.Pass(absl::Seconds(20), /*hubs_answer=*/true);
  EXPECT_THAT(steps()[0], HasSubstr("takes its next step home in"));
}

TEST(PlanMemory, SaysWhyNothingHappensNext) {
  struct Row {
    const char* says;
    void (*change)(PlanScene*);
  };
  const Row table[] = {
      {"g-lon stays where it is: maintenance: held by ana: x",
       [](PlanScene* scene) {
         scene->holds.Set({.scope = {}, .author = "ana", .reason = "x"});
         scene->HubsDownForAll();
         scene->Pass(absl::Seconds(10));
       }},
      {"g-lon stays at home: the fault has gone quiet; it must be there for 5s",
       [](PlanScene* scene) {
         scene->HubsDownForAll();
         scene->active[0].lasts_since = absl::InfiniteFuture();
       }},
      {"g-lon would move to its backup in 5s if the fault lasts, but the policy only observes",
       [](PlanScene* scene) {
         scene->policy.may_act = false;
         scene->HubsDownForAll();
       }},
      {"g-lon stays at home: its backup does not avoid the uplink",
       [](PlanScene* scene) {
         scene->Confirm(FaultDomain::kSiteNetwork, Scope::kSite, {Story::kLon});
       }},
  };
  for (const Row& row : table) {
    PlanScene scene;
    row.change(&scene);
    const std::vector<std::string> steps = scene.plan.NextSteps(scene.PlanFacts(), scene.now);
    ASSERT_FALSE(steps.empty()) << row.says;
    EXPECT_THAT(steps[0], HasSubstr(row.says));
  }
}

TEST(PlanMemory, SaysTheRightTimeAfterTheSecondAndTheThirdFault) {
  Policy policy = Story::LabPolicy();
  policy.stay_first = absl::Seconds(60);
  policy.stay_longest = absl::Minutes(30);
  policy.stay_doubles = true;
  policy.stay_after_third_fault = absl::Minutes(35);
  policy.failback_steps = {100};
  PlanScene scene(policy);
  absl::Duration before = absl::ZeroDuration();
  for (int fault = 1; fault <= 3; ++fault) {
    scene.HubsDownForAll();
    scene.Pass(absl::Seconds(13));
    scene.active.clear();
    scene.Pass(absl::Seconds(1), /*hubs_answer=*/true);
    const absl::Duration left = HomeFrom(policy, scene.plan.standing(kLonGroup)) - scene.now;
    EXPECT_GT(left, 3 * before / 2) << "fault " << fault;
    before = left;
    EXPECT_THAT(scene.plan.NextSteps(scene.PlanFacts(), scene.now)[0],
                HasSubstr(absl::StrCat("begins to come home in ",
                                       absl::FormatDuration(absl::Ceil(left, absl::Seconds(1))))));
    scene.Pass(left - absl::Seconds(1), /*hubs_answer=*/true);
    EXPECT_TRUE(scene.IsOn(kLonGroup, "pbx"));
    scene.Pass(absl::Seconds(2), /*hubs_answer=*/true);
    EXPECT_TRUE(scene.IsOn(kLonGroup, "teams"));
  }
}

}  // namespace
}  // namespace dialtone::detector
