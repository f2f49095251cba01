#include "agents/schedule.h"

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

using testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

Cadence Every(absl::string_view target, absl::Duration interval, absl::Duration phase = {}) {
  return {.target = std::string(target), .interval = interval, .phase = phase};
}

// Runs a schedule as the runner does, in no time: wakes it when it asks, ends every probe at once.
class Day {
 public:
  explicit Day(std::vector<Cadence> cadences, absl::Time now = kStart) : now_(now) {
    schedule_.Replace(cadences, now_);
  }

  Schedule& schedule() { return schedule_; }
  absl::Time now() const { return now_; }

  // What started, as seconds since kStart, up to and including kStart + `until`.
  std::vector<double> RunUntil(absl::Duration until) {
    std::vector<double> starts;
    while (schedule_.NextWake() <= kStart + until) {
      now_ = std::max(now_, schedule_.NextWake());
      for (const DueProbe& probe : schedule_.TakeDue(now_)) {
        starts.push_back(absl::ToDoubleSeconds(now_ - kStart));
        started_.push_back(probe);
        schedule_.Ended(probe.target);
      }
    }
    now_ = kStart + until;
    return starts;
  }

  const std::vector<DueProbe>& started() const { return started_; }

 private:
  Schedule schedule_;
  absl::Time now_;
  std::vector<DueProbe> started_;
};

TEST(Schedule, ProbesAtItsPhaseOfEveryInterval) {
  Day day({Every("hub1", absl::Seconds(15), absl::Seconds(4))});
  // 1,000,000,000 is 10 s after a multiple of 15 s.
  EXPECT_THAT(day.RunUntil(absl::Seconds(45)), ElementsAre(9, 24, 39));
}

TEST(Schedule, PhasesOfAFleetStaySpreadWheneverItsAgentsStart) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> start(0, 1000);
  constexpr int kAgents = 100;
  std::vector<double> slots;
  for (int agent = 0; agent < kAgents; ++agent) {
    const absl::Time now = kStart + absl::Seconds(start(random));
    Schedule schedule;
    schedule.Replace({Every("hub1", absl::Seconds(15), absl::Milliseconds(150) * agent)}, now);
    const absl::Duration into = (schedule.NextWake() - absl::UnixEpoch()) % absl::Seconds(15);
    slots.push_back(absl::ToDoubleSeconds(into));
    EXPECT_GT(schedule.NextWake(), now);
    EXPECT_LE(schedule.NextWake(), now + absl::Seconds(15));
  }
  std::sort(slots.begin(), slots.end());
  for (int i = 1; i < kAgents; ++i) EXPECT_NEAR(slots[i] - slots[i - 1], 0.150, 1e-6);
}

TEST(Schedule, ANewPlanLeavesUnchangedTargetsInTheirRhythm) {
  Day day({Every("hub1", absl::Seconds(4)), Every("hub2", absl::Seconds(4), absl::Seconds(1))});
  day.RunUntil(absl::Seconds(2));
  day.schedule().Replace(
      {Every("hub1", absl::Seconds(4)), Every("new", absl::Seconds(4), absl::Seconds(3))},
      day.now());
  EXPECT_THAT(day.RunUntil(absl::Seconds(9)), ElementsAre(3, 4, 7, 8));
}

TEST(Schedule, TheSamePlanAgainChangesNothing) {
  Day day({Every("hub1", absl::Seconds(4))});
  for (int second = 0; second < 20; ++second) {
    day.schedule().Replace({Every("hub1", absl::Seconds(4))}, day.now());
    day.RunUntil(absl::Seconds(second));
  }
  EXPECT_EQ(day.started().size(), 4u);
}

TEST(Schedule, SleepsForEverWithoutAPlan) {
  Schedule schedule;
  EXPECT_EQ(schedule.NextWake(), absl::InfiniteFuture());
  EXPECT_TRUE(schedule.TakeDue(kStart).empty());
}

TEST(Schedule, TellsWhenAProbeWasDueAlthoughItStartsLate) {
  Schedule schedule;
  schedule.Replace({Every("hub1", absl::Seconds(1))}, kStart);
  const auto due = schedule.TakeDue(kStart + absl::Milliseconds(1400));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].due, kStart + absl::Seconds(1));
}

TEST(Schedule, SkipsWhatItMissedAndDoesNotCatchUp) {
  std::vector<Cadence> cadences;
  for (int i = 0; i < 50; ++i) {
    cadences.push_back(Every(absl::StrCat("t", i), absl::Seconds(1), absl::Milliseconds(20) * i));
  }
  Schedule schedule;
  schedule.Replace(cadences, kStart);

  // The machine slept for an hour: only what was due in the last half second starts.
  const absl::Time awake = kStart + absl::Hours(1);
  EXPECT_LE(schedule.TakeDue(awake).size(), 26u);
  EXPECT_GE(schedule.skipped(), 24u);

  // And within the next second every target is probed once, at its own phase.
  std::map<std::string, int> probes;
  for (absl::Time now = awake; now <= awake + absl::Seconds(1); now += absl::Milliseconds(10)) {
    const auto due = schedule.TakeDue(now);
    EXPECT_LE(due.size(), 1u);
    for (const DueProbe& probe : due) {
      ++probes[probe.target];
      schedule.Ended(probe.target);
    }
  }
  EXPECT_EQ(probes.size(), 50u);
}

TEST(Schedule, NeverHasMoreThanEightProbesOfATargetInFlight) {
  Schedule schedule;
  schedule.Replace({Every("hub1", absl::Milliseconds(100))}, kStart);
  size_t started = 0;
  for (int i = 1; i <= 20; ++i) {
    started += schedule.TakeDue(kStart + absl::Milliseconds(100) * i).size();
  }
  EXPECT_EQ(started, 8u);
  EXPECT_EQ(schedule.skipped(), 12u);

  schedule.Ended("hub1");
  EXPECT_EQ(schedule.TakeDue(kStart + absl::Milliseconds(2100)).size(), 1u);
  EXPECT_EQ(schedule.TakeDue(kStart + absl::Milliseconds(2200)).size(), 0u);
}

TEST(Schedule, ABurstProbesFasterAndThenTheRhythmIsTheOldOne) {
  Day day({Every("hub1", absl::Seconds(4), absl::Milliseconds(500))});
  day.RunUntil(absl::Seconds(1));
  day.schedule().StartBurst(
      {.targets = {"hub1"}, .interval = absl::Milliseconds(500), .duration = absl::Seconds(2)},
      day.now());
  EXPECT_THAT(day.RunUntil(absl::Seconds(9)), ElementsAre(1, 1.5, 2, 2.5, 4.5, 8.5));
  EXPECT_TRUE(day.started()[1].in_burst);
  EXPECT_FALSE(day.started().back().in_burst);
}

TEST(Schedule, TheTargetsOfABurstTakeTurns) {
  Day day({Every("hub1", absl::Seconds(60)), Every("hub2", absl::Seconds(60))});
  day.schedule().StartBurst({.targets = {"hub2", "hub1", "nobody"},
                             .interval = absl::Milliseconds(200),
                             .duration = absl::Milliseconds(400)},
                            day.now());
  EXPECT_THAT(day.RunUntil(absl::Seconds(1)), ElementsAre(0, 0.1, 0.2, 0.3));
}

TEST(Schedule, ANewBurstReplacesTheRunningOne) {
  Day day({Every("hub1", absl::Seconds(60)), Every("hub2", absl::Seconds(60))});
  day.schedule().StartBurst(
      {.targets = {"hub1"}, .interval = absl::Milliseconds(200), .duration = absl::Seconds(10)},
      day.now());
  day.RunUntil(absl::Milliseconds(300));
  day.schedule().StartBurst(
      {.targets = {"hub2"}, .interval = absl::Milliseconds(500), .duration = absl::Seconds(1)},
      day.now());
  day.RunUntil(absl::Seconds(5));
  std::map<std::string, int> probes;
  for (const DueProbe& probe : day.started()) ++probes[probe.target];
  EXPECT_EQ(probes["hub1"], 2);
  EXPECT_EQ(probes["hub2"], 2);
}

TEST(Schedule, ABurstNeverSlowsATargetDown) {
  Day day({Every("witness", absl::Seconds(1))});
  day.schedule().StartBurst(
      {.targets = {"witness"}, .interval = absl::Seconds(1), .duration = absl::Seconds(30)},
      day.now());
  EXPECT_EQ(day.RunUntil(absl::Seconds(10)).size(), 10u);
  EXPECT_FALSE(day.started()[0].in_burst);
}

TEST(Schedule, ABurstIsLimitedInRateAndLength) {
  Day day({Every("hub1", absl::Hours(1))});
  day.schedule().StartBurst(
      {.targets = {"hub1"}, .interval = absl::Milliseconds(1), .duration = absl::Hours(1)},
      day.now());
  EXPECT_EQ(day.RunUntil(absl::Minutes(10)).size(), 600u);  // 60 s at 10 Hz
}

}  // namespace
}  // namespace dialtone::agents
