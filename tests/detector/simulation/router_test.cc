#include "detector/simulation/router.h"

#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "detector/simulation/scenario.h"
#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Fleet TwoSites() {
  Scenario scenario;
  scenario.sites = DefaultSites(2, 1, 1);
  return FleetOf(scenario, Policy());
}

Wish ToBackup(std::uint64_t generation, std::vector<HopStateEntry> hops = {}) {
  return {.voice_layer = 1,
          .generation = generation,
          .groups = {{.group = "numbers1", .shares = {{.route = kBackupRoute, .percent = 100}}}},
          .hop_states = std::move(hops)};
}

Wish AtHome(std::uint64_t generation, std::vector<HopStateEntry> hops = {}) {
  return {.voice_layer = 1,
          .generation = generation,
          .groups = {{.group = "numbers1", .shares = {{.route = kHomeRoute, .percent = 100}}}},
          .hop_states = std::move(hops)};
}

const HopStateEntry kSkipHub2 = {.hop = "t2", .state = HopState::kAfterBackups};

class RouterTest : public testing::Test {
 protected:
  // Lets everything happen that is due within `duration`.
  std::vector<Event> Pass(absl::Duration duration) {
    std::vector<Event> events;
    const absl::Time end = now_ + duration;
    while (router_.NextWake() <= end) {
      now_ = std::max(now_, router_.NextWake());
      for (Event& event : router_.Step(now_, calls_)) events.push_back(std::move(event));
    }
    now_ = end;
    return events;
  }

  const Fleet fleet_ = TwoSites();
  absl::Time now_ = kStart;
  std::vector<Router::Calls> calls_ = std::vector<Router::Calls>(3);
  Router router_{1, fleet_, false, kStart};
};

TEST_F(RouterTest, ShowsItsGroupAndRoutesAtTheStart) {
  const std::vector<Event> events = Pass(absl::Seconds(60));
  ASSERT_EQ(events.size(), 1U);
  const auto& report = std::get<RouterReport>(events[0]);
  ASSERT_EQ(report.groups.size(), 1U);
  EXPECT_EQ(report.groups[0].group, "numbers1");
  EXPECT_EQ(report.groups[0].home_route, kHomeRoute);
  EXPECT_EQ(report.routes[0].hops, (std::vector<std::string>{"t1", "t2", "t3"}));
  EXPECT_TRUE(report.voice_layer_up);
}

TEST_F(RouterTest, AcceptsThenConfirms) {
  Pass(absl::Seconds(1));
  router_.OnWish(ToBackup(7), 3, now_);
  std::vector<Event> events = Pass(absl::Milliseconds(20));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<SetRoutesEnded>(events[0]).result, SetRoutesEnded::Result::kDone);
  EXPECT_EQ(std::get<SetRoutesEnded>(events[0]).generation, 7U);
  EXPECT_EQ(router_.backup_percent(), 0);

  events = Pass(absl::Milliseconds(40));
  ASSERT_EQ(events.size(), 1U);
  const auto& report = std::get<RouterReport>(events[0]);
  EXPECT_EQ(report.epoch, 3U);
  EXPECT_EQ(report.generation, 7U);
  EXPECT_TRUE(report.groups[0].in_sync);
  EXPECT_EQ(router_.backup_percent(), 100);
}

TEST_F(RouterTest, RefusesAnOlderWriter) {
  router_.OnWish(ToBackup(7), 3, now_);
  Pass(absl::Seconds(1));
  router_.OnWish(AtHome(9), 2, now_);
  const std::vector<Event> events = Pass(absl::Seconds(1));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<SetRoutesEnded>(events[0]).result, SetRoutesEnded::Result::kRefused);
  EXPECT_EQ(router_.backup_percent(), 100);
}

TEST_F(RouterTest, TheNewestTableWins) {
  router_.OnWish(ToBackup(7), 1, now_);
  router_.OnWish(AtHome(8), 1, now_);
  Pass(absl::Seconds(1));
  EXPECT_EQ(router_.backup_percent(), 0);
  EXPECT_EQ(router_.report().generation, 8U);
}

TEST_F(RouterTest, HopStatesLapseUnlessTheyAreRenewed) {
  router_.OnWish(AtHome(1, {kSkipHub2}), 1, now_);
  Pass(absl::Seconds(20));
  EXPECT_EQ(router_.StateOf("t2"), HopState::kAfterBackups);
  router_.OnRenewal({.voice_layer = 1, .generation = 1}, now_);
  Pass(absl::Seconds(20));
  EXPECT_EQ(router_.StateOf("t2"), HopState::kAfterBackups);
  const std::vector<Event> events = Pass(absl::Seconds(20));
  EXPECT_EQ(router_.StateOf("t2"), HopState::kNormal);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(std::get<RouterReport>(events[0]).hop_states.empty());
}

TEST_F(RouterTest, RefusesToSkipAHubThatAnswersCalls) {
  calls_[1] = {.sent = 12, .answered = 11};
  router_.OnWish(AtHome(1, {kSkipHub2}), 1, now_);
  Pass(absl::Seconds(1));
  EXPECT_EQ(router_.StateOf("t2"), HopState::kNormal);
  ASSERT_EQ(router_.report().refused_hop_states.size(), 1U);

  calls_[1] = {.sent = 12, .answered = 4};
  router_.OnWish(AtHome(2, {kSkipHub2}), 1, now_);
  Pass(absl::Seconds(1));
  EXPECT_EQ(router_.StateOf("t2"), HopState::kAfterBackups);
}

TEST_F(RouterTest, ShowsCallsWhileThereAreAny) {
  Router router(1, fleet_, true, kStart);
  calls_[0] = {.sent = 20, .answered = 20};
  int shown = 0;
  while (router.NextWake() < kStart + absl::Seconds(21)) {
    for (const Event& event : router.Step(router.NextWake(), calls_)) {
      ++shown;
      EXPECT_EQ(std::get<RouterReport>(event).hop_calls[0].sent, 20U);
    }
  }
  EXPECT_EQ(shown, 5);
}

}  // namespace
}  // namespace dialtone::detector::simulation
