#include "detector/orders.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/plan_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr ScopeSelector::Kind kSite = ScopeSelector::Kind::kSite;
constexpr ScopeSelector::Kind kGroup = ScopeSelector::Kind::kGroup;

class OrdersTest : public ::testing::Test {
 protected:
  OperatorAnswer Plan(ScopeSelector scope, bool failback = false, std::string to_route = "",
                      bool override_evidence = false) {
    return orders_.Handle(OperatorPlan{.request = 7,
                                       .failback = failback,
                                       .scope = std::move(scope),
                                       .to_route = to_route,
                                       .override_evidence = override_evidence},
                          scene_.PlanFacts(), scene_.now);
  }
  OperatorAnswer Apply(const std::string& plan_id) {
    return orders_.Handle(
        OperatorApply{.request = 8, .plan_id = plan_id, .author = "ana", .reason = "drill"},
        scene_.PlanFacts(), scene_.now, &scene_.plan, &scene_.holds, &scene_.chronicle);
  }
  OperatorAnswer Hold(OperatorHold order) {
    order.author = "ana";
    order.reason = "migration";
    return orders_.Handle(order, scene_.PlanFacts(), scene_.now, &scene_.plan, &scene_.holds,
                          &scene_.chronicle);
  }
  // The router has carried out what is wanted.
  void Confirm() {
    RouterReport report = scene_.Report();
    for (std::size_t group = 0; group < report.groups.size(); ++group) {
      report.groups[group].wanted = scene_.plan.standing(static_cast<GroupIndex>(group)).wanted;
      report.groups[group].confirmed = report.groups[group].wanted->shares;
    }
    scene_.routers.OnReport(report);
  }

  PlanScene scene_;
  Orders orders_{5};
};

TEST_F(OrdersTest, APlanSaysExactlyWhatWouldHappenAndChangesNothing) {
  const OperatorAnswer answer = Plan({kSite, "lon"});
  EXPECT_EQ(answer.request, 7U);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_THAT(answer.moves, SizeIs(1));
  EXPECT_EQ(answer.moves[0].group, "g-lon");
  EXPECT_EQ(answer.moves[0].numbers, 100U);
  EXPECT_EQ(answer.moves[0].from_route, "teams");
  EXPECT_EQ(answer.moves[0].to_route, "pbx");
  EXPECT_EQ(answer.confirmation, "lon");
  EXPECT_THAT(answer.undo, HasSubstr("failback site lon"));
  EXPECT_THAT(answer.emergency, HasSubstr("not touched"));
  EXPECT_THAT(answer.guards, IsEmpty());
  EXPECT_EQ(scene_.OnBackup(), 0);
}

TEST_F(OrdersTest, ApplyDoesWhatThePlanSaidAndHoldsIt) {
  const OperatorAnswer answer = Apply(Plan({kSite, "lon"}).plan_id);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_TRUE(scene_.IsOn(0, "pbx"));
  EXPECT_EQ(scene_.OnBackup(), 1);
  EXPECT_EQ(scene_.plan.standing(0).wanted->origin, Origin::kOperator);
  EXPECT_EQ(scene_.plan.standing(0).wanted->reason, "ana: drill");
  ASSERT_NE(scene_.holds.Covering(0), nullptr);
  EXPECT_EQ(scene_.holds.Covering(1), nullptr);
  EXPECT_GT(answer.occurrence, 0U);
}

TEST_F(OrdersTest, FailbackBringsHomeAndClearsTheHold) {
  Apply(Plan({kSite, "lon"}).plan_id);
  Confirm();
  const OperatorAnswer plan = Plan({kSite, "lon"}, /*failback=*/true);
  ASSERT_THAT(plan.moves, SizeIs(1));
  EXPECT_EQ(plan.moves[0].to_route, "teams");
  ASSERT_TRUE(Apply(plan.plan_id).status.ok());
  EXPECT_TRUE(scene_.IsOn(0, "teams"));
  EXPECT_EQ(scene_.holds.Covering(0), nullptr);
}

TEST_F(OrdersTest, FailbackOfASiteClearsTheHoldsOfItsGroupsToo) {
  Apply(Plan({kGroup, "g-lon"}).plan_id);
  Confirm();
  ASSERT_TRUE(Apply(Plan({kSite, "lon"}, /*failback=*/true).plan_id).status.ok());
  EXPECT_THAT(scene_.holds.all(), IsEmpty());
}

TEST_F(OrdersTest, FailbackIntoAFaultThatLastsIsRefusedUnlessOverriddenAndHeldThen) {
  Apply(Plan({kSite, "lon"}).plan_id);
  Confirm();
  scene_.HubsDownForAll();
  const OperatorAnswer plan = Plan({}, /*failback=*/true);
  EXPECT_THAT(plan.guards, ElementsAre(HasSubstr("evidence: g-lon: its calls would go back into a "
                                                 "fault that lasts: hubs are down")))
      << "those at home are none of it";
  EXPECT_EQ(Apply(plan.plan_id).status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(scene_.IsOn(0, "pbx"));
  ASSERT_NE(scene_.holds.Covering(0), nullptr) << "refused: nothing was changed";

  const OperatorAnswer forced = Plan({kSite, "lon"}, /*failback=*/true, "", true);
  EXPECT_THAT(forced.guards, IsEmpty());
  ASSERT_THAT(forced.moves, SizeIs(1));
  EXPECT_THAT(forced.moves[0].proof, HasSubstr("though its calls would go back into a fault"));
  ASSERT_TRUE(Apply(forced.plan_id).status.ok());
  scene_.Pass(absl::Seconds(30));
  EXPECT_TRUE(scene_.IsOn(0, "teams")) << "the detector does not take it back";
  scene_.active[0].diagnosis.state = DiagnosisState::kSuspected;
  EXPECT_THAT(Plan({}, /*failback=*/true).guards, IsEmpty()) << "a suspicion refuses nothing";
}

TEST_F(OrdersTest, WhatIsThereAlreadyStays) {
  const OperatorAnswer answer = Plan({}, /*failback=*/true);
  EXPECT_THAT(answer.moves, IsEmpty());
  EXPECT_THAT(answer.stays, SizeIs(3));
}

TEST_F(OrdersTest, AScopeThatMatchesNothingIsNotFound) {
  EXPECT_EQ(Plan({kSite, "moon"}).status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Plan({kSite, "vantage"}).status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Plan({kGroup, "g-moon"}).status.message(), HasSubstr("given group g-moon"));
}

TEST_F(OrdersTest, APlanIsAppliedOnceAndWithinTwoMinutes) {
  const std::string first = Plan({kSite, "lon"}).plan_id;
  EXPECT_TRUE(Apply(first).status.ok());
  EXPECT_EQ(Apply(first).status.code(), absl::StatusCode::kNotFound);
  const std::string second = Plan({kSite, "nyc"}).plan_id;
  EXPECT_NE(first, second);
  scene_.now += Orders::kPlanLasts;
  scene_.Answer(Story::kVantage, Story::kPbx);
  EXPECT_EQ(Apply(second).status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Apply("p-1-1").status.code(), absl::StatusCode::kNotFound);
}

TEST_F(OrdersTest, APlanOvertakenByTheFactsIsAborted) {
  const std::string plan_id = Plan({kSite, "lon"}).plan_id;
  RouterReport report = scene_.Report();
  report.groups[0].confirmed = {{.route = "pbx", .percent = 100}};
  scene_.routers.OnReport(report);
  EXPECT_EQ(Apply(plan_id).status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(scene_.OnBackup(), 0);
}

TEST_F(OrdersTest, NotEvenAHumanMovesToABackupThatIsNotProven) {
  scene_.now += kProofLasts;
  const OperatorAnswer plan = Plan({kSite, "lon"});
  ASSERT_TRUE(plan.status.ok());
  EXPECT_THAT(plan.guards, ElementsAre(HasSubstr("backup_unverified: g-lon")));
  const OperatorAnswer answer = Apply(plan.plan_id);
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(scene_.OnBackup(), 0);
  EXPECT_THAT(Plan({kSite, "lon"}, false, "moon").guards, SizeIs(1));
}

TEST_F(OrdersTest, PlansThatWaitAreBounded) {
  for (std::size_t i = 0; i < Orders::kMostPlans; ++i) {
    ASSERT_TRUE(Plan({kSite, "lon"}).status.ok());
  }
  EXPECT_EQ(Plan({kSite, "lon"}).status.code(), absl::StatusCode::kResourceExhausted);
  scene_.now += Orders::kPlanLasts;
  EXPECT_TRUE(Plan({kSite, "lon"}).status.ok());
}

TEST_F(OrdersTest, AHoldIsSetListedAndCleared) {
  const OperatorAnswer set =
      Hold({.request = 1, .scope = {kSite, "lon"}, .duration = absl::Hours(4)});
  ASSERT_TRUE(set.status.ok());
  ASSERT_THAT(set.holds, SizeIs(1));
  EXPECT_EQ(set.holds[0].until, scene_.now + absl::Hours(4));
  EXPECT_EQ(Hold({.scope = {kSite, "moon"}}).status.code(), absl::StatusCode::kNotFound);
  const OperatorHold clear{.verb = OperatorHold::Verb::kClear, .scope = {kSite, "lon"}};
  EXPECT_THAT(Hold(clear).holds, IsEmpty());
  EXPECT_EQ(Hold(clear).status.code(), absl::StatusCode::kNotFound);
}

TEST_F(OrdersTest, AHoldSaysWhatItDoesToEachGroup) {
  Apply(Plan({kSite, "lon"}).plan_id);
  Confirm();
  const OperatorAnswer set = Hold({.scope = {}, .duration = absl::Hours(4)});
  ASSERT_THAT(set.effects, SizeIs(3));
  EXPECT_THAT(
      set.effects[0],
      HasSubstr("g-lon stays on pbx: nothing automatic moves it until 1970-01-12 17:46 UTC"));
  EXPECT_THAT(set.effects[1], HasSubstr("stays on teams"));
  EXPECT_GT(set.occurrence, 0U);
  const OperatorAnswer inner =
      Hold({.verb = OperatorHold::Verb::kClear, .scope = {kSite, "lon"}, .dry_run = true});
  EXPECT_THAT(inner.effects, ElementsAre("g-lon stays on pbx: ana holds all too (migration)"));
  const OperatorAnswer clear = Hold({.verb = OperatorHold::Verb::kClear, .scope = {}});
  ASSERT_THAT(clear.effects, SizeIs(3));
  EXPECT_EQ(clear.effects[0],
            "g-lon is on pbx and comes home by itself when its home route is clean");
  EXPECT_THAT(clear.effects[1], HasSubstr("is at home on teams; a fault may move it"));
  EXPECT_THAT(clear.holds, IsEmpty()) << "what is cleared takes along what it covers";
}

TEST_F(OrdersTest, ADryRunOfAHoldChangesNothing) {
  const OperatorAnswer set = Hold({.scope = {kSite, "lon"}, .dry_run = true});
  ASSERT_TRUE(set.status.ok());
  EXPECT_THAT(set.effects, ElementsAre(HasSubstr("until the hold is cleared")));
  EXPECT_THAT(set.holds, IsEmpty());
  EXPECT_EQ(set.occurrence, 0U);
  EXPECT_EQ(scene_.holds.Covering(0), nullptr);

  Apply(Plan({kSite, "lon"}).plan_id);
  Hold({.verb = OperatorHold::Verb::kClear, .scope = {kSite, "lon"}, .dry_run = true});
  EXPECT_NE(scene_.holds.Covering(0), nullptr);
  EXPECT_FALSE(scene_.plan.standing(0).away.has_value());
}

TEST_F(OrdersTest, AReleasedGroupThatStandsOffHomeComesHomeByItself) {
  Apply(Plan({kSite, "lon"}).plan_id);
  EXPECT_FALSE(scene_.plan.standing(0).away.has_value());
  Hold({.verb = OperatorHold::Verb::kClear, .scope = {kSite, "lon"}});
  EXPECT_TRUE(scene_.plan.standing(0).away.has_value());
}

TEST_F(OrdersTest, FreezeSaysWhoAndWhy) {
  const OperatorAnswer answer =
      Orders::Handle(OperatorFreeze{.request = 3, .author = "ana", .reason = "change night"},
                     scene_.now, &scene_.holds, &scene_.chronicle);
  EXPECT_TRUE(answer.frozen);
  EXPECT_EQ(scene_.holds.frozen_reason(), "ana: change night");
  EXPECT_FALSE(
      Orders::Handle(OperatorFreeze{.frozen = false}, scene_.now, &scene_.holds, &scene_.chronicle)
          .frozen);
  EXPECT_FALSE(scene_.holds.frozen());
}

TEST(MainRoute, IsTheOneWithMostCalls) {
  EXPECT_EQ(MainRoute({}), "");
  EXPECT_EQ(MainRoute({{"teams", 25}, {"pbx", 75}}), "pbx");
}

}  // namespace
}  // namespace dialtone::detector
