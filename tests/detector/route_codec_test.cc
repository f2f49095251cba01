#include "detector/route_codec.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kSince = absl::FromUnixSeconds(1'000'000);

GroupRoute Moved() {
  return {.group = "g1",
          .shares = {{.route = "teams", .percent = 25}, {.route = "pbx", .percent = 75}},
          .ignore_hop_states = true,
          .origin = Origin::kOperator,
          .reason = "INC-4711",
          .since = kSince};
}

// A report of voice layer vl1 with one moved group.
v1::ReadRoutesResponse GoodReport() {
  v1::ReadRoutesResponse report;
  report.set_voice_layer("vl1");
  report.set_epoch(3);
  report.set_generation(12);
  report.set_voice_layer_up(true);
  report.set_voice_layer_restarts(2);
  v1::GroupStatus* const group = report.add_groups();
  group->set_group("g1");
  group->set_home_route("teams");
  group->add_backup_routes("pbx");
  group->add_backup_routes("pstn");
  group->set_numbers(1204);
  *group->mutable_wanted() = EncodeGroupRoute(Moved());
  *group->add_confirmed() = EncodeShare({.route = "pbx", .percent = 100});
  group->set_in_sync(true);
  v1::Route* const route = report.add_routes();
  route->set_name("teams");
  route->add_hops("t1");
  route->add_hops("t2");
  v1::HopStateEntry* const hop = report.add_hop_states();
  hop->set_hop("t1");
  hop->set_state(v1::AFTER_BACKUPS);
  hop->set_percent(100);
  v1::RefusedHopState* const refused = report.add_refused_hop_states();
  refused->set_hop("t2");
  refused->set_reason("hop answers");
  v1::HopCalls* const calls = report.add_hop_calls();
  calls->set_hop("t1");
  calls->set_sent(50);
  calls->set_answered(48);
  return report;
}

TEST(RouteCodec, CarriesTheWholeWish) {
  const Wish wish = {
      .voice_layer = 0,
      .generation = 9,
      .groups = {Moved()},
      .hop_states = {
          {.hop = "t1", .state = HopState::kLastInRoute, .percent = 40, .reason = "suspected"}}};
  const v1::SetRoutesRequest request = EncodeWish(wish, /*epoch=*/4);
  EXPECT_EQ(request.epoch(), 4u);
  EXPECT_EQ(request.generation(), 9u);
  ASSERT_EQ(request.groups_size(), 1);
  const v1::GroupRoute& group = request.groups(0);
  EXPECT_EQ(group.group(), "g1");
  ASSERT_EQ(group.shares_size(), 2);
  EXPECT_EQ(group.shares(1).route(), "pbx");
  EXPECT_EQ(group.shares(1).percent(), 75u);
  EXPECT_TRUE(group.ignore_hop_states());
  EXPECT_EQ(group.origin(), v1::OPERATOR);
  EXPECT_EQ(group.reason(), "INC-4711");
  EXPECT_EQ(FromProto(group.since()), kSince);
  ASSERT_EQ(request.hop_states_size(), 1);
  EXPECT_EQ(request.hop_states(0).state(), v1::LAST_IN_ROUTE);
  EXPECT_EQ(request.hop_states(0).percent(), 40u);
}

TEST(RouteCodec, ShortensReasonsRatherThanSendATableThatIsTooLarge) {
  Wish wish = {.voice_layer = 0, .generation = 9};
  for (int i = 0; i < 20'000; ++i) {
    GroupRoute route = Moved();
    route.group = absl::StrCat("group-", i);
    for (int c = 0; c < 100; ++c) route.reason += "\xE2\x82\xAC";  // the euro sign, three bytes
    wish.groups.push_back(std::move(route));
  }
  const v1::SetRoutesRequest request = EncodeWish(wish, /*epoch=*/4);
  EXPECT_EQ(request.groups_size(), 20'000);
  EXPECT_LE(request.ByteSizeLong(), kMaxWishBytes);
  EXPECT_GT(request.ByteSizeLong(), kMaxWishBytes * 9 / 10) << "no more than need be";
  v1::SetRoutesRequest parsed;
  EXPECT_TRUE(parsed.ParseFromString(request.SerializeAsString())) << "no character was cut in two";
  EXPECT_THAT(parsed.groups(0).reason(), StartsWith("INC-4711"));
}

TEST(RouteCodec, ReadsAReportWhole) {
  const absl::StatusOr<RouterReport> report = DecodeReport(GoodReport(), 0, "vl1");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->epoch, 3u);
  EXPECT_EQ(report->generation, 12u);
  EXPECT_TRUE(report->voice_layer_up);
  EXPECT_EQ(report->voice_layer_restarts, 2u);
  ASSERT_THAT(report->groups, SizeIs(1));
  const RouterGroup& group = report->groups[0];
  EXPECT_EQ(group.home_route, "teams");
  EXPECT_THAT(group.backup_routes, ElementsAre("pbx", "pstn"));
  EXPECT_EQ(group.numbers, 1204u);
  EXPECT_EQ(group.wanted, Moved());
  EXPECT_THAT(group.confirmed, ElementsAre(Share{.route = "pbx", .percent = 100}));
  EXPECT_TRUE(group.in_sync);
  EXPECT_THAT(report->routes[0].hops, ElementsAre("t1", "t2"));
  EXPECT_EQ(report->hop_states[0].state, HopState::kAfterBackups);
  EXPECT_EQ(report->refused_hop_states[0].reason, "hop answers");
  EXPECT_EQ(report->hop_calls[0].answered, 48u);
}

TEST(RouteCodec, AGroupThatNoWriterNamedHasNoWish) {
  v1::ReadRoutesResponse message = GoodReport();
  message.mutable_groups(0)->clear_wanted();
  message.mutable_groups(0)->clear_confirmed();
  const absl::StatusOr<RouterReport> report = DecodeReport(message, 0, "vl1");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->groups[0].wanted, std::nullopt);
  EXPECT_TRUE(report->groups[0].confirmed.empty());
}

TEST(RouteCodec, TakesARouterThatBreaksTheRulesForOneThatCannotBeReached) {
  struct Case {
    const char* says;
    std::function<void(v1::ReadRoutesResponse*)> spoil;
  };
  const std::vector<Case> cases = {
      {"expected \"vl1\"", [](auto* r) { r->set_voice_layer("vl2"); }},
      {"origin 0", [](auto* r) { r->mutable_groups(0)->mutable_wanted()->clear_origin(); }},
      {"do not sum to 100",
       [](auto* r) { r->mutable_groups(0)->mutable_confirmed(0)->set_percent(99); }},
      {"do not sum to 100",
       [](auto* r) { r->mutable_groups(0)->mutable_wanted()->mutable_shares(0)->set_percent(26); }},
      {"do not sum to 100",
       [](auto* r) {
         // Wraps around to 100 in 32 bits.
         r->mutable_groups(0)->mutable_confirmed(0)->set_percent(4294967295u);
         r->mutable_groups(0)->add_confirmed()->set_percent(101);
       }},
      {"state 0", [](auto* r) { r->mutable_hop_states(0)->clear_state(); }},
      {"300 %", [](auto* r) { r->mutable_hop_states(0)->set_percent(300); }},
      {"more than",
       [](auto* r) {
         for (int i = 0; i < 20'001; ++i) r->add_groups();
       }},
  };
  for (const Case& one : cases) {
    v1::ReadRoutesResponse message = GoodReport();
    one.spoil(&message);
    const absl::Status status = DecodeReport(message, 0, "vl1").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.says));
  }
}

}  // namespace
}  // namespace dialtone::detector
