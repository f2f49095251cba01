#include "router/proposal_rules.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::HasSubstr;

const HopWish kSkipT1{"t1", HopState::kAfterBackups, 100, "hub silent"};

Proposal Propose(uint64_t epoch, uint64_t generation, std::vector<GroupWish> groups,
                 std::vector<HopWish> hop_states = {}) {
  return {{epoch, generation}, std::move(groups), std::move(hop_states)};
}

GroupWish Shares(const std::string& group, std::vector<Share> shares) {
  GroupWish wish = On(group, "teams");
  wish.shares = std::move(shares);
  return wish;
}

GroupWish WithReason(GroupWish wish, std::string reason) {
  wish.reason = std::move(reason);
  return wish;
}

Proposal OnlyGroup(GroupWish wish) { return Propose(6, 1, AllHomeBut({std::move(wish)})); }

Proposal OnlyHop(HopWish wish) { return Propose(6, 1, AllHomeBut({}), {std::move(wish)}); }

Judgement Check(const Proposal& proposal) {
  const Topology topology = SampleTopology();
  return ProposalRules(topology).Check(proposal);
}

struct Refusal {
  const char* name;
  Proposal proposal;
  ProposalResult result;
  const char* reason;
};

std::vector<Refusal> Refusals() {
  const GroupWish rome = On("rome", "teams");
  std::vector<GroupWish> with_rome = AllHomeBut({});
  with_rome.push_back(rome);
  std::vector<GroupWish> twice = AllHomeBut({});
  twice.push_back(twice[0]);
  const std::vector<HopWish> many_hops(101, {"t1", HopState::kAfterBackups, 100, ""});
  return {
      {"UnknownGroup", Propose(6, 1, with_rome), ProposalResult::kInvalid,
       "group \"rome\": not in the router's configuration"},
      {"GroupTwice", Propose(6, 1, twice), ProposalResult::kInvalid,
       "group \"lon\" is given twice"},
      {"UnknownRoute", OnlyGroup(On("nyc", "mars")), ProposalResult::kInvalid,
       "given route \"mars\", expected one of teams, pbx"},
      {"RouteOfOtherGroups", OnlyGroup(On("nyc", "pstn")), ProposalResult::kInvalid,
       "given route \"pstn\", expected one of teams, pbx"},
      {"SipUri", OnlyGroup(On("nyc", "sip:evil.example")), ProposalResult::kInvalid,
       "expected one of teams, pbx"},
      {"NoShares", OnlyGroup(Shares("nyc", {})), ProposalResult::kInvalid, "sum to 0 %"},
      {"SharesTooSmall", OnlyGroup(Shares("nyc", {{"teams", 25}, {"pbx", 74}})),
       ProposalResult::kInvalid, "sum to 99 %, expected 100"},
      {"SharesTooLarge", OnlyGroup(Shares("nyc", {{"teams", 25}, {"pbx", 76}})),
       ProposalResult::kInvalid, "sum to 101 %, expected 100"},
      {"ShareAboveHundred", OnlyGroup(Shares("nyc", {{"teams", 101}})), ProposalResult::kInvalid,
       "given 101 %, expected 0 to 100"},
      {"NegativeShare", OnlyGroup(Shares("nyc", {{"teams", -1}, {"pbx", 101}})),
       ProposalResult::kInvalid, "given -1 %, expected 0 to 100"},
      {"RouteTwice", OnlyGroup(Shares("nyc", {{"pbx", 50}, {"pbx", 50}})), ProposalResult::kInvalid,
       "route \"pbx\" is given two shares"},
      {"TooManyShares", OnlyGroup(Shares("nyc", {{"pbx", 50}, {"teams", 50}, {"pbx", 0}})),
       ProposalResult::kInvalid, "given 3 shares"},
      {"NoOrigin", OnlyGroup(On("nyc", "pbx", Origin::kUnset)), ProposalResult::kInvalid,
       "expected an origin"},
      {"LongReason", OnlyGroup(WithReason(On("nyc", "pbx"), std::string(501, 'x'))),
       ProposalResult::kInvalid, "given 501 characters, expected at most 500"},
      {"UnknownHop", OnlyHop({"t9", HopState::kAfterBackups, 100, ""}), ProposalResult::kInvalid,
       "hop \"t9\": not in the router's configuration"},
      {"HopTwice", Propose(6, 1, AllHomeBut({}), {kSkipT1, kSkipT1}), ProposalResult::kInvalid,
       "hop \"t1\" is given two states"},
      {"HopWithoutState", OnlyHop({"t1", HopState::kUnset, 100, ""}), ProposalResult::kInvalid,
       "expected a state"},
      {"HopOfABackupRoute", OnlyHop({"pbx1", HopState::kLastInRoute, 100, ""}),
       ProposalResult::kInvalid, "hop of a backup route or of an emergency table"},
      {"HopOfTheEmergencyTable", OnlyHop({"carrier-a", HopState::kAfterBackups, 100, ""}),
       ProposalResult::kInvalid, "hop of a backup route or of an emergency table"},
      {"HopZeroPercent", OnlyHop({"t1", HopState::kAfterBackups, 0, ""}), ProposalResult::kInvalid,
       "given 0 %, expected 1 to 100"},
      {"HopAboveHundredPercent", OnlyHop({"t1", HopState::kLastInRoute, 101, ""}),
       ProposalResult::kInvalid, "given 101 %, expected 1 to 100"},
      {"HopLongReason", OnlyHop({"t1", HopState::kAfterBackups, 100, std::string(501, 'x')}),
       ProposalResult::kInvalid, "given 501 characters"},
      {"TooManyHopStates", Propose(6, 1, AllHomeBut({}), many_hops), ProposalResult::kTooMany,
       "given 101 hop states, expected at most 100"},
      {"TooManyGroups", Propose(6, 1, std::vector<GroupWish>(20'001, rome)),
       ProposalResult::kTooMany, "given 20001 groups, expected at most 20000"},
  };
}

class ProposalRulesTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(ProposalRulesTest, SayWhatIsWrong) {
  const Judgement judgement = Check(GetParam().proposal);
  EXPECT_EQ(judgement.result, GetParam().result);
  EXPECT_THAT(judgement.reason, HasSubstr(GetParam().reason));
  EXPECT_FALSE(judgement.accepted());
}

INSTANTIATE_TEST_SUITE_P(Table, ProposalRulesTest, ::testing::ValuesIn(Refusals()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ProposalRules, AcceptWhatIsInTheConfiguration) {
  EXPECT_TRUE(Check(Propose(6, 1, AllHomeBut({On("nyc", "pbx")}), {kSkipT1})).accepted());
  EXPECT_TRUE(Check(Propose(6, 1, {})).accepted());
  EXPECT_TRUE(Check(OnlyGroup(Shares("lon", {{"teams", 5}, {"pbx", 95}, {"pstn", 0}}))).accepted());
}

TEST(ProposalRules, TextsOfFiveHundredCharactersMayBeLongerInBytes) {
  std::string reason;
  for (int i = 0; i < 500; ++i) reason += "ü";
  EXPECT_TRUE(Check(OnlyGroup(WithReason(On("nyc", "pbx"), reason))).accepted());
}

TEST(ProposalRules, NormalIsAllowedForEveryHop) {
  EXPECT_TRUE(Check(OnlyHop({"pbx1", HopState::kNormal, 0, ""})).accepted());
}

TEST(ProposalRules, FindGroupsByName) {
  const Topology topology = SampleTopology();
  const ProposalRules rules(topology);
  EXPECT_EQ(rules.FindGroup("par"), &topology.groups[2]);
  EXPECT_EQ(rules.FindGroup("rome"), nullptr);
}

}  // namespace
}  // namespace dialtone::router
