// What the core asks of a router: the whole table, and when.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/core.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An operator moves g-nyc to the PBX; the table that carries it.
Wish Move(Story* story, const std::string& reason) {
  story->Tell(OperatorPlan{.request = 1, .scope = {ScopeSelector::Kind::kGroup, "g-nyc"}});
  const Effects effects = story->Tell(OperatorApply{
      .request = 2, .plan_id = story->last_answer.plan_id, .author = "ana", .reason = reason});
  return effects.wishes.empty() ? Wish{} : effects.wishes[0];
}

TEST(CoreTable, AGroupThatOnlyTheRouterKnowsIsRepeatedAsItIs) {
  Story story;
  story.Run(absl::Seconds(5));
  const GroupRoute wanted{.group = "g-stranger",
                          .shares = {{.route = "pbx", .percent = 100}},
                          .origin = Origin::kOperator,
                          .reason = "long ago"};
  story.router().groups.push_back({.group = "g-stranger",
                                   .home_route = "teams",
                                   .wanted = wanted,
                                   .confirmed = wanted.shares,
                                   .in_sync = true});
  const Effects effects = story.Tell(story.router());
  ASSERT_THAT(effects.wishes, SizeIs(1));
  ASSERT_THAT(effects.wishes[0].groups, SizeIs(4));
  EXPECT_EQ(effects.wishes[0].groups[3], wanted) << "a table without it would be refused";
}

TEST(CoreTable, WhoOnlyObservesCarriesOutAnOperatorsOrderAndNothingElse) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  Story story(policy);
  story.Run(absl::Seconds(30));
  Move(&story, "drill");
  EXPECT_TRUE(story.IsAllOn("g-nyc", "pbx"));
  EXPECT_EQ(story.wishes(), 1);
  story.BreakHubs().Run(absl::Seconds(30));
  story.Restart(/*with_journal=*/true).Run(absl::Seconds(30));
  EXPECT_EQ(story.wishes(), 1);
}

TEST(CoreTable, AnOrderThatTheRouterDidNotHearIsAskedForAfterARestart) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  Story story(policy);
  story.Run(absl::Seconds(30)).LoseRouter();
  Move(&story, "drill");
  EXPECT_TRUE(story.IsAllOn("g-nyc", "teams"));
  story.Restart(/*with_journal=*/true).FindRouter();
  EXPECT_TRUE(story.IsAllOn("g-nyc", "pbx"));
}

TEST(CoreTable, WhoOnlyObservesLetsHopStatesLapse) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  Story story(policy);
  story.router().hop_states = {{.hop = "t1", .state = HopState::kAfterBackups}};
  story.Restart(/*with_journal=*/false).Run(absl::Seconds(35));
  EXPECT_THAT(story.router().hop_states, IsEmpty());
}

TEST(CoreTable, AReasonTooLongForTheRouterIsCutAtACharacter) {
  Story story;
  story.Run(absl::Seconds(30));
  std::string reason;
  for (int i = 0; i < 400; ++i) reason += "\xC3\xA9";  // two bytes each
  const Wish wish = Move(&story, reason);
  ASSERT_THAT(wish.groups, SizeIs(3));
  const std::string& cut = wish.groups[2].reason;
  EXPECT_LE(cut.size(), 500U);
  EXPECT_GE(cut.size(), 498U);
  EXPECT_THAT(cut, EndsWith("\xA9..."));
}

TEST(CoreTable, AHeldGroupsCallsIgnoreHopStates) {
  Story story;
  story.Run(absl::Seconds(30));
  const Effects effects =
      story.Tell(OperatorHold{.scope = {ScopeSelector::Kind::kSite, "lon"}, .author = "ana"});
  ASSERT_THAT(effects.wishes, SizeIs(1));
  EXPECT_TRUE(effects.wishes[0].groups[0].ignore_hop_states);
  EXPECT_FALSE(effects.wishes[0].groups[1].ignore_hop_states);
}

TEST(CoreTable, BeforeARouterWasReadNothingIsWantedFromIt) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  Core core(Story::LabFleet(), Story::LabPolicy(), CoreStart{.epoch = 1, .journal = {}}, now);
  EXPECT_THAT(core.Handle(Wake{}, now).wishes, IsEmpty());
  EXPECT_THAT(core.Handle(OperatorFreeze{.author = "ana"}, now).wishes, IsEmpty());
}

}  // namespace
}  // namespace dialtone::detector
