#include "router/reconciler.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_voice_layer.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Plan PlanAt(const std::string& route) {
  return MakePlan({"lon", "teams", {"pbx"}}, {{route, 100}}, false);
}

const HopWish kSkipT1{"t1", HopState::kAfterBackups, 100, "silent"};

// A reconciler of lon and par, and the loop's side of the talk.
class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() { voice_layer_.plans = {{"lon", PlanAt("teams")}, {"par", PlanAt("teams")}}; }

  // Wants all groups on `route`, in answer to the last full reading.
  void Want(const std::string& route,
            std::optional<std::vector<HopWish>> hop_states = std::nullopt) {
    wish_.plans = std::make_shared<const std::vector<GroupPlan>>(
        std::vector<GroupPlan>{{"lon", PlanAt(route)}, {"par", PlanAt(route)}});
    ++wish_.serial;
    wish_.hop_states = std::move(hop_states);
    wish_.full_reading = full_reading_;
    reconciler_.Want(wish_);
  }

  void Step(double at) { reconciler_.Step(absl::FromUnixMillis(1'000'000 + int64_t(at * 1000))); }
  double NextWake() const {
    return absl::ToDoubleSeconds(reconciler_.NextWake() - absl::FromUnixMillis(1'000'000));
  }

  // A running pair that agrees, at second 0.
  void Settle(std::optional<std::vector<HopWish>> hop_states = std::nullopt) {
    Step(0);
    Want("teams", std::move(hop_states));
    Step(0);
    voice_layer_.Calls();
  }

  bool Report(VoiceLayerReport report) {
    if (loses_reports_) return false;
    if (report.full_reading != 0) full_reading_ = report.full_reading;
    reports_.push_back(std::move(report));
    return true;
  }

  FakeVoiceLayer voice_layer_;
  std::vector<VoiceLayerReport> reports_;
  uint64_t full_reading_ = 0;
  bool loses_reports_ = false;
  VoiceLayerWish wish_;
  Reconciler reconciler_{{"lon", "par"}, &voice_layer_, [this](VoiceLayerReport report) {
                           return Report(std::move(report));
                         }};
};

TEST_F(ReconcilerTest, ReadsAllBeforeItWritesAnything) {
  Want("pbx");  // by a loop that knows nothing of the voice layer yet
  Step(0);
  EXPECT_THAT(voice_layer_.Calls(), ElementsAre("keep"));
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_TRUE(reports_[0].up);
  EXPECT_EQ(reports_[0].full_reading, 1u);
  EXPECT_THAT(reports_[0].readings, ElementsAre(PlanReading{"lon", PlanAt("teams")},
                                                PlanReading{"par", PlanAt("teams")}));
  Want("pbx");
  Step(0.1);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx"));
  EXPECT_THAT(reports_.back().readings,
              ElementsAre(PlanReading{"lon", PlanAt("pbx")}, PlanReading{"par", PlanAt("pbx")}));
}

TEST_F(ReconcilerTest, KeepsThePlansForTheNextStartBeforeItAppliesThem) {
  Settle();
  Want("pbx");
  Step(0.5);
  EXPECT_THAT(voice_layer_.Calls(), ElementsAre("keep", "apply"));
  Step(1);
  EXPECT_THAT(voice_layer_.Calls(), ElementsAre("apply"));  // compares, writes nothing
  EXPECT_EQ(voice_layer_.writes, 2);
}

TEST_F(ReconcilerTest, AFullDiskDoesNotHoldCallsOnADeadRoute) {
  Settle();
  voice_layer_.fails_at_keep = absl::UnavailableError("disk full");
  Want("pbx");
  Step(0.5);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx"));
  EXPECT_EQ(reports_.back().error, "disk full");
  EXPECT_TRUE(reports_.back().up);
  voice_layer_.fails_at_keep = absl::OkStatus();
  voice_layer_.Calls();
  Step(0.6);
  EXPECT_THAT(voice_layer_.Calls(), Contains("keep"));
  EXPECT_EQ(reports_.back().error, "");
}

TEST_F(ReconcilerTest, LooksEverySecond) {
  Settle();
  EXPECT_EQ(NextWake(), 1);
  EXPECT_EQ(voice_layer_.looks, 1);
  Step(1);
  EXPECT_EQ(voice_layer_.looks, 2);
  EXPECT_EQ(NextWake(), 2);
}

TEST_F(ReconcilerTest, ARestartIsCountedReadAndRepaired) {
  Settle();
  Want("pbx");
  Step(0.5);
  ++voice_layer_.start;
  voice_layer_.plans.clear();  // it lost everything
  Step(1);
  EXPECT_EQ(reports_.back().restarts, 1u);
  EXPECT_EQ(reports_.back().full_reading, 2u);
  EXPECT_EQ(reports_.back().readings[0], (PlanReading{"lon", std::nullopt}));
  Want("pbx");
  Step(1.01);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx"));
}

TEST_F(ReconcilerTest, ARestartIsRepairedAsSoonAsTheSamePlansAreWantedOfWhatWasRead) {
  Settle();
  Want("pbx");
  Step(0.5);
  ++voice_layer_.start;
  voice_layer_.plans = {{"lon", PlanAt("teams")}, {"par", PlanAt("teams")}};
  Step(1);
  wish_.full_reading = full_reading_;  // nothing else has changed
  reconciler_.Want(wish_);
  Step(1.01);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx")) << "not at the next look";
}

TEST_F(ReconcilerTest, TheFirstStartSeenIsNoRestart) {
  Settle();
  EXPECT_EQ(reports_.back().restarts, 0u);
}

TEST_F(ReconcilerTest, AVoiceLayerThatIsNotThereIsAskedMoreOftenAtFirst) {
  voice_layer_.fails_at_look = absl::UnavailableError("refused");
  std::vector<double> wakes;
  for (double now = 0; wakes.size() < 6; now = wakes.back()) {
    Step(now);
    wakes.push_back(NextWake());
    EXPECT_FALSE(reports_.back().up);
    EXPECT_EQ(reports_.back().error, "refused");
  }
  EXPECT_THAT(wakes, ElementsAre(0.1, 0.3, 0.7, 1.5, 2.5, 3.5));
  // A wish does not make it knock more often.
  Want("pbx");
  Step(3);
  EXPECT_EQ(voice_layer_.looks, 6);
  voice_layer_.fails_at_look = absl::OkStatus();
  Step(3.5);
  EXPECT_TRUE(reports_.back().up);
  EXPECT_EQ(reports_.back().full_reading, 1u);
}

TEST_F(ReconcilerTest, AnUncertainWriteIsFollowedByALook) {
  Settle();
  voice_layer_.fails_at_apply = absl::UnavailableError("no answer");
  Want("pbx");
  Step(0.5);
  EXPECT_EQ(reports_.back().error, "no answer");
  EXPECT_EQ(NextWake(), 0.6);
  voice_layer_.fails_at_apply = absl::OkStatus();
  Step(0.6);
  EXPECT_EQ(voice_layer_.looks, 2);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx"));
}

TEST_F(ReconcilerTest, AChangeMadeBySomeoneElseDoesNotLast) {
  Settle();
  voice_layer_.plans["par"] = PlanAt("pbx");
  Step(1);
  EXPECT_EQ(voice_layer_.plans["par"], PlanAt("teams"));
  // What was there, then what is there.
  EXPECT_THAT(reports_.back().readings,
              ElementsAre(PlanReading{"lon", PlanAt("teams")}, PlanReading{"par", PlanAt("pbx")},
                          PlanReading{"par", PlanAt("teams")}));
}

TEST_F(ReconcilerTest, ReadsManyGroupsASliceALook) {
  std::vector<std::string> groups;
  for (int i = 0; i < 450; ++i) groups.push_back(absl::StrCat("g", i));
  Reconciler reconciler(groups, &voice_layer_, [](const VoiceLayerReport&) { return true; });
  for (int second = 0; second < 5; ++second) reconciler.Step(absl::FromUnixSeconds(second));
  std::vector<size_t> sizes;
  for (const std::vector<std::string>& read : voice_layer_.reads) sizes.push_back(read.size());
  EXPECT_THAT(sizes, ElementsAre(450, 200, 200, 50, 200));
  EXPECT_EQ(voice_layer_.reads[2][0], "g200");
}

TEST_F(ReconcilerTest, SetsHopStatesBeforePlans) {
  Settle();
  Want("pbx", {{kSkipT1}});
  Step(0.5);
  EXPECT_THAT(voice_layer_.Calls(), ElementsAre("keep", "set t1", "apply"));
  EXPECT_THAT(reports_.back().hop_states,
              ElementsAre(HopReading{"t1", HopState::kAfterBackups, 100}));
}

TEST_F(ReconcilerTest, RenewsHopStatesWellWithinTheirLease) {
  Settle({{kSkipT1}});
  std::vector<int> renewed;
  for (int second = 1; second <= 30; ++second) {
    Step(second);
    if (::testing::Value(voice_layer_.Calls(), Contains("set t1"))) renewed.push_back(second);
  }
  EXPECT_THAT(renewed, ElementsAre(8, 16, 24));
}

TEST_F(ReconcilerTest, SetsAHopStateAgainThatIsGone) {
  Settle({{kSkipT1}});
  voice_layer_.hop_states.clear();
  Step(1);
  EXPECT_TRUE(voice_layer_.hop_states.contains("t1"));
}

TEST_F(ReconcilerTest, ClearsHopStatesThatAreNotInForce) {
  Settle({{kSkipT1}});
  voice_layer_.hop_states["t2"] = {"t2", HopState::kLastInRoute, 100};
  Want("teams", std::vector<HopWish>());
  Step(1);
  EXPECT_THAT(voice_layer_.hop_states, IsEmpty());
  EXPECT_THAT(reports_.back().hop_states, IsEmpty());
}

TEST_F(ReconcilerTest, LeavesHopStatesAloneUntilAWriterHasSpoken) {
  voice_layer_.hop_states["t2"] = {"t2", HopState::kLastInRoute, 100};
  Settle(std::nullopt);
  Step(1);
  EXPECT_TRUE(voice_layer_.hop_states.contains("t2"));
  EXPECT_THAT(reports_.back().hop_states,
              ElementsAre(HopReading{"t2", HopState::kLastInRoute, 100}));
}

TEST_F(ReconcilerTest, WhatOneTableRefusesDoesNotKeepTheOthersFromBeingWritten) {
  Settle();
  voice_layer_.fails_at_hop_states = absl::InternalError("no table hs");
  voice_layer_.numbers_current = false;
  Want("pbx", {{kSkipT1}});
  Step(1);
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pbx"));
  EXPECT_TRUE(voice_layer_.numbers_current);
  EXPECT_EQ(reports_.back().error, "no table hs");
}

TEST_F(ReconcilerTest, LoadsNumbersInPiecesAndLooksInBetween) {
  Settle();
  voice_layer_.numbers_current = false;
  voice_layer_.pieces_left = 3;
  Step(1);
  EXPECT_LT(NextWake(), 1);  // at once
  Step(1.3);
  EXPECT_LT(NextWake(), 1);
  Step(1.6);
  EXPECT_EQ(NextWake(), 2);
  EXPECT_TRUE(voice_layer_.numbers_current);
}

TEST_F(ReconcilerTest, ALostReportIsMadeUpForByReadingAllAgain) {
  Settle();
  loses_reports_ = true;
  Want("pbx");
  Step(0.5);
  loses_reports_ = false;
  Step(1);
  EXPECT_EQ(reports_.back().full_reading, 2u);
  EXPECT_THAT(reports_.back().readings, Contains(PlanReading{"lon", PlanAt("pbx")}));
}

}  // namespace
}  // namespace dialtone::router
