#include "tests/bench/tournament/rules.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include <gtest/gtest.h>

namespace dialtone::bench {
namespace {

std::unique_ptr<Rule> RuleNamed(const std::string& prefix, Probed probed = Probed::kHub1) {
  for (const Peer& peer : Peers()) {
    if (absl::StartsWith(peer.name, prefix)) return peer.make_rule(probed);
  }
  ADD_FAILURE() << "no peer is named " << prefix;
  return nullptr;
}

// Results one second apart: 'x' is bad, '.' is good. Gives how many it took until the rule was
// down, 0 when it never was.
int ResultsUntilDown(Rule* rule, const std::string& results, double spacing = 1) {
  Moment at = 0;
  for (std::size_t i = 0; i < results.size(); ++i, at += spacing) {
    rule->OnSample(
        {.sent = at, .known = at + 0.4, .is_bad = results[i] == 'x', .spacing = spacing});
    rule->OnTime(at + 0.4);
    if (rule->is_down()) return static_cast<int>(i) + 1;
  }
  return 0;
}

TEST(PeerRules, ThreeInARowForgivesTwo) {
  EXPECT_EQ(ResultsUntilDown(RuleNamed("3 in a row").get(), "..xx.xx.xxx"), 11);
}

TEST(PeerRules, OneGoodResultBringsKamailioBack) {
  const auto rule = RuleNamed("Kamailio 1 s, threshold 3");
  EXPECT_EQ(ResultsUntilDown(rule.get(), "xxx"), 3);
  rule->OnSample({.sent = 9, .known = 9.1});
  EXPECT_FALSE(rule->is_down());
}

TEST(PeerRules, ThreeOfFiveSeesWhatThreeInARowDoesNot) {
  EXPECT_EQ(ResultsUntilDown(RuleNamed("3 of 5").get(), "x.x.x"), 5);
  EXPECT_EQ(ResultsUntilDown(RuleNamed("3 in a row").get(), "x.x.x.x.x"), 0);
}

TEST(PeerRules, EnvoyEjectsForThirtySecondsAndReturnsUnasked) {
  const auto rule = RuleNamed("Envoy consecutive-5");
  EXPECT_EQ(ResultsUntilDown(rule.get(), "xxxxx"), 5);
  rule->OnTime(34.3);
  EXPECT_TRUE(rule->is_down());
  rule->OnTime(34.5);
  EXPECT_FALSE(rule->is_down()) << "though nothing has answered";
}

TEST(PeerRules, EnvoyEjectsLongerTheSecondTime) {
  const auto rule = RuleNamed("Envoy consecutive-5");
  EXPECT_EQ(ResultsUntilDown(rule.get(), "xxxxx"), 5);
  rule->OnTime(100);
  for (int i = 0; i < 5; ++i) rule->OnSample({.sent = 100, .known = 101, .is_bad = true});
  rule->OnTime(160.9);
  EXPECT_TRUE(rule->is_down());
  rule->OnTime(161.1);
  EXPECT_FALSE(rule->is_down());
}

TEST(PeerRules, PhiRisesWithSilenceAndSoonerWithoutAPause) {
  const std::string steady(60, '.');
  const auto paused = RuleNamed("phi accrual 8, pause");
  const auto hasty = RuleNamed("phi accrual 8, no pause");
  EXPECT_EQ(ResultsUntilDown(paused.get(), steady), 0);
  EXPECT_EQ(ResultsUntilDown(hasty.get(), steady), 0);
  hasty->OnTime(59.4 + 1.5);
  EXPECT_FALSE(hasty->is_down());
  hasty->OnTime(59.4 + 1.6);
  EXPECT_TRUE(hasty->is_down());
  paused->OnTime(59.4 + 4.5);
  EXPECT_FALSE(paused->is_down());
  paused->OnTime(59.4 + 4.6);
  EXPECT_TRUE(paused->is_down());
}

TEST(PeerRules, PrometheusWaitsForAMinuteOfEvaluations) {
  const int taken = ResultsUntilDown(RuleNamed("Prometheus").get(), std::string(200, 'x'));
  EXPECT_GE(taken, 60);
  EXPECT_LE(taken, 92);
}

TEST(PeerRules, TheBurnRateNeedsTheHourAndTheFiveMinutes) {
  // 14.4 x 0.1 % of an hour at one a second are 51.8 bad results.
  EXPECT_EQ(ResultsUntilDown(RuleNamed("SRE").get(), std::string(100, 'x')), 52);
}

TEST(PeerRules, QroutingLooksAtCallsAlone) {
  EXPECT_EQ(ResultsUntilDown(RuleNamed("OpenSIPS").get(), std::string(100, 'x')), 0);
  EXPECT_EQ(ResultsUntilDown(RuleNamed("OpenSIPS", Probed::kCall).get(), ".....xxxxxx", 10), 11);
}

}  // namespace
}  // namespace dialtone::bench
