#include "detector/simulation/agent.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {
namespace {

const absl::Time kZero = absl::FromUnixSeconds(1'700'000'000);

Scenario OneSite() {
  Scenario scenario;
  scenario.sites = DefaultSites(1, 1, 1);
  scenario.sites[0].loss = 0;
  scenario.noise = Noise::kQuiet;
  scenario.duration = absl::Minutes(10);
  return scenario;
}

Policy Laboratory() {
  Policy policy;
  policy.microsoft_interval = absl::Seconds(1);
  return policy;
}

// One agent and its world, run to a moment; everything that reached the detector.
class AgentRun {
 public:
  explicit AgentRun(Scenario scenario, Policy policy = Laboratory())
      : scenario_(std::move(scenario)),
        policy_(std::move(policy)),
        world_(scenario_, 1),
        fleet_(FleetOf(scenario_, policy_)),
        agent_(0, scenario_, fleet_, policy_, kZero, kZero, &world_) {}

  AgentRun& Until(double seconds) {
    const absl::Time end = kZero + absl::Seconds(seconds);
    while (agent_.NextWake() < end) {
      const absl::Time now = agent_.NextWake();
      EXPECT_GE(now, last_) << "time went back";
      last_ = now;
      agent_.Step(now, &deliveries);
    }
    return *this;
  }

  std::vector<ProbeResult> Results(Probed probed) const {
    std::vector<ProbeResult> results;
    for (const Delivery& delivery : deliveries) {
      for (const ProbeResult& result : delivery.batch.results) {
        if (result.target == TargetOf(probed)) results.push_back(result);
      }
    }
    return results;
  }

  Agent& agent() { return agent_; }
  std::vector<Delivery> deliveries;

 private:
  const Scenario scenario_;
  const Policy policy_;
  World world_;
  const Fleet fleet_;
  Agent agent_;
  absl::Time last_ = absl::InfinitePast();
};

Fault Dead(absl::string_view targets, int from = 10, int to = 20) {
  return {.when = {.from = absl::Seconds(from), .to = absl::Seconds(to)},
          .kind = FaultKind::kBlackhole,
          .targets = ProbedOf(targets)};
}

AgentFault Broken(AgentFaultKind kind, int from = 10, int to = 20) {
  return {.when = {.from = absl::Seconds(from), .to = absl::Seconds(to)}, .kind = kind};
}

TEST(Agent, ProbesEveryTargetAtItsIntervalAndReportsEverySecond) {
  AgentRun run(OneSite());
  run.Until(60.5);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 59, 1);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kCall).size()), 6, 1);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kCarrier).size()), 2, 1);
  EXPECT_NEAR(static_cast<double>(run.deliveries.size()), 61, 2);
}

TEST(Agent, ProbesMicrosoftPolitelyUnderTheShippedPolicy) {
  AgentRun run(OneSite(), Policy());
  run.Until(600);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 40, 1);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kInternet1).size()), 599, 1);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kCall).size()), 2, 1);
}

TEST(Agent, NumbersItsResultsAndOpensItsStreamOnce) {
  AgentRun run(OneSite());
  run.Until(30);
  std::set<std::uint64_t> sequences;
  for (const Delivery& delivery : run.deliveries) {
    EXPECT_EQ(delivery.opens_stream, &delivery == &run.deliveries.front());
    for (const ProbeResult& result : delivery.batch.results) {
      EXPECT_TRUE(sequences.insert(result.sequence).second);
      EXPECT_EQ(result.outcome, Outcome::kAnswered);
    }
  }
}

TEST(Agent, ABadResultLeavesAtOnceAndSoDoesTheNextGoodOne) {
  Scenario scenario = OneSite();
  scenario.faults = {Dead("hub1", 10, 15)};
  AgentRun run(scenario);
  run.Until(30);
  bool was_bad = false;
  int bad = 0;
  for (const Delivery& delivery : run.deliveries) {
    for (const ProbeResult& result : delivery.batch.results) {
      if (result.target != TargetOf(Probed::kHub1)) continue;
      const bool is_bad = result.outcome == Outcome::kTimedOut;
      bad += is_bad ? 1 : 0;
      if (is_bad) {
        EXPECT_LT(delivery.arrives - result.sent, absl::Milliseconds(500));
      }
      if (was_bad && !is_bad) {
        EXPECT_LT(delivery.arrives - result.sent, absl::Milliseconds(120));
      }
      was_bad = is_bad;
    }
  }
  EXPECT_EQ(bad, 5);
}

TEST(Agent, WaitsForWhatItHasLearned) {
  Scenario scenario = OneSite();
  scenario.sites[0].round_trip = absl::Milliseconds(50);
  scenario.faults = {Dead("hub1")};
  AgentRun run(scenario);
  run.Until(25);
  for (const Delivery& delivery : run.deliveries) {
    for (const ProbeResult& result : delivery.batch.results) {
      if (result.outcome != Outcome::kTimedOut) continue;
      // 0.3 s + 2 x 50 ms, the batch's 10 ms and the way.
      EXPECT_NEAR(absl::ToDoubleSeconds(delivery.arrives - result.sent), 0.41, 0.015);
    }
  }
}

TEST(Agent, ALossyStreamIsJudgedAtItsSecondLoss) {
  Scenario scenario = OneSite();
  scenario.faults = {Dead("media1")};
  AgentRun run(scenario);
  run.Until(25);
  int bad = 0;
  for (const Delivery& delivery : run.deliveries) {
    for (const ProbeResult& result : delivery.batch.results) {
      if (result.target != TargetOf(Probed::kMedia1) || result.packets_lost < 2) continue;
      ++bad;
      EXPECT_EQ(result.packets_sent, 25);
      const bool starts_in_fault = result.packets_lost == 25;
      if (starts_in_fault) {
        EXPECT_LT(delivery.arrives - result.sent, absl::Milliseconds(400));
      }
    }
  }
  EXPECT_GE(bad, 9);
  EXPECT_LE(bad, 11);
}

TEST(Agent, ACallThatDoesNotRingIsGivenUpAfterFourSeconds) {
  Scenario scenario = OneSite();
  Fault slow = Dead("call", 0, 300);
  slow.kind = FaultKind::kSlow;
  slow.delay = absl::Seconds(6);
  scenario.faults = {slow};
  AgentRun run(scenario);
  run.Until(200);
  for (const ProbeResult& result : run.Results(Probed::kCall)) {
    EXPECT_GT(result.post_dial_delay, absl::Seconds(4));
  }
  EXPECT_GE(run.Results(Probed::kCall).size(), 18U);
}

TEST(Agent, ABurstAsksFasterForAWhile) {
  AgentRun run(OneSite());
  run.Until(10);
  const std::size_t before = run.Results(Probed::kHub2).size();
  run.agent().OnBurst({.site = 0,
                       .targets = {TargetOf(Probed::kHub2)},
                       .interval = absl::Milliseconds(200),
                       .duration = absl::Seconds(2)},
                      kZero + absl::Seconds(10));
  run.Until(12.3);
  const std::vector<ProbeResult> results = run.Results(Probed::kHub2);
  const auto in_burst = std::count_if(results.begin(), results.end(),
                                      [](const ProbeResult& result) { return result.in_burst; });
  EXPECT_EQ(in_burst, 10);
  EXPECT_LE(results.size() - before, 11U) << "the periodic probe of a burst's second is part of it";
}

TEST(Agent, ASilentAgentMeasuresAndNothingArrivesEver) {
  Scenario scenario = OneSite();
  scenario.agent_faults = {Broken(AgentFaultKind::kSilent)};
  AgentRun run(scenario);
  run.Until(40);
  for (const Delivery& delivery : run.deliveries) {
    const double arrives = absl::ToDoubleSeconds(delivery.arrives - kZero);
    EXPECT_TRUE(arrives < 10.1 || arrives > 20) << arrives;
  }
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 29, 2);
}

TEST(Agent, LateResultsArriveAfterwardsWithTheirTrueAge) {
  Scenario scenario = OneSite();
  scenario.agent_faults = {Broken(AgentFaultKind::kLateResults)};
  AgentRun run(scenario);
  run.Until(40);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 39, 1);
  double late = 0;
  for (const Delivery& delivery : run.deliveries) {
    const absl::Duration arrives = delivery.arrives - kZero;
    EXPECT_TRUE(arrives < absl::Seconds(10.1) || arrives >= absl::Seconds(20));
    if (delivery.opens_stream && arrives > absl::Seconds(5)) {
      EXPECT_LT(arrives, absl::Seconds(20.1));
      late = static_cast<double>(delivery.batch.results.size());
      EXPECT_LT(delivery.batch.results.front().sent, kZero + absl::Seconds(11));
    }
  }
  // 14 results a second for 10 s, and the second before that nobody had acknowledged.
  EXPECT_NEAR(late, 154, 4);
}

TEST(Agent, TellsWhileItsClockIsSetByHowMuch) {
  Scenario scenario = OneSite();
  scenario.agent_faults = {Broken(AgentFaultKind::kClockJump)};
  scenario.agent_faults[0].by = -absl::Hours(1);
  AgentRun run(scenario);
  run.Until(30);
  for (const Delivery& delivery : run.deliveries) {
    const double sent = absl::ToDoubleSeconds(delivery.arrives - Agent::kTransit - kZero);
    EXPECT_EQ(delivery.batch.clock_set_by,
              sent >= 10 && sent < 20 ? -absl::Hours(1) : absl::ZeroDuration())
        << sent;
  }
}

TEST(Agent, AStalledAgentProbesNothingAndDoubtsWhatItWaitedFor) {
  Scenario scenario = OneSite();
  scenario.agent_faults = {Broken(AgentFaultKind::kStall)};
  AgentRun run(scenario);
  run.Until(30);
  bool doubts = false;
  for (int i = 0; i < kProbedCount; ++i) {
    for (const ProbeResult& result : run.Results(static_cast<Probed>(i))) {
      const double sent = absl::ToDoubleSeconds(result.sent - kZero);
      EXPECT_TRUE(sent < 10.1 || sent >= 20) << sent;
      doubts = doubts || result.late_by > absl::Seconds(9);
    }
  }
  EXPECT_TRUE(doubts);
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 19, 2);
}

TEST(Agent, ReportsThatShareADeadUplinkArriveWhenItIsBack) {
  Scenario scenario = OneSite();
  scenario.reports_share_uplink = true;
  scenario.faults = {Dead("offlan")};
  AgentRun run(scenario);
  run.Until(40);
  absl::Duration longest_silence;
  absl::Time last = kZero;
  for (const Delivery& delivery : run.deliveries) {
    longest_silence = std::max(longest_silence, delivery.arrives - last);
    last = delivery.arrives;
  }
  EXPECT_GT(longest_silence, absl::Seconds(9));
  EXPECT_LT(longest_silence, absl::Seconds(15));
  EXPECT_NEAR(static_cast<double>(run.Results(Probed::kHub1).size()), 39, 1);
}

TEST(Agent, ADeadBackupDoesNotAnswer) {
  Scenario scenario = OneSite();
  scenario.incidents = {{.when = {.from = absl::Seconds(10), .to = absl::Seconds(20)},
                         .kind = IncidentKind::kBackupDead}};
  AgentRun run(scenario);
  run.Until(30);
  std::map<bool, int> answered;
  for (const Delivery& delivery : run.deliveries) {
    for (const ProbeResult& result : delivery.batch.results) {
      if (result.target == kBackupTarget) ++answered[result.outcome == Outcome::kAnswered];
    }
  }
  EXPECT_EQ(answered[false], 10);
  EXPECT_NEAR(answered[true], 19, 1);
}

}  // namespace
}  // namespace dialtone::detector::simulation
