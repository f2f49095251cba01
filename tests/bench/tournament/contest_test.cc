#include "tests/bench/tournament/contest.h"

#include "absl/time/time.h"
#include <gtest/gtest.h>

#include "tests/bench/tournament/classes.h"

namespace dialtone::bench {
namespace {

using detector::DiagnosisState;
using detector::FaultDomain;
using detector::HopState;
using detector::Scope;

Scenario SilentHubs() { return ScenarioOf(FaultClasses().front(), 3, Rates::kLab, 0); }

Moment BeginOf(const Scenario& scenario) {
  return absl::ToDoubleSeconds(scenario.truths.front().when.from);
}

// Seconds from the start of the fault until the calls of site 0 were away, by peer.
Moment DelayOf(const std::string& name, const Scenario& scenario,
               const std::vector<Outcome>& outcomes) {
  const std::vector<Peer> peers = Peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i].name != name) continue;
    for (const Turn& turn : outcomes[i].sites[0].calls) {
      if (turn.is_away && turn.at >= BeginOf(scenario)) return turn.at - BeginOf(scenario);
    }
    return kNever;
  }
  ADD_FAILURE() << "no peer is named " << name;
  return kNever;
}

TEST(Contest, GivesEachPeerWhatItsOwnTimersAllow) {
  const Scenario scenario = SilentHubs();
  const std::vector<Outcome> outcomes = PlayPeers(scenario, PolicyOf(Rates::kLab), SeedOf(0));
  ASSERT_EQ(outcomes.size(), Peers().size());
  const auto delay = [&](const std::string& name) { return DelayOf(name, scenario, outcomes); };
  // The third probe in a row, a second apart, and its timer of two seconds.
  EXPECT_GE(delay("Kamailio 1 s, threshold 3, timer 2 s"), 4);
  EXPECT_LE(delay("Kamailio 1 s, threshold 3, timer 2 s"), 5);
  EXPECT_LE(delay("Kamailio 1 s, threshold 1, timer 0.5 s"), 1.5);
  EXPECT_EQ(delay("Cisco CUBE 60 s x 5"), kNever) << "the fault lasts two minutes";
  EXPECT_GE(delay("12 in a row"), 11);
  EXPECT_LE(delay("12 in a row"), 13);
}

TEST(Contest, GivesThePeersThatReadAlongFewerResultsAtShippedRates) {
  const Scenario scenario = ScenarioOf(FaultClasses().front(), 3, Rates::kShipped, 0);
  const std::vector<Outcome> outcomes = PlayPeers(scenario, PolicyOf(Rates::kShipped), SeedOf(0));
  EXPECT_GE(DelayOf("3 in a row", scenario, outcomes), 30);
  EXPECT_LE(DelayOf("Kamailio 1 s, threshold 3, timer 2 s", scenario, outcomes), 5);
}

// Dialtone confirms `domain` everywhere two seconds after the start, and moves site 1 after five.
RunRecord RecordOf(const Scenario& scenario, FaultDomain domain, Scope scope) {
  const absl::Duration begin = scenario.truths.front().when.from;
  RunRecord record;
  record.diagnoses.push_back({.id = 7,
                              .editions = {{.at = begin + absl::Seconds(2),
                                            .state = DiagnosisState::kConfirmed,
                                            .domain = {.domain = domain},
                                            .scope = scope,
                                            .sites = {0, 1, 2}}}});
  record.shares = {
      {.site = 1, .at = begin + absl::Seconds(5), .backup_percent = 100, .diagnosis = 7},
      {.site = 1, .at = begin + absl::Seconds(60), .backup_percent = 25},
      {.site = 1, .at = begin + absl::Seconds(90), .backup_percent = 0}};
  for (int hub = 1; hub <= 3; ++hub) {
    record.hops.push_back({.site = 2,
                           .at = begin + absl::Seconds(2 + hub),
                           .hub = hub,
                           .state = HopState::kAfterBackups});
  }
  return record;
}

TEST(OutcomeOfARecord, TakesCallsAwayByFlipAndBySkipOfEveryHub) {
  const Scenario scenario = SilentHubs();
  const Outcome outcome =
      OutcomeOf(scenario, RecordOf(scenario, FaultDomain::kTeamsSignalling, Scope::kGlobal));
  const Moment begin = BeginOf(scenario);
  EXPECT_TRUE(outcome.sites[0].calls.empty());
  ASSERT_EQ(outcome.sites[1].numbers.size(), 2u) << "a stage of the way home is no turn";
  EXPECT_NEAR(outcome.sites[1].calls[0].at, begin + 5, 1e-6);
  EXPECT_NEAR(outcome.sites[1].numbers[1].at, begin + 90, 1e-6);
  ASSERT_EQ(outcome.sites[2].calls.size(), 1u);
  EXPECT_NEAR(outcome.sites[2].calls[0].at, begin + 5, 1e-6) << "with the third hub";
  EXPECT_TRUE(outcome.sites[2].numbers.empty());
}

TEST(OutcomeOfARecord, TellsTheRightNameFromTheWrongOne) {
  const Scenario scenario = SilentHubs();
  const auto naming = [&scenario](FaultDomain domain, Scope scope) {
    return OutcomeOf(scenario, RecordOf(scenario, domain, scope)).namings.front();
  };
  const Naming right = naming(FaultDomain::kTeamsSignalling, Scope::kGlobal);
  EXPECT_NEAR(right.recognised, 2, 1e-6);
  EXPECT_TRUE(right.is_judged);
  EXPECT_FALSE(right.is_owner_wrong);
  EXPECT_FALSE(right.is_scope_wrong);
  const Naming wrong = naming(FaultDomain::kSiteNetwork, Scope::kGlobal);
  EXPECT_EQ(wrong.recognised, kNever);
  EXPECT_TRUE(wrong.is_owner_wrong);
  EXPECT_EQ(naming(FaultDomain::kTeamsSignalling, Scope::kRegion).recognised, kNever)
      << "a region is less than the world";
}

}  // namespace
}  // namespace dialtone::bench
