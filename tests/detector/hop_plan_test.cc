#include "detector/hop_plan.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HopPlanTest : public ::testing::Test {
 protected:
  const std::vector<HopStateEntry>& Decide() {
    scene_.Diagnose();
    Agenda agenda(scene_.now);
    plan_.Decide(scene_.FactsNow(), &cap_, &agenda, &scene_.chronicle);
    next_ = agenda.next();
    return plan_.in_force(0);
  }
  std::vector<std::string> Hops(HopState state) {
    std::vector<std::string> hops;
    for (const HopStateEntry& entry : Decide()) {
      if (entry.state == state) hops.push_back(entry.hop);
    }
    return hops;
  }
  // The vantage loses a hub twice in a row; its witness answers in between.
  void Suspect(TargetIndex hub) {
    for (int i = 0; i < 2; ++i) {
      scene_.Lose(Story::kVantage, hub);
      scene_.now += absl::Milliseconds(50);
      scene_.Answer(Story::kVantage, Story::kPing);
      scene_.now += absl::Milliseconds(50);
    }
  }

  Scene scene_;
  Cap cap_{scene_.fleet};
  HopPlan plan_{scene_.fleet};
  absl::Time next_;
};

TEST_F(HopPlanTest, OneSuspectedHubIsTriedLastInItsRoute) {
  scene_.Quiet(10);
  EXPECT_THAT(Decide(), IsEmpty());
  Suspect(Story::kHub1);
  EXPECT_THAT(Hops(HopState::kLastInRoute), ElementsAre("t1"));
  const std::vector<Occurrence> told = scene_.chronicle.Take();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, OccurrenceKind::kReorder);
  EXPECT_EQ(told[0].hop, "t1");
  scene_.Answer(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Decide(), IsEmpty());
}

TEST_F(HopPlanTest, WithAllHubsSuspectedTheOrderSaysNothing) {
  scene_.Quiet(10);
  // Spread over time: no diagnosis yet, but each hub is suspected.
  for (const TargetIndex hub : {Story::kHub1, Story::kHub2, Story::kHub3}) {
    scene_.Lose(Story::kVantage, hub);
    scene_.Lose(Story::kVantage, hub);
    scene_.Answer(Story::kVantage, Story::kPing);
  }
  EXPECT_THAT(Hops(HopState::kLastInRoute), IsEmpty());
}

TEST_F(HopPlanTest, ABranchsOwnTroubleTouchesNoHop) {
  scene_.Quiet(10);
  scene_.Rounds(
      10, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kLon; });
  EXPECT_THAT(Decide(), IsEmpty());
}

TEST_F(HopPlanTest, TheVantagesOwnDeadLineSuspectsNoHub) {
  scene_.Quiet(10);
  scene_.Rounds(5, [](SiteIndex site, TargetIndex target) {
    return site == Story::kVantage &&
           (IsHub(target) || target == Story::kPing || target == Story::kTcp);
  });
  EXPECT_THAT(Decide(), IsEmpty());
}

TEST_F(HopPlanTest, ConfirmedHubsAreTriedAfterEveryBackup) {
  scene_.Quiet(10);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1", "t2", "t3"));
  const std::vector<Occurrence> told = scene_.chronicle.Take();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().kind, OccurrenceKind::kSkip);
  EXPECT_THAT(told.back().sentence, HasSubstr("teams-signalling is down"));
}

TEST_F(HopPlanTest, AHubThatJustAnsweredTheVantageIsNotSkipped) {
  scene_.Quiet(10);
  scene_.Rounds(4, [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && !(site == Story::kVantage && target == Story::kHub2);
  });
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1", "t3"));
}

TEST_F(HopPlanTest, ASkippedHubReturnsAfterThreeGoodResultsEvenBeforeTheDiagnosisEnds) {
  scene_.Quiet(10);
  const auto hubs = [](SiteIndex, TargetIndex target) { return IsHub(target); };
  scene_.Rounds(3, hubs);
  Decide();
  const auto most = [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && !(site == Story::kVantage && target == Story::kHub1);
  };
  scene_.Rounds(2, most);
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1", "t2", "t3"));
  scene_.Rounds(1, most);
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t2", "t3"));
}

TEST_F(HopPlanTest, AHubThatHasAnsweredAgainIsNotSkippedForALoneLoss) {
  scene_.Quiet(10);
  const auto hubs = [](SiteIndex, TargetIndex target) { return IsHub(target); };
  const auto but_the_vantages = [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && site != Story::kVantage;
  };
  scene_.Rounds(3, hubs);
  ASSERT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1", "t2", "t3"));
  scene_.Rounds(4, but_the_vantages);
  ASSERT_THAT(Hops(HopState::kAfterBackups), IsEmpty());
  scene_.Rounds(1, hubs);
  EXPECT_THAT(Hops(HopState::kAfterBackups), IsEmpty());
  scene_.Rounds(1, hubs);
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1", "t2", "t3"));
}

TEST_F(HopPlanTest, OfAMildFaultALoneLossSkipsNoHub) {
  int turn = 0;
  const auto one_of_ten = [&turn](SiteIndex, TargetIndex target) {
    return IsHub(target) && ++turn % 10 == 0;
  };
  scene_.Quiet(60);
  for (int round = 0; round < 60; ++round) {
    scene_.Rounds(1, one_of_ten);
    scene_.Diagnose();
  }
  const auto& active = scene_.diagnostician.active();
  ASSERT_THAT(active, SizeIs(1));
  ASSERT_TRUE(IsConfirmed(active[0]));
  ASSERT_LE(ShareFor(active[0].severity, /*is_stream=*/false), 0.15);
  for (const TargetIndex hub : {Story::kHub1, Story::kHub2, Story::kHub3}) {
    scene_.Answer(Story::kVantage, hub);
  }
  scene_.now += absl::Milliseconds(100);
  scene_.Lose(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Hops(HopState::kAfterBackups), IsEmpty());
  scene_.now += absl::Milliseconds(100);
  scene_.Lose(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Hops(HopState::kAfterBackups), ElementsAre("t1"));
}

TEST_F(HopPlanTest, FreezeStartsNoStepAndEndsNone) {
  scene_.Quiet(10);
  Suspect(Story::kHub1);
  Decide();
  scene_.holds.Freeze(true, "ana: change");
  Suspect(Story::kHub2);
  scene_.Answer(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Hops(HopState::kLastInRoute), ElementsAre("t1"));
  scene_.holds.Freeze(false, "");
  EXPECT_THAT(Hops(HopState::kLastInRoute), ElementsAre("t2"));
}

TEST_F(HopPlanTest, InObserveModeNoHopIsTouched) {
  scene_.policy.may_act = false;
  scene_.Quiet(10);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  EXPECT_THAT(Decide(), IsEmpty());
}

TEST_F(HopPlanTest, AVantageThatFellSilentSuspectsNobodyForLong) {
  scene_.Quiet(10);
  Suspect(Story::kHub1);
  ASSERT_THAT(Hops(HopState::kLastInRoute), ElementsAre("t1"));
  EXPECT_LT(next_, scene_.now + absl::Seconds(6));
  scene_.now = next_;
  EXPECT_THAT(Decide(), IsEmpty());
}

// The vantage says nothing from now on; the branches go on.
class MuteVantageTest : public HopPlanTest {
 protected:
  void FallSilent(absl::Duration duration, std::vector<SiteIndex> heard) {
    const absl::Time end = scene_.now + duration;
    while (scene_.now < end) {
      scene_.now += absl::Seconds(1);
      for (const SiteIndex site : heard) {
        bool was_mute = false;
        scene_.attendance.OnBatch({.site = site, .run_id = 1}, scene_.now, &was_mute);
      }
      scene_.attendance.FallMute(scene_.now);
    }
  }
  std::vector<std::string> Skipped() { return Hops(HopState::kAfterBackups); }
};

TEST_F(MuteVantageTest, ASkipStaysWhileOthersCarryTheDiagnosis) {
  scene_.Quiet(10);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  ASSERT_THAT(Skipped(), SizeIs(3));
  scene_.chronicle.Take();
  FallSilent(absl::Minutes(5), {Story::kLon, Story::kPar, Story::kNyc});
  EXPECT_THAT(Skipped(), SizeIs(3));
  const std::vector<Occurrence> told = scene_.chronicle.Take();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, OccurrenceKind::kAlarm);
  EXPECT_THAT(told[0].sentence, HasSubstr("is silent while its hubs are skipped"));
  Decide();
  EXPECT_THAT(scene_.chronicle.Take(), IsEmpty()) << "once";
}

TEST_F(MuteVantageTest, ASkipThatNobodyElseCarriesEndsWithOneLease) {
  scene_.Quiet(10);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  ASSERT_THAT(Skipped(), SizeIs(3));
  FallSilent(absl::Seconds(20), {});
  EXPECT_THAT(Skipped(), SizeIs(3));
  EXPECT_LE(next_, scene_.now + absl::Seconds(10));
  FallSilent(absl::Seconds(11), {});
  EXPECT_THAT(Skipped(), IsEmpty());
}

TEST_F(HopPlanTest, WithoutACarriedDiagnosisOnlyAsManyCallsSkipAsTheCapLeaves) {
  scene_.Quiet(10);
  scene_.Rounds(15, [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && site == Story::kVantage;
  });
  EXPECT_THAT(Hops(HopState::kAfterBackups), SizeIs(3));
  EXPECT_EQ(Decide()[0].percent, 33) << "one site of three";
  const std::vector<Occurrence> told = scene_.chronicle.Take();
  const auto blocked = std::find_if(told.begin(), told.end(), [](const Occurrence& one) {
    return one.kind == OccurrenceKind::kBlocked;
  });
  ASSERT_NE(blocked, told.end());
  EXPECT_EQ(blocked->guard, "cap");
  EXPECT_THAT(blocked->sentence, HasSubstr("33 % of the calls of vl1 skip its hubs"));
}

TEST_F(HopPlanTest, WhatARouterHadAtTheStartStaysUntilTheEvidenceSpeaks) {
  const std::vector<HopStateEntry> found = {
      {.hop = "t1", .state = HopState::kAfterBackups, .reason = "silent"}};
  plan_.Adopt(0, found, scene_.now);
  EXPECT_THAT(Decide(), SizeIs(1));
  scene_.now += absl::Seconds(5);
  EXPECT_THAT(Decide(), SizeIs(1));
  scene_.Answer(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Decide(), IsEmpty());

  plan_.Adopt(0, found, scene_.now);
  scene_.now += absl::Seconds(10);
  scene_.Lose(Story::kVantage, Story::kHub1);
  EXPECT_THAT(Decide(), IsEmpty()) << "ten seconds, and nobody confirmed it";
}

}  // namespace
}  // namespace dialtone::detector
