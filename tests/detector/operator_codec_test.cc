#include "detector/operator_codec.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

const absl::Time kSince = absl::FromUnixSeconds(1'000'000);

v1::PlanRequest GoodPlan() {
  v1::PlanRequest request;
  request.set_action(v1::FAILOVER);
  request.mutable_scope()->set_site("lon");
  request.set_to_route("pbx");
  return request;
}

v1::HoldRequest GoodHold() {
  v1::HoldRequest request;
  request.set_verb(v1::HoldRequest::SET);
  request.mutable_scope()->set_group("g1");
  *request.mutable_duration() = ToProto(absl::Hours(4));
  request.set_reason("maintenance");
  return request;
}

TEST(OperatorCodec, ReadsWhatIsOrdered) {
  const absl::StatusOr<OperatorPlan> plan = Decode(GoodPlan());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->failback);
  EXPECT_EQ(plan->scope, (ScopeSelector{.kind = ScopeSelector::Kind::kSite, .name = "lon"}));
  EXPECT_EQ(plan->to_route, "pbx");

  v1::PlanRequest home = GoodPlan();
  home.set_action(v1::FAILBACK);
  home.clear_to_route();
  EXPECT_FALSE(Decode(home)->override_evidence);
  home.add_override_guards("evidence");
  EXPECT_TRUE(Decode(home)->override_evidence);
  home.set_override_guards(0, "cap");
  EXPECT_THAT(Decode(home).status().message(), HasSubstr("given \"cap\", expected evidence"));

  v1::ApplyRequest apply;
  apply.set_plan_id("7Q2M");
  apply.set_reason("  INC-4711 \n");
  const absl::StatusOr<OperatorApply> order = Decode(apply, "alice");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->plan_id, "7Q2M");
  EXPECT_EQ(order->author, "alice");
  EXPECT_EQ(order->reason, "INC-4711");
  EXPECT_EQ(order->hold, absl::InfiniteDuration()) << "absent: until cleared";

  const absl::StatusOr<OperatorHold> hold = Decode(GoodHold(), "alice");
  ASSERT_TRUE(hold.ok()) << hold.status();
  EXPECT_EQ(hold->verb, OperatorHold::Verb::kSet);
  EXPECT_EQ(hold->scope, (ScopeSelector{.kind = ScopeSelector::Kind::kGroup, .name = "g1"}));
  EXPECT_EQ(hold->duration, absl::Hours(4));

  v1::FreezeRequest freeze;
  freeze.set_frozen(true);
  freeze.set_reason("storm");
  EXPECT_TRUE(Decode(freeze, "bob")->frozen);
  EXPECT_EQ(Decode(freeze, "bob")->author, "bob");
}

TEST(OperatorCodec, RefusesPlansThatSayTooLittleOrTooMuch) {
  struct Case {
    const char* says;
    std::function<void(v1::PlanRequest*)> spoil;
  };
  const std::vector<Case> cases = {
      {"action: given 0", [](auto* r) { r->clear_action(); }},
      {"action: given 99", [](auto* r) { r->set_action(static_cast<v1::Action>(99)); }},
      {"scope: given nothing", [](auto* r) { r->clear_scope(); }},
      {"scope.all: given false", [](auto* r) { r->mutable_scope()->set_all(false); }},
      {"a name of 0 characters", [](auto* r) { r->mutable_scope()->set_site(""); }},
      {"a name of 65 characters",
       [](auto* r) { r->mutable_scope()->set_group(std::string(65, 'g')); }},
      {"to_route: given a name of 65", [](auto* r) { r->set_to_route(std::string(65, 'r')); }},
      {"a failback leads home", [](auto* r) { r->set_action(v1::FAILBACK); }},
  };
  for (const Case& one : cases) {
    v1::PlanRequest request = GoodPlan();
    one.spoil(&request);
    const absl::Status status = Decode(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.says));
  }
}

TEST(OperatorCodec, AsksForAReasonInOneLine) {
  for (const std::string& reason :
       {std::string(), std::string("   "), std::string(kMaxReason + 1, 'x'),
        std::string("a\x1b[2Jb"), std::string("two\nlines")}) {
    v1::FreezeRequest freeze;
    freeze.set_reason(reason);
    const absl::Status status = Decode(freeze, "alice").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << reason;
    EXPECT_THAT(std::string(status.message()), HasSubstr("reason: given")) << reason;
  }
}

TEST(OperatorCodec, HoldsLastAMinuteToAMonth) {
  for (const absl::Duration duration :
       {absl::Seconds(59), absl::Hours(24 * 30) + absl::Seconds(1), -absl::Hours(1)}) {
    v1::HoldRequest request = GoodHold();
    *request.mutable_duration() = ToProto(duration);
    EXPECT_THAT(std::string(Decode(request, "alice").status().message()),
                HasSubstr("expected 1 min to 30 d"));
  }
  v1::HoldRequest request = GoodHold();
  request.mutable_duration()->set_seconds(INT64_MAX);
  EXPECT_FALSE(Decode(request, "alice").ok());
}

TEST(OperatorCodec, RefusesAPlanIdThatNoPlanHas) {
  v1::ApplyRequest apply;
  apply.set_reason("x");
  EXPECT_FALSE(Decode(apply, "alice").ok());
  apply.set_plan_id(std::string(65, 'p'));
  EXPECT_FALSE(Decode(apply, "alice").ok());
}

TEST(OperatorCodec, ShowsAPlanAsTheCoreMadeIt) {
  const OperatorAnswer answer = {.plan_id = "7Q2M",
                                 .moves = {{.group = "g1",
                                            .numbers = 12,
                                            .from_route = "teams",
                                            .to_route = "pbx",
                                            .proof = "answered 2 s ago"}},
                                 .stays = {"g2: held by bob"},
                                 .guards = {"backup_unverified: pstn is silent"},
                                 .emergency = "not touched",
                                 .undo = "dialtone failback site lon",
                                 .confirmation = "lon"};
  const v1::PlanResponse response = EncodePlanAnswer(answer);
  EXPECT_EQ(response.plan_id(), "7Q2M");
  ASSERT_EQ(response.moves_size(), 1);
  EXPECT_EQ(response.moves(0).numbers(), 12u);
  EXPECT_EQ(response.moves(0).proof(), "answered 2 s ago");
  EXPECT_EQ(response.stays(0), "g2: held by bob");
  EXPECT_EQ(response.guards(0), "backup_unverified: pstn is silent");
  EXPECT_EQ(response.emergency(), "not touched");
  EXPECT_EQ(response.undo(), "dialtone failback site lon");
  EXPECT_EQ(response.confirmation(), "lon");
}

TEST(OperatorCodec, ADryRunOfAHoldStaysOne) {
  v1::HoldRequest request = GoodHold();
  EXPECT_FALSE(Decode(request, "alice")->dry_run);
  request.set_dry_run(true);
  EXPECT_TRUE(Decode(request, "alice")->dry_run);
}

TEST(OperatorCodec, AHoldsAnswerCarriesWhatItDoes) {
  const v1::HoldResponse response =
      EncodeHoldAnswer({.occurrence = 9, .holds = {{.author = "ana"}}, .effects = {"g-lon stays"}});
  ASSERT_EQ(response.holds_size(), 1);
  EXPECT_EQ(response.holds(0).author(), "ana");
  ASSERT_EQ(response.effects_size(), 1);
  EXPECT_EQ(response.effects(0), "g-lon stays");
  EXPECT_EQ(response.event_id(), 9U);
}

TEST(OperatorCodec, ShowsHoldsWithTheirEndIfTheyHaveOne) {
  Hold hold = {.scope = {.kind = ScopeSelector::Kind::kSite, .name = "lon"},
               .author = "alice",
               .reason = "maintenance",
               .since = kSince,
               .until = kSince + absl::Hours(4)};
  v1::HoldEntry entry = EncodeHold(hold);
  EXPECT_EQ(entry.scope().site(), "lon");
  EXPECT_EQ(FromProto(entry.until()), kSince + absl::Hours(4));
  hold.scope = {.kind = ScopeSelector::Kind::kAll};
  hold.until = absl::InfiniteFuture();
  entry = EncodeHold(hold);
  EXPECT_TRUE(entry.scope().all());
  EXPECT_FALSE(entry.has_until());
}

TEST(OperatorCodec, CutsTheGroupsOfALargeEvent) {
  Occurrence occurrence = {.id = 7, .time = kSince, .kind = OccurrenceKind::kFlip, .sentence = "s"};
  occurrence.groups.assign(1'000, "g");
  const v1::Event event = EncodeOccurrence(occurrence);
  EXPECT_EQ(event.id(), 7u);
  EXPECT_EQ(event.kind(), v1::EVENT_FLIP);
  EXPECT_EQ(event.groups_size(), kMaxEventGroups);
}

}  // namespace
}  // namespace dialtone::detector
