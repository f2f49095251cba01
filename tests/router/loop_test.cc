#include "router/loop.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"

#include "tests/fakes/set_clock.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const HopWish kSkipT1{"t1", HopState::kAfterBackups, 100, "hub silent"};

class FakeReconciler final : public WishTaker {
 public:
  void Want(VoiceLayerWish wish) override { wishes.push_back(std::move(wish)); }

  // The plan that the last wish asks for.
  std::string PlanOf(const std::string& group) const {
    for (const GroupPlan& plan : *wishes.back().plans) {
      if (plan.group == group) return FormatPlan(plan.plan);
    }
    return "";
  }

  std::vector<VoiceLayerWish> wishes;
};

// Remembers the epochs it was shown.
class FakeWatcher final : public Watcher {
 public:
  void Show(const Picture& picture) override { shown.push_back(picture.table.version().epoch); }

  void End(const absl::Status& status) override { end = status; }

  std::vector<uint64_t> shown;
  absl::Status end;
};

// Messages are posted first; Run() then works until all are done, in the test's own thread.
class LoopTest : public ::testing::Test {
 protected:
  // Posts a proposal; its answer appears in answers_.
  void Propose(uint64_t epoch, uint64_t generation, std::vector<GroupWish> groups,
               std::vector<HopWish> hop_states = {}) {
    Post(
        router::Propose{.proposal = {{epoch, generation}, std::move(groups), std::move(hop_states)},
                        .writer = Writer::kDetector,
                        .caller = "detector/main",
                        .reply = [this](const Answer& answer) { answers_.push_back(answer); }});
  }
  void Renew(uint64_t epoch, uint64_t generation) {
    Post(router::Renew{.version = {epoch, generation},
                       .reply = [this](const Answer& answer) { answers_.push_back(answer); }});
  }
  void Report(bool up, std::vector<PlanReading> readings = {}, uint64_t full_reading = 0) {
    VoiceLayerReport report{.up = up};
    report.readings = std::move(readings);
    report.full_reading = full_reading;
    Post(std::move(report));
  }
  void Post(Message message) { ASSERT_TRUE(mailbox_.Post(std::move(message))); }

  void Run() {
    mailbox_.Close();
    loop_.Run();
  }

  // The sum of the metric's series that carry the label value, or of all.
  double Metric(const std::string& name, const std::string& label = "") {
    double sum = 0;
    for (const auto& family : registry_.Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) {
        const bool matches = std::any_of(metric.label.begin(), metric.label.end(),
                                         [&](const auto& own) { return own.value == label; });
        if (!label.empty() && !matches) continue;
        sum += metric.gauge.value + metric.counter.value +
               static_cast<double>(metric.histogram.sample_count);
      }
    }
    return sum;
  }

  const Topology topology_ = SampleTopology();
  RouteTable table_{topology_, SampleInventory(), 0};
  SetClock clock_;
  LoopMailbox mailbox_{kMailboxCapacity};
  FakeReconciler reconciler_;
  prometheus::Registry registry_;
  RouterMetrics metrics_{&registry_, {"t1", "t2"}};
  absl::Status disk_;
  std::vector<Version> saved_;
  std::vector<size_t> saved_groups_;
  std::vector<Answer> answers_;
  Loop loop_{&table_,
             clock_,
             &mailbox_,
             &reconciler_,
             &metrics_,
             [this](Version version, const std::vector<GroupWish>& changed) {
               if (disk_.ok()) saved_.push_back(version);
               saved_groups_.push_back(changed.size());
               return disk_;
             }};
};

TEST_F(LoopTest, AnAcceptedTableIsStoredAndWanted) {
  Propose(1, 1, AllHomeBut({On("nyc", "pbx")}));
  Run();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].judgement.result, ProposalResult::kAccepted);
  EXPECT_THAT(saved_, ElementsAre(Version{1, 1}));
  EXPECT_EQ(reconciler_.PlanOf("nyc"), "-|100:pbx,teams");
  EXPECT_EQ(Metric("dialtone_router_proposals_total", "accepted"), 1);
  EXPECT_EQ(Metric("dialtone_router_generation"), 1);
}

TEST_F(LoopTest, OnlyTheGroupsThatChangedAreStored) {
  Propose(1, 1, AllHomeBut({}));
  Propose(1, 2, AllHomeBut({On("nyc", "pbx")}));
  Run();
  EXPECT_THAT(saved_groups_, ElementsAre(3, 1));
}

TEST_F(LoopTest, ARefusedTableChangesNothing) {
  Propose(2, 1, AllHomeBut({}));
  Propose(1, 9, AllHomeBut({On("nyc", "pbx")}));
  Run();
  EXPECT_EQ(answers_[1].judgement.result, ProposalResult::kOlder);
  EXPECT_THAT(saved_, SizeIs(1));
  EXPECT_EQ(reconciler_.PlanOf("nyc"), "-|100:teams,pbx");
  EXPECT_EQ(Metric("dialtone_router_proposals_total", "older"), 1);
}

TEST_F(LoopTest, WhatTheDiskDoesNotTakeIsNotAccepted) {
  disk_ = absl::UnavailableError("disk full");
  Propose(1, 1, AllHomeBut({On("nyc", "pbx")}));
  Run();
  EXPECT_EQ(answers_[0].judgement.result, ProposalResult::kNotStored);
  EXPECT_EQ(answers_[0].judgement.reason, "disk full");
  EXPECT_EQ(table_.version(), (Version{0, 0}));
  EXPECT_EQ(reconciler_.PlanOf("nyc"), "-|100:teams,pbx");
}

TEST_F(LoopTest, ARepetitionIsNotStoredAgain) {
  Propose(1, 1, AllHomeBut({}));
  Propose(1, 1, AllHomeBut({}));
  Run();
  EXPECT_EQ(answers_[1].judgement.result, ProposalResult::kRepeated);
  EXPECT_THAT(saved_, SizeIs(1));
}

TEST_F(LoopTest, UntilAWriterSpeaksHopStatesAreLeftAlone) {
  Report(true, {}, 1);
  Run();
  EXPECT_EQ(reconciler_.wishes.back().hop_states, std::nullopt);
}

TEST_F(LoopTest, HopStatesInForceAreWantedOfTheVoiceLayer) {
  Propose(1, 1, AllHomeBut({}), {kSkipT1});
  Run();
  EXPECT_THAT(*reconciler_.wishes.back().hop_states, ElementsAre(kSkipT1));
}

TEST_F(LoopTest, ASkipIsRefusedByTheCallsThatAreAnswered) {
  for (uint64_t second = 0; second <= 5; ++second) {
    VoiceLayerReport report{.up = true};
    report.look = VoiceLayerLook{.counters = {{"t1", second * 10, second * 10}}};
    clock_.Advance(absl::Seconds(1));
    Post(std::move(report));
  }
  Propose(1, 1, AllHomeBut({}), {kSkipT1});
  Renew(1, 1);
  Run();
  ASSERT_THAT(answers_, SizeIs(2));
  for (const Answer& answer : answers_) {
    ASSERT_TRUE(answer.judgement.accepted());
    ASSERT_THAT(answer.refused, SizeIs(1));
    EXPECT_THAT(answer.refused[0].reason, HasSubstr("hop answers: 50 of 50"));
  }
  EXPECT_THAT(*reconciler_.wishes.back().hop_states, IsEmpty());
  EXPECT_EQ(Metric("dialtone_router_hop_states", "refused"), 1);
}

TEST_F(LoopTest, OnlyTheLastWriterRenews) {
  Propose(1, 1, AllHomeBut({}), {kSkipT1});
  Renew(1, 2);
  Renew(1, 1);
  Run();
  EXPECT_FALSE(answers_[1].judgement.accepted());
  EXPECT_THAT(answers_[1].judgement.reason, HasSubstr("given (epoch 1, generation 2)"));
  EXPECT_TRUE(answers_[2].judgement.accepted());
}

TEST_F(LoopTest, AWishTellsWhichFullReadingItTakesIntoAccount) {
  // par was found on its backup route and no writer ever named it.
  const Group& par = topology_.groups[2];
  Report(true, {{"par", MakePlan(par, {{"pstn", 100}}, false)}}, 3);
  Run();
  EXPECT_EQ(reconciler_.wishes.back().full_reading, 3u);
  EXPECT_EQ(reconciler_.PlanOf("par"), "-|100:pstn,teams");
}

TEST_F(LoopTest, NothingNewIsNotWantedTwice) {
  Report(true);
  Report(true);
  Run();
  EXPECT_THAT(reconciler_.wishes, SizeIs(1));
}

TEST_F(LoopTest, ConfirmationIsTimedFromTheAcceptance) {
  Propose(1, 1, AllHomeBut({On("nyc", "pbx")}));
  Report(true, {{"nyc", ParsePlan("-|100:pbx,teams")}});
  Run();
  EXPECT_TRUE(table_.Find("nyc")->in_sync());
  EXPECT_EQ(Metric("dialtone_router_confirm_duration_seconds"), 1);
  EXPECT_EQ(Metric("dialtone_router_groups", "confirmed"), 1);
  EXPECT_EQ(Metric("dialtone_router_groups", "unknown"), 2);
}

TEST_F(LoopTest, AWatcherSeesThePresentAndEveryChange) {
  const auto watcher = std::make_shared<FakeWatcher>();
  Post(Watch{watcher});
  Propose(1, 1, AllHomeBut({}));
  Propose(1, 1, AllHomeBut({}));  // renews the lease: shown too
  Propose(2, 1, AllHomeBut({On("nyc", "pbx")}));
  Run();
  EXPECT_EQ(watcher->shown.front(), 0u);
  EXPECT_EQ(watcher->shown.back(), 2u);
  EXPECT_THAT(watcher->shown, ::testing::IsSupersetOf({0, 1, 2}));
}

TEST_F(LoopTest, AWatcherIsNotShownWhatDidNotChange) {
  const auto watcher = std::make_shared<FakeWatcher>();
  Report(true, {{"nyc", ParsePlan("-|100:teams,pbx")}});
  Post(Watch{watcher});
  Report(true, {{"nyc", ParsePlan("-|100:teams,pbx")}});
  Run();
  EXPECT_THAT(watcher->shown, SizeIs(1));
}

TEST_F(LoopTest, AWatcherHearsSomethingAtLeastEveryFiveSeconds) {
  const auto watcher = std::make_shared<FakeWatcher>();
  Post(Watch{watcher});
  Post(Question{[this](const Picture&) { clock_.Advance(absl::Seconds(5)); }});
  Report(false);
  Run();
  EXPECT_THAT(watcher->shown, SizeIs(2));
}

TEST_F(LoopTest, AWatcherThatHasGoneIsForgotten) {
  auto watcher = std::make_shared<FakeWatcher>();
  Post(Watch{watcher});
  watcher.reset();
  Propose(1, 1, AllHomeBut({}));
  Run();
  EXPECT_THAT(answers_, SizeIs(1));
}

TEST_F(LoopTest, OneWatcherTooManyIsSentAway) {
  std::vector<std::shared_ptr<FakeWatcher>> watchers;
  for (size_t i = 0; i <= Loop::kMaxWatchers; ++i) {
    watchers.push_back(std::make_shared<FakeWatcher>());
    Post(Watch{watchers.back()});
  }
  Run();
  EXPECT_TRUE(watchers.front()->end.ok());
  EXPECT_EQ(watchers.back()->end.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(watchers.back()->shown, IsEmpty());
}

TEST_F(LoopTest, AQuestionIsAnsweredWithThePresent) {
  Report(true);
  bool up = false;
  Post(Question{[&](const Picture& picture) { up = picture.voice_layer.up; }});
  Run();
  EXPECT_TRUE(up);
  EXPECT_EQ(Metric("dialtone_router_voice_layer_up"), 1);
}

TEST_F(LoopTest, CallsAreCountedOnAcrossAStartOfTheVoiceLayer) {
  for (const uint64_t sent : {5, 9, 2}) {
    VoiceLayerReport report{.up = true};
    report.look = VoiceLayerLook{.counters = {{"t1", sent, 1}}};
    Post(std::move(report));
  }
  Run();
  EXPECT_EQ(Metric("dialtone_router_hop_calls_total", "sent"), 11);
}

}  // namespace
}  // namespace dialtone::router
