#include "router/route_table.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

const HopWish kSkipT1{"t1", HopState::kAfterBackups, 100, "hub silent"};

Proposal Propose(uint64_t epoch, uint64_t generation, std::vector<GroupWish> groups,
                 std::vector<HopWish> hop_states = {}) {
  return {{epoch, generation}, std::move(groups), std::move(hop_states)};
}

class RouteTableTest : public ::testing::Test {
 protected:
  explicit RouteTableTest(size_t groups_per_10s = 0)
      : table_(topology_, SampleInventory(), groups_per_10s) {}

  Judgement Judge(const Proposal& proposal, Writer writer = Writer::kDetector) {
    return table_.Judge(proposal, writer);
  }
  ProposalResult ResultOf(const Proposal& proposal, Writer writer = Writer::kDetector) {
    return Judge(proposal, writer).result;
  }
  // Accepts, or fails the test.
  void Accept(const Proposal& proposal, Writer writer = Writer::kDetector, double at = 0) {
    const Judgement judgement = Judge(proposal, writer);
    ASSERT_TRUE(judgement.accepted()) << judgement.reason;
    table_.Accept(proposal, At(at));
  }
  std::string PlanOf(absl::string_view group) { return FormatPlan(table_.Find(group)->plan); }
  // The voice layer reads back a plan.
  std::vector<absl::Duration> Confirm(const std::string& group, absl::string_view plan, double at) {
    return table_.Confirm({{group, ParsePlan(plan)}}, At(at));
  }

  const Topology topology_ = SampleTopology();
  RouteTable table_;
};

TEST_F(RouteTableTest, BeginsWithEveryGroupAtHomeAndNothingConfirmed) {
  ASSERT_THAT(table_.groups(), SizeIs(3));
  EXPECT_EQ(PlanOf("lon"), "-|100:teams,pbx,pstn");
  EXPECT_EQ(table_.Find("lon")->numbers, 2u);
  EXPECT_EQ(table_.Find("lon")->wanted, std::nullopt);
  EXPECT_FALSE(table_.Find("lon")->in_sync());
  EXPECT_EQ(table_.version(), (Version{0, 0}));
  EXPECT_EQ(table_.Find("rome"), nullptr);
}

TEST_F(RouteTableTest, AnAcceptedTableIsWanted) {
  Accept(Propose(3, 1, AllHomeBut({On("nyc", "pbx")})));
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams");
  EXPECT_EQ(PlanOf("lon"), "-|100:teams,pbx,pstn");
  EXPECT_EQ(table_.version(), (Version{3, 1}));
  EXPECT_THAT(table_.Plans(),
              ElementsAre(Field(&GroupPlan::group, "lon"), Field(&GroupPlan::group, "nyc"),
                          Field(&GroupPlan::group, "par")));
}

// ---- Refusals: each row is a proposal after (epoch 5, generation 5) with all groups at home. ----

struct Refusal {
  const char* name;
  Proposal proposal;
  Writer writer;
  ProposalResult result;
  const char* reason;
};

GroupWish WithReason(GroupWish wish, std::string reason) {
  wish.reason = std::move(reason);
  return wish;
}

Proposal OnlyGroup(GroupWish wish) { return Propose(6, 1, AllHomeBut({std::move(wish)})); }

std::vector<Refusal> Refusals() {
  const Writer detector = Writer::kDetector;
  std::vector<GroupWish> with_rome = AllHomeBut({});
  with_rome.push_back(On("rome", "teams"));
  std::vector<GroupWish> two = AllHomeBut({});
  two.pop_back();
  const GroupWish glass = On("nyc", "pbx", Origin::kBreakGlass);
  return {
      {"NoEpoch", Propose(0, 7, AllHomeBut({})), detector, ProposalResult::kInvalid,
       "count from 1"},
      {"NoGeneration", Propose(6, 0, AllHomeBut({})), detector, ProposalResult::kInvalid,
       "count from 1"},
      {"OlderEpoch", Propose(4, 9, AllHomeBut({})), detector, ProposalResult::kOlder,
       "given (epoch 4, generation 9), the last accepted is (epoch 5, generation 5)"},
      {"OlderGeneration", Propose(5, 4, AllHomeBut({})), detector, ProposalResult::kOlder,
       "generation 4"},
      {"OlderEvenIfWrong", Propose(5, 4, with_rome), detector, ProposalResult::kOlder,
       "generation 4"},
      {"SameWithOtherRoute", Propose(5, 5, AllHomeBut({On("nyc", "pbx")})), detector,
       ProposalResult::kConflicting, "other content"},
      {"SameWithOtherReason", Propose(5, 5, AllHomeBut({WithReason(On("nyc", "teams"), "other")})),
       detector, ProposalResult::kConflicting, "other content"},
      {"SameWithOtherHopState", Propose(5, 5, AllHomeBut({}), {kSkipT1}), detector,
       ProposalResult::kConflicting, "other content"},
      {"SameWithoutAGroup", Propose(5, 5, two), detector, ProposalResult::kConflicting,
       "other content"},
      {"Shrunk", Propose(6, 1, two), detector, ProposalResult::kShrunk, "given 2 of the 3 groups"},
      {"Empty", Propose(6, 1, {}), detector, ProposalResult::kShrunk, "given 0 of the 3 groups"},
      {"DetectorBreaksGlass", OnlyGroup(glass), detector, ProposalResult::kNotPermitted,
       "group \"nyc\": this caller may not set a route of origin break_glass"},
      {"OperatorAsAuto", OnlyGroup(On("nyc", "pbx", Origin::kAuto)), Writer::kOperator,
       ProposalResult::kNotPermitted, "origin auto"},
      {"OperatorAsOperator", OnlyGroup(On("nyc", "pbx", Origin::kOperator)), Writer::kOperator,
       ProposalResult::kNotPermitted, "origin operator"},
      // What is wrong with a proposal by itself: proposal_rules_test.cc.
      {"UnknownGroup", Propose(6, 1, with_rome), detector, ProposalResult::kInvalid,
       "group \"rome\": not in the router's configuration"},
  };
}

class RefusalTest : public RouteTableTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, ChangesNothingAndSaysWhy) {
  Accept(Propose(5, 5, AllHomeBut({})));
  const std::vector<GroupPlan> before = table_.Plans();
  const Judgement judgement = Judge(GetParam().proposal, GetParam().writer);
  EXPECT_EQ(judgement.result, GetParam().result);
  EXPECT_THAT(judgement.reason, HasSubstr(GetParam().reason));
  EXPECT_FALSE(judgement.accepted());
  EXPECT_EQ(table_.Plans(), before);
  EXPECT_EQ(table_.version(), (Version{5, 5}));
}

INSTANTIATE_TEST_SUITE_P(Table, RefusalTest, ::testing::ValuesIn(Refusals()),
                         [](const auto& row) { return std::string(row.param.name); });

// ---- What is accepted ----

TEST_F(RouteTableTest, ANewerGenerationAndANewerEpochAreAccepted) {
  Accept(Propose(5, 5, AllHomeBut({})));
  EXPECT_EQ(ResultOf(Propose(5, 6, AllHomeBut({On("nyc", "pbx")}))), ProposalResult::kAccepted);
  EXPECT_EQ(ResultOf(Propose(6, 1, AllHomeBut({On("nyc", "pbx")}))), ProposalResult::kAccepted);
}

TEST_F(RouteTableTest, TheSameTableAgainIsARepetitionInAnyOrder) {
  std::vector<GroupWish> groups = AllHomeBut({On("nyc", "pbx")});
  const std::vector<HopWish> hops = {kSkipT1, {"t2", HopState::kAfterBackups, 100, "hub silent"}};
  Accept(Propose(5, 5, groups, hops));
  EXPECT_EQ(ResultOf(Propose(5, 5, groups, hops)), ProposalResult::kRepeated);
  std::swap(groups[0], groups[2]);
  EXPECT_EQ(ResultOf(Propose(5, 5, groups, {hops[1], hops[0]})), ProposalResult::kRepeated);
}

TEST_F(RouteTableTest, OneGroupOfATableThatNeverNamedOthersIsEnough) {
  Accept(Propose(1, 1, {On("nyc", "pbx")}));
  EXPECT_EQ(table_.Find("lon")->wanted, std::nullopt);
  EXPECT_EQ(PlanOf("lon"), "-|100:teams,pbx,pstn");
  EXPECT_EQ(ResultOf(Propose(1, 2, {On("nyc", "teams")})), ProposalResult::kAccepted);
  EXPECT_EQ(ResultOf(Propose(1, 2, {On("lon", "teams")})), ProposalResult::kShrunk);
}

TEST_F(RouteTableTest, EachWriterMayUseItsOrigins) {
  EXPECT_EQ(ResultOf(OnlyGroup(On("nyc", "pbx", Origin::kOperator))), ProposalResult::kAccepted);
  Proposal glass = Propose(6, 1, {});
  for (GroupWish wish : AllHomeBut({})) {
    wish.origin = Origin::kBreakGlass;
    glass.groups.push_back(wish);
  }
  EXPECT_EQ(ResultOf(glass, Writer::kOperator), ProposalResult::kAccepted);
  EXPECT_EQ(ResultOf(OnlyGroup(On("nyc", "pbx", Origin::kOperator)), Writer::kAnyone),
            ProposalResult::kAccepted);
}

TEST_F(RouteTableTest, AnEntryThatRepeatsWhatIsWantedKeepsItsOriginWhoeverRepeatsIt) {
  Accept(Propose(5, 5, AllHomeBut({})));
  // The operator breaks the glass for one group and names the others as the detector set them.
  const GroupWish glass = On("nyc", "pbx", Origin::kBreakGlass);
  Accept(Propose(5, 6, AllHomeBut({glass})), Writer::kOperator);
  // The detector adopts this and moves another one.
  EXPECT_EQ(ResultOf(Propose(6, 1, AllHomeBut({glass, On("lon", "pbx")}))),
            ProposalResult::kAccepted);
  GroupWish other_reason = glass;
  other_reason.reason = "mine now";
  EXPECT_EQ(ResultOf(Propose(6, 1, AllHomeBut({other_reason}))), ProposalResult::kNotPermitted);
}

TEST_F(RouteTableTest, OnlyWhatChangedHasToBeStored) {
  Accept(Propose(5, 5, AllHomeBut({})));
  EXPECT_THAT(table_.Changed(Propose(5, 6, AllHomeBut({On("nyc", "pbx")}))),
              ElementsAre(On("nyc", "pbx")));
}

// ---- Wanted and confirmed ----

TEST_F(RouteTableTest, AGroupIsInSyncWhenTheVoiceLayerHasWhatIsWanted) {
  Accept(Propose(1, 1, AllHomeBut({On("nyc", "pbx")})), Writer::kDetector, 10);
  EXPECT_THAT(Confirm("nyc", "-|100:teams,pbx", 11), IsEmpty());
  EXPECT_FALSE(table_.Find("nyc")->in_sync());
  EXPECT_THAT(Confirm("nyc", "-|100:pbx,teams", 12.5), ElementsAre(absl::Seconds(2.5)));
  EXPECT_TRUE(table_.Find("nyc")->in_sync());
  EXPECT_EQ(table_.Find("nyc")->confirmed_time, At(12.5));
  EXPECT_THAT(Confirm("nyc", "-|100:pbx,teams", 20), IsEmpty()) << "told once";
}

TEST_F(RouteTableTest, AGroupFallsOutOfSyncWhenTheVoiceLayerSaysSo) {
  Accept(Propose(1, 1, AllHomeBut({On("nyc", "pbx")})));
  Confirm("nyc", "-|100:pbx,teams", 1);
  Confirm("nyc", "-|100:teams,pbx", 2);
  EXPECT_FALSE(table_.Find("nyc")->in_sync());
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams") << "what is wanted stays wanted";
  table_.Confirm({{"nyc", std::nullopt}}, At(3));
  EXPECT_EQ(table_.Find("nyc")->confirmed, std::nullopt);
}

TEST_F(RouteTableTest, AGroupNobodyNamedKeepsTheRouteItIsFoundOn) {
  Confirm("nyc", "-|25:teams,pbx/75:pbx,teams", 0);
  EXPECT_EQ(PlanOf("nyc"), "-|25:teams,pbx/75:pbx,teams");
  EXPECT_TRUE(table_.Find("nyc")->in_sync());
  EXPECT_EQ(table_.Find("nyc")->wanted, std::nullopt);
}

TEST_F(RouteTableTest, AKeptRouteIsTriedInTheOrderOfTodaysConfiguration) {
  Confirm("lon", "-|100:pstn,teams", 0);
  EXPECT_EQ(PlanOf("lon"), "-|100:pstn,pbx,teams");
  EXPECT_FALSE(table_.Find("lon")->in_sync());
}

TEST_F(RouteTableTest, AKeptRouteMustBeOneOfTheGroups) {
  Confirm("nyc", "-|100:pstn,teams", 0);
  EXPECT_EQ(PlanOf("nyc"), "-|100:teams,pbx");
  table_.Confirm({{"rome", ParsePlan("-|100:teams")}}, At(0));
}

TEST_F(RouteTableTest, ANamedGroupIsNotMovedByWhatIsFound) {
  table_.Restore({{2, 2}, {On("nyc", "pbx")}});
  Confirm("nyc", "-|100:teams,pbx", 0);
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams");
}

TEST_F(RouteTableTest, TheSerialRisesOnlyWhenAPlanChanges) {
  Accept(Propose(1, 1, AllHomeBut({})));
  const uint64_t serial = table_.plans_serial();
  Accept(Propose(1, 2, AllHomeBut({WithReason(On("nyc", "teams"), "other words")}), {kSkipT1}));
  EXPECT_EQ(table_.plans_serial(), serial);
  Accept(Propose(1, 3, AllHomeBut({On("nyc", "pbx")})));
  EXPECT_GT(table_.plans_serial(), serial);
}

// ---- After a restart ----

TEST_F(RouteTableTest, ARestoredTableIsWantedAndFences) {
  EXPECT_THAT(table_.Restore({{7, 3}, AllHomeBut({On("nyc", "pbx")})}), IsEmpty());
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams");
  EXPECT_EQ(ResultOf(Propose(7, 2, AllHomeBut({}))), ProposalResult::kOlder);
  EXPECT_EQ(ResultOf(Propose(7, 3, AllHomeBut({}))), ProposalResult::kConflicting);
  EXPECT_EQ(ResultOf(Propose(7, 4, {On("nyc", "pbx")})), ProposalResult::kShrunk);
}

TEST_F(RouteTableTest, GroupsThatTheConfigurationDroppedMayBeMissing) {
  EXPECT_THAT(table_.Restore({{7, 3}, {On("nyc", "pbx"), On("rome", "pbx"), On("par", "pbx")}}),
              ElementsAre("rome", "par"));
  EXPECT_EQ(PlanOf("par"), "-|100:teams,pstn") << "its route was dropped";
  EXPECT_EQ(ResultOf(Propose(7, 4, {On("nyc", "pbx")})), ProposalResult::kAccepted);
}

TEST_F(RouteTableTest, TheWriterTellsItsHopStatesAgainAfterARestart) {
  table_.Restore({{7, 3}, AllHomeBut({})});
  EXPECT_FALSE(table_.hop_states().known());
  EXPECT_FALSE(table_.Renew({7, 3}, At(0)));
  Accept(Propose(7, 3, AllHomeBut({}), {kSkipT1}), Writer::kDetector, 1);
  EXPECT_THAT(table_.hop_states().in_force(), ElementsAre(kSkipT1));
  EXPECT_EQ(ResultOf(Propose(7, 3, AllHomeBut({}))), ProposalResult::kConflicting);
  EXPECT_TRUE(table_.Renew({7, 3}, At(2)));
}

// ---- Hop states ----

TEST_F(RouteTableTest, HopStatesLiveOnlyAsLongAsTheirWriterRenewsThem) {
  Accept(Propose(1, 1, AllHomeBut({}), {kSkipT1}), Writer::kDetector, 0);
  EXPECT_EQ(table_.NextWake(), At(30));
  EXPECT_TRUE(table_.Renew({1, 1}, At(10)));
  EXPECT_EQ(table_.NextWake(), At(40));
  table_.Advance(At(40));
  EXPECT_THAT(table_.hop_states().in_force(), IsEmpty());
  EXPECT_EQ(table_.NextWake(), absl::InfiniteFuture());
}

TEST_F(RouteTableTest, OnlyTheLastAcceptedWriterMayRenew) {
  Accept(Propose(1, 1, AllHomeBut({}), {kSkipT1}));
  Accept(Propose(2, 1, AllHomeBut({}), {kSkipT1}));
  EXPECT_FALSE(table_.Renew({1, 1}, At(1)));
  EXPECT_FALSE(table_.Renew({2, 2}, At(1)));
  EXPECT_TRUE(table_.Renew({2, 1}, At(1)));
}

TEST_F(RouteTableTest, ATableWithoutHopStatesEndsThem) {
  Accept(Propose(1, 1, AllHomeBut({}), {kSkipT1}));
  Accept(Propose(1, 2, AllHomeBut({})));
  EXPECT_THAT(table_.hop_states().in_force(), IsEmpty());
  EXPECT_THAT(table_.hop_states().refused(), IsEmpty());
}

TEST_F(RouteTableTest, ASkipYieldsToAnsweredCallsAndReturnsWhenTheVoiceLayerIsLost) {
  for (int i = 0; i <= 5; ++i) {
    table_.ObserveCalls({{"t1", static_cast<uint64_t>(i) * 20, static_cast<uint64_t>(i) * 20}},
                        At(i));
  }
  Accept(Propose(1, 1, AllHomeBut({}), {kSkipT1}), Writer::kDetector, 5);
  EXPECT_THAT(table_.hop_states().refused(),
              ElementsAre(RefusedHop{"t1", "hop answers: 100 of 100 calls in the last 5 s"}));
  table_.LostCalls(At(6));
  EXPECT_THAT(table_.hop_states().in_force(), ElementsAre(kSkipT1));
}

// ---- Speed limit ----

class LimitedTableTest : public RouteTableTest {
 protected:
  LimitedTableTest() : RouteTableTest(/*groups_per_10s=*/1) {}
};

TEST_F(LimitedTableTest, LetsAutomaticMovesThroughAFewAtATime) {
  Accept(Propose(1, 1, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx"), On("par", "pstn")})));
  EXPECT_EQ(PlanOf("lon"), "-|100:pbx,pstn,teams");
  EXPECT_EQ(PlanOf("nyc"), "-|100:teams,pbx");
  EXPECT_EQ(table_.NextWake(), At(10));
  table_.Advance(At(9));
  EXPECT_EQ(PlanOf("nyc"), "-|100:teams,pbx");
  table_.Advance(At(10));
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams");
  table_.Advance(At(20));
  EXPECT_EQ(PlanOf("par"), "-|100:pstn,teams");
  EXPECT_EQ(table_.NextWake(), absl::InfiniteFuture());
}

TEST_F(LimitedTableTest, AWaitingGroupIsNotInSync) {
  Accept(Propose(1, 1, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx")})));
  Confirm("nyc", "-|100:teams,pbx", 1);
  EXPECT_FALSE(table_.Find("nyc")->in_sync());
  table_.Advance(At(10));
  EXPECT_THAT(Confirm("nyc", "-|100:pbx,teams", 11), ElementsAre(absl::Seconds(11)));
}

TEST_F(LimitedTableTest, AnOperatorsMoveDoesNotWait) {
  Accept(Propose(1, 1, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx")})));
  Accept(Propose(1, 2, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx", Origin::kOperator)})));
  EXPECT_EQ(PlanOf("nyc"), "-|100:pbx,teams");
  EXPECT_EQ(table_.NextWake(), absl::InfiniteFuture());
}

TEST_F(LimitedTableTest, AMoveTakenBackWhileItWaitedIsForgotten) {
  Accept(Propose(1, 1, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx")})));
  Accept(Propose(1, 2, AllHomeBut({On("lon", "pbx")})));
  EXPECT_EQ(table_.NextWake(), absl::InfiniteFuture());
  table_.Advance(At(30));
  EXPECT_EQ(PlanOf("nyc"), "-|100:teams,pbx");
}

}  // namespace
}  // namespace dialtone::router
