#include "router/plan_text.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

const Group kGroup{"g1", "teams", {"pbx", "pstn"}};

std::string PlanOf(const std::vector<Share>& shares, bool ignore_hop_states = false) {
  return FormatPlan(MakePlan(kGroup, shares, ignore_hop_states));
}

TEST(PlanText, AtHomeTheBackupRoutesFollowInOrder) {
  EXPECT_EQ(PlanOf({{"teams", 100}}), "-|100:teams,pbx,pstn");
  EXPECT_EQ(FormatPlan(HomePlan(kGroup)), "-|100:teams,pbx,pstn");
}

TEST(PlanText, AwayFromHomeTheHomeRouteIsLast) {
  EXPECT_EQ(PlanOf({{"pbx", 100}}), "-|100:pbx,pstn,teams");
  EXPECT_EQ(PlanOf({{"pstn", 100}}), "-|100:pstn,pbx,teams");
}

TEST(PlanText, SharesStandInTheOrderOfTheGroupsRoutes) {
  EXPECT_EQ(PlanOf({{"pstn", 5}, {"pbx", 70}, {"teams", 25}}),
            "-|25:teams,pbx,pstn/70:pbx,pstn,teams/5:pstn,pbx,teams");
}

TEST(PlanText, SharesOfNothingAreLeftOut) {
  EXPECT_EQ(PlanOf({{"teams", 0}, {"pbx", 100}}), "-|100:pbx,pstn,teams");
}

TEST(PlanText, TheFlagSaysThatHopStatesAreIgnored) {
  EXPECT_EQ(PlanOf({{"pbx", 100}}, /*ignore_hop_states=*/true), "i|100:pbx,pstn,teams");
}

TEST(PlanText, ARecordIsWrittenAsTheVoiceLayerReadsIt) {
  const Group group{"g1", "teams", {"pbx"}};
  const Plan home = HomePlan(group);
  const Plan quarter = MakePlan(group, {{"teams", 25}, {"pbx", 75}}, false);
  const Plan away = MakePlan(group, {{"pbx", 100}}, false);
  EXPECT_EQ(FormatRecord({0, home, std::nullopt}), "0;-|100:teams,pbx;");
  EXPECT_EQ(FormatRecord({7, quarter, away}), "7;-|25:teams,pbx/75:pbx,teams;-|100:pbx,teams");
}

TEST(PlanText, TheSecondPlanIsInForceUntilTheCommit) {
  const PlanRecord record = *ParseRecord("7;-|100:pbx,teams;-|100:teams,pbx");
  EXPECT_EQ(record.InForce(6).Drawn()[0].route, "teams");
  EXPECT_EQ(record.InForce(7).Drawn()[0].route, "pbx");
  EXPECT_EQ(record.InForce(8).Drawn()[0].route, "pbx");
  EXPECT_EQ(ParseRecord("0;-|100:pbx,teams;-|100:teams,pbx")->InForce(0).Drawn()[0].route, "pbx");
  EXPECT_EQ(ParseRecord("7;-|100:pbx,teams;")->InForce(0).Drawn()[0].route, "pbx");
}

TEST(PlanText, WhatIsWrittenIsReadBack) {
  std::mt19937_64 seeded(1);
  const auto below = [&](uint64_t end) { return static_cast<int>(seeded() % end); };
  const std::vector<std::string> routes = kGroup.Routes();
  for (int i = 0; i < 500; ++i) {
    const auto random_plan = [&] {
      const int first = below(101);
      const int second = below(101 - static_cast<uint64_t>(first));
      return MakePlan(kGroup,
                      {{routes[0], first}, {routes[1], second}, {routes[2], 100 - first - second}},
                      below(2) == 0);
    };
    PlanRecord record{seeded(), random_plan(), std::nullopt};
    if (below(2) == 0) record.before = random_plan();
    EXPECT_EQ(ParseRecord(FormatRecord(record)), record) << FormatRecord(record);
  }
}

TEST(PlanText, WhatIsNotARecordIsNotRead) {
  for (const char* text : {"",
                           ";",
                           ";;",
                           "0",
                           "0;;",
                           "0;-|100:teams,pbx",
                           "0;-|100:teams,pbx;;",
                           "x;-|100:teams;",
                           "-1;-|100:teams;",
                           " 0;-|100:teams;",
                           "0;|100:teams;",
                           "0;z|100:teams;",
                           "0;-100:teams;",
                           "0;-|99:teams;",
                           "0;-|100:;",
                           "0;-|100:teams,;",
                           "0;-|100:,teams;",
                           "0;-|:teams;",
                           "0;-|0:teams/100:pbx;",
                           "0;-|101:teams;",
                           "0;-|50:teams/50:teams;",
                           "0;-|50:teams/51:pbx;",
                           "0;-|100:teams;junk",
                           "0;-|100:teams;-|100:",
                           "99999999999999999999;-|100:teams;",
                           "0;-|+100:teams;",
                           "0;-|100:teams|;",
                           "0;-|100:teams:pbx;"}) {
    EXPECT_EQ(ParseRecord(text), std::nullopt) << text;
  }
}

TEST(PlanText, APlanFitsAGroupOnlyByItsRoutes) {
  EXPECT_TRUE(PlanFits(*ParsePlan("-|100:pbx,teams"), kGroup));
  EXPECT_FALSE(PlanFits(*ParsePlan("-|100:pbx,teams,other"), kGroup));
}

TEST(PlanText, SaysWhichRoutesAreDrawn) {
  EXPECT_THAT(ParsePlan("-|25:teams,pbx/75:pbx,teams")->Drawn(),
              ::testing::ElementsAre(Share{"teams", 25}, Share{"pbx", 75}));
}

}  // namespace
}  // namespace dialtone::router
