#include "detector/simulation/player.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "detector/simulation/policies.h"

namespace dialtone::detector::simulation {
namespace {

Policy Laboratory() {
  Policy policy = LaboratoryPolicy();
  policy.stay_first = absl::Seconds(20);
  policy.stay_doubles = false;
  policy.failback_clean = absl::Seconds(10);
  policy.failback_step = absl::Seconds(10);
  return policy;
}

// All hubs, and calls through them, dead from 10 s to 40 s.
Scenario SilentHubs(int sites = 4) {
  Scenario scenario;
  scenario.isps = 2;
  scenario.sites = DefaultSites(sites, 2, 1);
  scenario.noise = Noise::kQuiet;
  scenario.warm_up = absl::Seconds(70);
  scenario.duration = absl::Minutes(3);
  scenario.calls_per_second = 0.1;
  const Span when = {.from = absl::Seconds(10), .to = absl::Seconds(40)};
  ProbedSet targets = ProbedOf("hubs");
  targets.Add(Probed::kCall);
  scenario.faults = {{.when = when, .kind = FaultKind::kBlackhole, .targets = targets}};
  scenario.truths = {{.when = when,
                      .domains = {{.domain = FaultDomain::kTeamsSignalling}},
                      .flip = FlipWish::kYes,
                      .calls_degraded = 1}};
  return scenario;
}

// Everything that a run did, to the last digit.
std::string Print(const RunRecord& record) {
  std::string text = absl::StrCat(record.probes, " probes, ", record.calls.hurt, " hurt\n");
  for (const TimelineEntry& entry : record.timeline) {
    absl::StrAppend(&text, absl::ToInt64Nanoseconds(entry.at), " ", entry.sentence, "\n");
  }
  for (const ShareChange& change : record.shares) {
    absl::StrAppend(&text, change.site, " ", absl::ToInt64Nanoseconds(change.at), " ",
                    change.backup_percent, "\n");
  }
  for (const HopChange& change : record.hops) {
    absl::StrAppend(&text, change.site, " ", absl::ToInt64Nanoseconds(change.at), " ", change.hub,
                    " ", static_cast<int>(change.state), "\n");
  }
  return text;
}

bool Confirmed(const RunRecord& record, FaultDomain domain) {
  return std::any_of(record.diagnoses.begin(), record.diagnoses.end(), [&](const auto& diagnosis) {
    return std::any_of(
        diagnosis.editions.begin(), diagnosis.editions.end(), [&](const auto& edition) {
          return edition.state == DiagnosisState::kConfirmed && edition.domain.domain == domain;
        });
  });
}

TEST(Player, TheSameSeedGivesTheSameRunBitForBit) {
  Scenario scenario = SilentHubs();
  scenario.noise = Noise::kHostile;
  const std::string first = Print(Play(scenario, Laboratory(), 7));
  EXPECT_EQ(first, Print(Play(scenario, Laboratory(), 7)));
  EXPECT_NE(first, Print(Play(scenario, Laboratory(), 8)));
}

TEST(Player, SilentHubsMoveEverySiteAndTheyComeHome) {
  const RunRecord record = Play(SilentHubs(), Laboratory(), 1);
  EXPECT_TRUE(Confirmed(record, FaultDomain::kTeamsSignalling));
  std::set<SiteIndex> moved;
  std::set<SiteIndex> home;
  for (const ShareChange& change : record.shares) {
    if (change.backup_percent == 100) {
      moved.insert(change.site);
      EXPECT_GT(change.at, absl::Seconds(10));
      EXPECT_NE(change.diagnosis, 0U);
    }
    if (change.backup_percent == 0) home.insert(change.site);
  }
  EXPECT_EQ(moved.size(), 4U);
  EXPECT_EQ(home.size(), 4U);
  EXPECT_EQ(record.end, absl::Minutes(3));
  EXPECT_FALSE(record.explanation.empty());
}

TEST(Player, MostCallersAreSaved) {
  const RunRecord record = Play(SilentHubs(), Laboratory(), 1);
  EXPECT_NEAR(record.calls.placed, 4 * 0.1 * 180, 1e-6);
  EXPECT_NEAR(record.calls.hurt_unaided, 4 * 0.1 * 30, 1e-6);
  EXPECT_LT(record.calls.hurt, 0.15 * record.calls.hurt_unaided);
}

TEST(Player, AnObservingPolicyDiagnosesAndMovesNothing) {
  Policy policy = Laboratory();
  policy.may_act = false;
  const RunRecord record = Play(SilentHubs(), policy, 1);
  EXPECT_TRUE(Confirmed(record, FaultDomain::kTeamsSignalling));
  EXPECT_TRUE(record.shares.empty());
  EXPECT_TRUE(record.hops.empty());
}

TEST(Player, WithoutAFaultNothingMoves) {
  Scenario scenario = SilentHubs();
  scenario.faults.clear();
  const RunRecord record = Play(scenario, Laboratory(), 1);
  EXPECT_TRUE(record.shares.empty());
  EXPECT_NEAR(static_cast<double>(record.probes), 4 * 250 * 14.2, 4 * 250);
}

TEST(Player, DiagnosesAreWrittenFromSuspicionToTheirEnd) {
  const RunRecord record = Play(SilentHubs(), Laboratory(), 1);
  ASSERT_FALSE(record.diagnoses.empty());
  for (const RecordedDiagnosis& diagnosis : record.diagnoses) {
    ASSERT_FALSE(diagnosis.editions.empty());
    EXPECT_EQ(diagnosis.editions.back().state, DiagnosisState::kEnded);
    for (std::size_t i = 1; i < diagnosis.editions.size(); ++i) {
      EXPECT_LE(diagnosis.editions[i - 1].at, diagnosis.editions[i].at);
    }
  }
}

TEST(Player, ADetectorThatWasKilledGoesOnFromItsJournal) {
  Scenario scenario = SilentHubs();
  scenario.faults[0].when.to = absl::Seconds(120);
  scenario.incidents = {{.when = {.from = absl::Seconds(40), .to = absl::Seconds(45)},
                         .kind = IncidentKind::kDetectorDown}};
  const RunRecord record = Play(scenario, Laboratory(), 1);
  int starts = 0;
  for (const TimelineEntry& entry : record.timeline) {
    starts += entry.kind == OccurrenceKind::kStarted ? 1 : 0;
  }
  EXPECT_EQ(starts, 2);
  for (const ShareChange& change : record.shares) {
    EXPECT_TRUE(change.at < absl::Seconds(40) || change.at > absl::Seconds(110))
        << "the restart moved site " << change.site << " at " << change.at;
  }
}

TEST(Player, AnOperatorMovesASiteByHand) {
  Scenario scenario = SilentHubs();
  scenario.faults.clear();
  scenario.orders = {{.at = absl::Seconds(30),
                      .verb = OperatorOrder::Verb::kFailover,
                      .where = {.kind = Where::Kind::kSite, .numbers = {2}}}};
  const RunRecord record = Play(scenario, Laboratory(), 1);
  ASSERT_EQ(record.shares.size(), 1U);
  EXPECT_EQ(record.shares[0].site, 2);
  EXPECT_EQ(record.shares[0].backup_percent, 100);
  EXPECT_EQ(record.shares[0].origin, Origin::kOperator);
}

TEST(Player, AFrozenDetectorMovesNothing) {
  Scenario scenario = SilentHubs();
  scenario.orders = {{.at = absl::Seconds(5), .verb = OperatorOrder::Verb::kFreeze}};
  EXPECT_TRUE(Play(scenario, Laboratory(), 1).shares.empty());
}

}  // namespace
}  // namespace dialtone::detector::simulation
