// Stories: what happens to a small company, and what the core makes of it.
#include "detector/core.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Core, IsQuietWhileAllIsWell) {
  Story story;
  story.Run(absl::Minutes(2));
  const View view = story.Look();
  EXPECT_TRUE(view.all_healthy);
  EXPECT_THAT(view.diagnoses, IsEmpty());
  EXPECT_FALSE(story.Told(OccurrenceKind::kSuspected));
  EXPECT_LE(story.wishes(), 1);
}

TEST(Core, SkipsSilentHubsWithinSecondsThenMovesNumbersAndBringsThemHomeInSteps) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs();
  const absl::Duration skipped = story.Until(
      [&] {
        return story.Hop("t1") == HopState::kAfterBackups &&
               story.Hop("t2") == HopState::kAfterBackups &&
               story.Hop("t3") == HopState::kAfterBackups;
      },
      absl::Seconds(10));
  EXPECT_LT(skipped, absl::Seconds(3));
  EXPECT_TRUE(story.Confirmed(FaultDomain::kTeamsSignalling));
  EXPECT_EQ(story.Find(FaultDomain::kTeamsSignalling)->scope, Scope::kGlobal);
  EXPECT_TRUE(AllMoved(story, "teams"));

  const absl::Duration moved =
      skipped + story.Until([&] { return AllMoved(story, "pbx"); }, absl::Seconds(20));
  EXPECT_GE(moved, absl::Seconds(5));
  EXPECT_LT(moved, absl::Seconds(10));

  story.Run(absl::Seconds(20)).Heal();
  EXPECT_LT(story.Until([&] { return story.Hop("t1") == HopState::kNormal; }, absl::Seconds(20)),
            absl::Seconds(5));
  EXPECT_TRUE(AllMoved(story, "pbx"));
  EXPECT_LT(story.Until([&] { return story.Route("g-lon").size() == 2; }, absl::Minutes(1)),
            absl::Seconds(20));
  EXPECT_THAT(story.Route("g-lon"), ElementsAre(Share{"teams", 5}, Share{"pbx", 95}));
  EXPECT_LT(story.Until([&] { return AllMoved(story, "teams"); }, absl::Minutes(1)),
            absl::Seconds(25));
  story.Run(absl::Seconds(10));
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kTeamsSignalling));
  EXPECT_TRUE(story.Look().all_healthy);
}

TEST(Core, PutsOneSilentHubLastAndBackWithinSecondsAndMovesNothing) {
  Story story;
  story.Run(absl::Seconds(30));
  for (SiteIndex site = Story::kLon; site <= Story::kVantage; ++site) {
    story.Break(site, Story::kHub1);
  }
  EXPECT_LT(story.Until([&] { return story.Hop("t1") != HopState::kNormal; }, absl::Seconds(10)),
            absl::Seconds(3));
  story.Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(story.Confirmed(FaultDomain::kHub));
  EXPECT_EQ(story.Hop("t2"), HopState::kNormal);
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.accused(), Not(Contains(FaultDomain::kTeamsSignalling)));
  story.Heal();
  EXPECT_LT(story.Until([&] { return story.Hop("t1") == HopState::kNormal; }, absl::Seconds(20)),
            absl::Seconds(5));
}

TEST(Core, NamesTheSitesNetworkWhenItsUplinkIsCutAndMovesNothing) {
  Story story;
  story.Run(absl::Seconds(30)).CutUplink(Story::kLon).Run(kLongerThanAnyPersistence);
  const Diagnosis* const found = story.Find(FaultDomain::kSiteNetwork);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->state, DiagnosisState::kConfirmed);
  EXPECT_THAT(found->sentence, HasSubstr("site-network of lon"));
  EXPECT_THAT(found->sentence, HasSubstr("Teams is not accused"));
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kSiteNetwork));
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.router().hop_states, IsEmpty());
  story.Heal().Run(absl::Seconds(10));
  EXPECT_THAT(story.Look().diagnoses, IsEmpty());
}

TEST(Core, CutUplinkMovesTheGroupWhoseBackupAvoidsIt) {
  Story story;
  story.Run(absl::Seconds(30)).CutUplink(Story::kPar).Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(story.IsAllOn("g-par", "pbx"));
  EXPECT_TRUE(story.IsAllOn("g-lon", "teams"));
}

TEST(Core, CallsADarkSiteUnreachableAndMovesNothing) {
  Story story;
  story.Run(absl::Seconds(30)).CutUplink(Story::kLon).SilenceAgent(Story::kLon);
  story.Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(story.Confirmed(FaultDomain::kUnreachable));
  EXPECT_TRUE(story.Told(OccurrenceKind::kAlarm));
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kUnreachable));
  EXPECT_TRUE(AllMoved(story, "teams"));
}

TEST(Core, SilenceOfAnAgentAloneIsAnAlarmAndNoDiagnosis) {
  Story story;
  story.Run(absl::Seconds(30)).SilenceAgent(Story::kLon).Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(story.Told(OccurrenceKind::kAlarm));
  EXPECT_THAT(story.accused(), IsEmpty());
  EXPECT_TRUE(AllMoved(story, "teams"));
}

TEST(Core, HubsThatAnswer503AreDown) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs(Outcome::kRejected, 503);
  EXPECT_LT(
      story.Until([&] { return story.Hop("t1") == HopState::kAfterBackups; }, absl::Seconds(10)),
      absl::Seconds(3));
  story.Run(absl::Seconds(10));
  EXPECT_TRUE(AllMoved(story, "pbx"));
}

TEST(Core, ThrottlingAccusesNobody) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs(Outcome::kThrottled, 503).Run(kLongerThanAnyPersistence);
  EXPECT_THAT(story.accused(), IsEmpty());
  EXPECT_TRUE(AllMoved(story, "teams"));
}

TEST(Core, RefusalOfOurOwnCertificateIsOurs) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs(Outcome::kOwnConfiguration, 403);
  story.Run(kLongerThanAnyPersistence);
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kCertificate));
  EXPECT_TRUE(AllMoved(story, "teams"));
}

TEST(Core, WitnessesCutAlongWithTeamsAtOneSiteAccuseNobody) {
  Story story;
  story.Run(absl::Seconds(30));
  for (const TargetIndex target :
       {Story::kHub1, Story::kHub2, Story::kHub3, Story::kPing, Story::kTcp}) {
    story.Break(Story::kLon, target);
  }
  story.Run(kLongerThanAnyPersistence);
  EXPECT_THAT(story.accused(), Not(Contains(FaultDomain::kTeamsSignalling)));
  EXPECT_THAT(story.accused(), Not(Contains(FaultDomain::kSiteNetwork)));
  EXPECT_TRUE(AllMoved(story, "teams"));
  ASSERT_NE(story.Find(FaultDomain::kUnknown), nullptr);
}

TEST(Core, OneLostProbeMovesNothing) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Milliseconds(500)).Heal();
  story.Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.router().hop_states, IsEmpty());
}

TEST(Core, ASuspicionThatGrowsIsToldOnceAndNotTakenBack) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(10));
  int suspected = 0;
  for (const Occurrence& occurrence : story.told()) {
    if (occurrence.kind == OccurrenceKind::kSuspected) ++suspected;
    EXPECT_NE(occurrence.kind, OccurrenceKind::kEnded) << occurrence.sentence;
  }
  EXPECT_LE(suspected, 2);
}

TEST(Core, RecoveryOpensNoNewDiagnosis) {
  for (const Outcome outcome : {Outcome::kTimedOut, Outcome::kRejected}) {
    Story story;
    story.Run(absl::Seconds(30)).BreakHubs(outcome, 503).Run(absl::Seconds(15)).Heal();
    const std::size_t before = story.told().size();
    story.Run(absl::Minutes(2));
    for (std::size_t i = before; i < story.told().size(); ++i) {
      const Occurrence& occurrence = story.told()[i];
      EXPECT_NE(occurrence.kind, OccurrenceKind::kSuspected) << occurrence.sentence;
      EXPECT_NE(occurrence.kind, OccurrenceKind::kConfirmed) << occurrence.sentence;
    }
  }
}

TEST(Core, WitnessesThatWereNotHeardYetAreNotSaidToFail) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs(Outcome::kRejected, 503).Run(absl::Seconds(10));
  for (const Occurrence& occurrence : story.told()) {
    EXPECT_THAT(occurrence.sentence, Not(HasSubstr("unknown at")));
  }
}

TEST(Core, WhatASiteMeasuredWhileItWasDarkIsHistory) {
  Story story;
  story.Run(absl::Seconds(30)).CutUplink(Story::kLon).SilenceAgent(Story::kLon);
  story.Run(absl::Seconds(20)).Heal();
  Batch spooled{.site = Story::kLon, .run_id = 1};
  for (std::uint64_t i = 0; i < 100; ++i) {
    spooled.results.push_back({.target = i % 2 == 0 ? Story::kHub1 : Story::kPbx,
                               .sequence = 1'000'000 + i,
                               .sent = story.now() - absl::Milliseconds(10 * (100 - i)),
                               .outcome = Outcome::kTimedOut});
  }
  story.Tell(spooled);
  story.Run(absl::Seconds(10));
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kUnreachable));
}

TEST(Core, NamesWhatRemainsWhenTwoOfThreeHubsComeBack) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(15)).Heal();
  for (SiteIndex site = Story::kLon; site <= Story::kVantage; ++site) {
    story.Break(site, Story::kHub3);
  }
  story.Run(absl::Seconds(15));
  EXPECT_FALSE(story.Confirmed(FaultDomain::kTeamsSignalling));
  EXPECT_TRUE(story.Confirmed(FaultDomain::kHub));
  EXPECT_EQ(story.Hop("t1"), HopState::kNormal);
  EXPECT_EQ(story.Hop("t3"), HopState::kAfterBackups);
}

// ---- what it may not do

TEST(Core, InObserveModeItSaysSoAndTouchesNothing) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  Story story(policy);
  story.Run(absl::Seconds(30)).BreakHubs().Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(story.Confirmed(FaultDomain::kTeamsSignalling));
  EXPECT_EQ(story.wishes(), 0);
}

TEST(Core, AGroupThatOnlyOneSideKnowsIsAnErrorAndNeverMoved) {
  Fleet fleet = Story::LabFleet();
  Story story(Story::LabPolicy(), fleet);
  story.router().groups.erase(story.router().groups.begin());
  story.router().groups.push_back({.group = "g-stranger", .home_route = "teams"});
  story.FindRouter().BreakHubs().Run(absl::Seconds(20));
  EXPECT_THAT(story.Look().errors, ElementsAre(HasSubstr("g-lon"), HasSubstr("g-stranger")));
  EXPECT_TRUE(story.IsAllOn("g-nyc", "pbx"));
  EXPECT_THAT(story.Route("g-stranger"), IsEmpty());
}

TEST(Core, DoubledLateAndAbsurdResultsCountForNothing) {
  Story story;
  story.Run(absl::Seconds(30));
  const auto say = [&](std::uint64_t sequence, absl::Time sent) {
    story.Tell(Batch{.site = Story::kVantage,
                     .run_id = 1,
                     .results = {{.target = Story::kHub1,
                                  .sequence = sequence,
                                  .sent = sent,
                                  .outcome = Outcome::kTimedOut}}});
  };
  const View before = story.Look();
  say(1, story.now());                              // seen long ago
  say(1'000'001, story.now() - absl::Minutes(5));   // spooled
  say(1'000'002, story.now() + absl::Hours(1));     // a stepped clock
  say(1'000'003, story.now() - absl::Seconds(25));  // heard meanwhile, and still too late
  const View after = story.Look();
  EXPECT_EQ(after.results.accepted, before.results.accepted);
  EXPECT_EQ(after.results.doubled, before.results.doubled + 1);
  EXPECT_EQ(after.results.late, before.results.late + 3);
  story.Tell(Batch{.site = Story::kVantage, .run_id = 99, .results = {{.target = Story::kHub1}}});
  EXPECT_EQ(story.Look().results.old_run, before.results.old_run + 1);
}

TEST(Core, MuteSitesGoAlongWithAGlobalFault) {
  Story story;
  story.Run(absl::Seconds(30)).SilenceAgent(Story::kPar).Run(absl::Seconds(10));
  story.BreakHubs().Run(absl::Seconds(20));
  EXPECT_TRUE(AllMoved(story, "pbx"));
}

TEST(Core, BranchesThatLoseTheHubsMoveNothingWhileTheVantageReachesThem) {
  Story story;
  story.Run(absl::Seconds(30));
  for (SiteIndex site = Story::kLon; site <= Story::kNyc; ++site) {
    for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) story.Break(site, hub);
  }
  story.Run(kLongerThanAnyPersistence);
  EXPECT_TRUE(AllMoved(story, "teams"));
  EXPECT_THAT(story.router().hop_states, IsEmpty());
}

TEST(Core, AFaultOnTheWayHomeSendsCallsBackAtOnce) {
  Story story;
  story.Run(absl::Seconds(30)).BreakHubs().Run(absl::Seconds(30)).Heal();
  ASSERT_LT(story.Until([&] { return story.Route("g-nyc").size() == 2; }, absl::Minutes(2)),
            absl::Minutes(2));
  story.BreakHubs();
  EXPECT_LT(story.Until([&] { return AllMoved(story, "pbx"); }, absl::Minutes(1)),
            absl::Seconds(8));
}

}  // namespace
}  // namespace dialtone::detector
