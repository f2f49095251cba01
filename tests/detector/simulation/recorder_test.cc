#include "detector/simulation/recorder.h"

#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {
namespace {

const absl::Time kZero = absl::FromUnixSeconds(1'700'000'000);

Scenario TwoSites() {
  Scenario scenario;
  scenario.sites = DefaultSites(2, 1, 1);
  return scenario;
}

class RecorderTest : public testing::Test {
 protected:
  // Lets the router of site 1 confirm a table at that second.
  void Confirm(int second, int backup_percent, std::vector<HopStateEntry> hops = {}) {
    const absl::Time now = kZero + absl::Seconds(second);
    Wish wish = {.voice_layer = 1, .generation = ++generation_, .hop_states = std::move(hops)};
    wish.groups = {{.group = "numbers1",
                    .shares = {{.route = kHomeRoute, .percent = 100 - backup_percent},
                               {.route = kBackupRoute, .percent = backup_percent}},
                    .reason = "because"}};
    router_.OnWish(wish, 1, now);
    (void)router_.Step(now + Router::kConfirms, {});
    recorder_.OnRouter(1, router_, now);
  }

  const Scenario scenario_ = TwoSites();
  const Fleet fleet_ = FleetOf(scenario_, Policy());
  Core core_{fleet_, Policy(), CoreStart(), kZero};
  Router router_{1, fleet_, false, kZero};
  Recorder recorder_{scenario_, fleet_, kZero};
  std::uint64_t generation_ = 0;
};

TEST_F(RecorderTest, WritesEveryConfirmedChangeOfSharesOnce) {
  recorder_.OnOccurrences({{.kind = OccurrenceKind::kFlip,
                            .sentence = "moves",
                            .diagnosis = 7,
                            .groups = {"numbers1"}}},
                          core_, kZero + absl::Seconds(9));
  Confirm(10, 100);
  Confirm(20, 100);
  Confirm(30, 75);
  Confirm(40, 0);
  const RunRecord record = recorder_.Finish(nullptr, kZero + absl::Seconds(50));
  ASSERT_EQ(record.shares.size(), 3U);
  EXPECT_EQ(record.shares[0].site, 1);
  EXPECT_EQ(record.shares[0].at, absl::Seconds(10));
  EXPECT_EQ(record.shares[0].backup_percent, 100);
  EXPECT_EQ(record.shares[0].diagnosis, 7U);
  EXPECT_EQ(record.shares[0].reason, "because");
  EXPECT_EQ(record.shares[1].backup_percent, 75);
  EXPECT_EQ(record.shares[2].backup_percent, 0);
}

TEST_F(RecorderTest, WritesHopStatesByHub) {
  Confirm(10, 0, {{.hop = "t2", .state = HopState::kLastInRoute}});
  Confirm(20, 0, {{.hop = "t2", .state = HopState::kAfterBackups}});
  Confirm(30, 0);
  const RunRecord record = recorder_.Finish(nullptr, kZero + absl::Seconds(50));
  ASSERT_EQ(record.hops.size(), 3U);
  EXPECT_EQ(record.hops[0].hub, 2);
  EXPECT_EQ(record.hops[0].state, HopState::kLastInRoute);
  EXPECT_EQ(record.hops[1].state, HopState::kAfterBackups);
  EXPECT_EQ(record.hops[2].state, HopState::kNormal);
}

TEST_F(RecorderTest, TellsWhatHappenedAndAtWhichSites) {
  recorder_.OnOccurrences({{.kind = OccurrenceKind::kFlip,
                            .sentence = "both move",
                            .groups = {"numbers1", "numbers0", "elsewhere"}}},
                          core_, kZero + absl::Seconds(5));
  const RunRecord record = recorder_.Finish(nullptr, kZero + absl::Seconds(50));
  ASSERT_EQ(record.timeline.size(), 1U);
  EXPECT_EQ(record.timeline[0].at, absl::Seconds(5));
  EXPECT_EQ(record.timeline[0].sentence, "both move");
  EXPECT_EQ(record.timeline[0].sites, (std::vector<SiteIndex>{0, 1}));
}

TEST_F(RecorderTest, LooksAgainOnlyWhileADiagnosisIsInForce) {
  EXPECT_EQ(recorder_.NextLook(), absl::InfiniteFuture());
  recorder_.Look(core_, kZero);
  EXPECT_EQ(recorder_.NextLook(), absl::InfiniteFuture());
}

TEST_F(RecorderTest, CountsProbes) {
  recorder_.CountProbes(3);
  recorder_.CountProbes(4);
  EXPECT_EQ(recorder_.Finish(nullptr, kZero).probes, 7U);
}

}  // namespace
}  // namespace dialtone::detector::simulation
