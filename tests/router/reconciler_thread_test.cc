#include "router/reconciler_thread.h"

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_voice_layer.h"
#include "tests/fakes/set_clock.h"

namespace dialtone::router {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Plan PlanAt(const std::string& route) {
  return MakePlan({"lon", "teams", {"pbx", "pstn"}}, {{route, 100}}, false);
}

// The thread over a real reconciler of one group. The test reads the voice layer when the thread
// has been stopped.
class ReconcilerThreadTest : public ::testing::Test {
 protected:
  ReconcilerThreadTest() { voice_layer_.plans = {{"lon", PlanAt("teams")}}; }

  void Start() { thread_ = std::make_unique<ReconcilerThread>(&reconciler_, clock_); }

  void Want(const std::string& route) {
    VoiceLayerWish wish;
    wish.plans = std::make_shared<const std::vector<GroupPlan>>(
        std::vector<GroupPlan>{{"lon", PlanAt(route)}});
    wish.serial = ++serial_;
    wish.full_reading = 1;
    thread_->Want(std::move(wish));
  }

  // Reports that read `lon` on a route, in the order in which they came.
  static std::vector<Plan> Read(const std::vector<VoiceLayerReport>& reports) {
    std::vector<Plan> plans;
    for (const VoiceLayerReport& report : reports) {
      for (const PlanReading& reading : report.readings) plans.push_back(*reading.plan);
    }
    return plans;
  }

  SetClock clock_;
  FakeVoiceLayer voice_layer_;
  std::vector<VoiceLayerReport> reports_;  // of the thread
  // Called on the thread with every report, when it is noted.
  std::function<void(const VoiceLayerReport&)> reported_ = [](const VoiceLayerReport&) {};
  std::uint64_t serial_ = 0;
  Reconciler reconciler_{{"lon"}, &voice_layer_, [this](VoiceLayerReport report) {
                           reports_.push_back(report);
                           reported_(report);
                           return true;
                         }};
  std::unique_ptr<ReconcilerThread> thread_;
};

TEST_F(ReconcilerThreadTest, LooksAtOnceWithoutAWish) {
  std::promise<void> looked;
  reported_ = [&](const VoiceLayerReport& report) {
    if (report.full_reading == 1) looked.set_value();
  };
  Start();
  looked.get_future().wait();
  thread_->Stop();
  EXPECT_THAT(Read(reports_), ElementsAre(PlanAt("teams")));
  EXPECT_EQ(voice_layer_.writes, 0);
}

TEST_F(ReconcilerThreadTest, AWishWakesItAndTheNewestIsTheOnlyOne) {
  std::promise<void> looked, go_on, moved;
  reported_ = [&](const VoiceLayerReport& report) {
    if (report.full_reading == 1) {
      looked.set_value();
      go_on.get_future().wait();  // busy while the wishes come
      return;
    }
    for (const PlanReading& reading : report.readings) {
      if (reading.plan == PlanAt("pstn")) moved.set_value();
    }
  };
  Start();
  looked.get_future().wait();
  Want("pbx");
  Want("pstn");
  go_on.set_value();
  // The clock stands still: no look is due, the wish alone wakes it.
  moved.get_future().wait();
  thread_->Stop();
  EXPECT_EQ(voice_layer_.plans["lon"], PlanAt("pstn"));
  EXPECT_THAT(Read(reports_), Not(Contains(PlanAt("pbx"))));
}

TEST_F(ReconcilerThreadTest, AStoppedOneTakesNoMoreWishes) {
  std::promise<void> looked;
  reported_ = [&](const VoiceLayerReport& report) {
    if (report.full_reading == 1) looked.set_value();
  };
  Start();
  looked.get_future().wait();
  thread_->Stop();
  const int looks = voice_layer_.looks;
  voice_layer_.Calls();
  Want("pbx");
  thread_->Stop();  // a second time does nothing
  thread_.reset();
  EXPECT_EQ(voice_layer_.looks, looks);
  EXPECT_THAT(voice_layer_.Calls(), IsEmpty());
}

}  // namespace
}  // namespace dialtone::router
