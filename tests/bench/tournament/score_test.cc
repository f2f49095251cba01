#include "tests/bench/tournament/score.h"

#include <gtest/gtest.h>

#include "tests/bench/tournament/classes.h"

namespace dialtone::bench {
namespace {

using detector::simulation::NoiseEpisode;
using detector::simulation::Truth;

const FaultClass& ClassNamed(const std::string& name) {
  for (const FaultClass& what : FaultClasses()) {
    if (what.name == name) return what;
  }
  ADD_FAILURE() << "no class is named " << name;
  return FaultClasses().front();
}

// Three sites; their hubs are silent from 100 s to 220 s, and calls have to leave.
Scenario SilentHubs() {
  Scenario scenario = ScenarioOf(ClassNamed("hubs-silent"), 3, Rates::kLab, 0);
  Truth& truth = scenario.truths.front();
  truth.when = {.from = absl::Seconds(100), .to = absl::Seconds(220)};
  scenario.duration = absl::Seconds(260);
  return scenario;
}

// What a peer did that took the calls of every site away at these times.
Outcome Everywhere(const Turns& turns) {
  Outcome outcome;
  outcome.sites.resize(3, {.calls = turns, .numbers = turns});
  return outcome;
}

Score ScoreOf(const Outcome& outcome, const std::vector<NoiseEpisode>& noise = {}) {
  Score score;
  Add(SilentHubs(), noise, outcome, &score);
  return score;
}

TEST(Score, TakesTheDelayFromTheStartOfTheFault) {
  const Score score = ScoreOf(Everywhere({{104, true}, {230, false}}));
  EXPECT_EQ(Quantile(score.delays, 0.5), 4);
  EXPECT_EQ(score.missed, 0);
  EXPECT_EQ(score.false_flips, 0);
  EXPECT_EQ(score.brief, 0);
  EXPECT_EQ(Quantile(score.back, 0.5), 10);
  EXPECT_NEAR(score.left / score.hurt, 4.0 / 120, 1e-9);
}

TEST(Score, CountsAsNeverWhatLeavesAfterTheEnd) {
  const Score score = ScoreOf(Everywhere({{221, true}}));
  EXPECT_EQ(score.missed, 3);
  EXPECT_EQ(Quantile(score.delays, 0.5), kNever);
  EXPECT_EQ(score.left, score.hurt);
}

TEST(Score, CallsAMoveWithoutAFaultFalse) {
  const Score score = ScoreOf(Everywhere({{50, true}, {60, false}, {104, true}}));
  EXPECT_EQ(score.false_flips, 3) << "one at each site";
  EXPECT_EQ(Quantile(score.delays, 0.5), 4);
  EXPECT_EQ(score.moves / score.due, 2);
}

TEST(Score, CallsAMoveForSomebodyElsesFaultFalse) {
  const NoiseEpisode uplinks = {.when = {.from = absl::Seconds(40), .to = absl::Seconds(60)},
                                .domains = {{.domain = detector::FaultDomain::kSiteNetwork}},
                                .sites = {0, 1, 2}};
  EXPECT_EQ(ScoreOf(Everywhere({{50, true}, {60, false}}), {uplinks}).false_flips, 3);
}

TEST(Score, CountsABriefEpisodeOnce) {
  const NoiseEpisode hiccup = {.when = {.from = absl::Seconds(40), .to = absl::Seconds(60)},
                               .domains = {{.domain = detector::FaultDomain::kTeamsSignalling}},
                               .sites = {0, 1, 2}};
  const Score score = ScoreOf(Everywhere({{50, true}, {65, false}}), {hiccup});
  EXPECT_EQ(score.false_flips, 0);
  EXPECT_EQ(score.brief, 1);
}

TEST(Score, TellsAWrongScopeOfAPeerByTheSitesThatLeft) {
  Outcome outcome = Everywhere({{104, true}});
  EXPECT_EQ(ScoreOf(outcome).wrong_scope, 0);
  outcome.sites[1] = {};
  outcome.sites[2] = {};
  EXPECT_EQ(ScoreOf(outcome).judged, 1);
  EXPECT_EQ(ScoreOf(outcome).wrong_scope, 1) << "one of three is not 80 %";
}

TEST(Score, BoundsARateByPoisson) {
  EXPECT_NEAR(PoissonUpper(0), 2.996, 0.001);
  EXPECT_NEAR(PoissonUpper(3), 7.754, 0.001);
}

TEST(Score, BoundsAMedianByTheRunsThatWereDrawn) {
  const Interval one = MedianInterval({{1, 2, 3}});
  EXPECT_EQ(one.low, 2);
  EXPECT_EQ(one.high, 2);
  Samples runs;
  for (int run = 0; run < 100; ++run) runs.push_back({static_cast<double>(run)});
  const Interval many = MedianInterval(runs);
  EXPECT_NEAR(many.low, 40, 5);
  EXPECT_NEAR(many.high, 60, 5);
}

TEST(Limits, AreTheTimeOutAndHalfTheSpacing) {
  // Three hubs a second at three sites, and a call every ten seconds.
  const Limits lab = LimitsOf(SilentHubs(), PolicyOf(Rates::kLab));
  EXPECT_NEAR(lab.physical, 0.39 + 0.5 / 9.3, 1e-9);
  EXPECT_GT(lab.lorden, lab.physical);
  EXPECT_GT(LimitsOf(SilentHubs(), PolicyOf(Rates::kShipped)).physical, 1);
}

}  // namespace
}  // namespace dialtone::bench
