#include "detector/simulation/callers.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

// Two sites, one call a second each, 100 s; a fault from 20 to 60 s that hurts half of the calls.
class Callers : public testing::Test {
 protected:
  Callers() {
    scenario_.sites = DefaultSites(2, 1, 1);
    scenario_.calls_per_second = 1;
    scenario_.duration = absl::Seconds(100);
    record_.end = scenario_.duration;
  }

  void Break(DomainName domain, Where where = {}) {
    scenario_.truths.push_back({.when = {.from = absl::Seconds(20), .to = absl::Seconds(60)},
                                .domains = {domain},
                                .where = std::move(where),
                                .calls_degraded = 0.5});
  }
  void Move(SiteIndex site, int at, int percent) {
    record_.shares.push_back({.site = site, .at = absl::Seconds(at), .backup_percent = percent});
  }
  void Hop(SiteIndex site, int at, int hub, HopState state) {
    record_.hops.push_back({.site = site, .at = absl::Seconds(at), .hub = hub, .state = state});
  }
  CallFigures Count() const { return CountCalls(scenario_, record_); }

  Scenario scenario_;
  RunRecord record_;
};

TEST_F(Callers, WithoutAFaultNobodyIsHurt) {
  const CallFigures calls = Count();
  EXPECT_DOUBLE_EQ(calls.placed, 200);
  EXPECT_EQ(calls.hurt, 0);
  EXPECT_EQ(calls.seconds_hurt, 0);
}

TEST_F(Callers, WithoutAMoveDialtoneSavesNobody) {
  Break({.domain = FaultDomain::kTeamsMedia});
  const CallFigures calls = Count();
  EXPECT_DOUBLE_EQ(calls.hurt, 40);
  EXPECT_DOUBLE_EQ(calls.hurt_unaided, 40);
  EXPECT_DOUBLE_EQ(calls.seconds_hurt, 80);
}

TEST_F(Callers, AMoveSavesThoseWhoCallAfterIt) {
  Break({.domain = FaultDomain::kTeamsMedia}, {.kind = Where::Kind::kSite, .numbers = {1}});
  Move(1, 30, 100);
  const CallFigures calls = Count();
  EXPECT_DOUBLE_EQ(calls.hurt_unaided, 20);
  EXPECT_DOUBLE_EQ(calls.hurt, 5);
  EXPECT_DOUBLE_EQ(calls.saved(), 15);
  EXPECT_DOUBLE_EQ(calls.seconds_hurt, 10);
}

TEST_F(Callers, AStagedReturnExposesItsShare) {
  Break({.domain = FaultDomain::kIdentity}, {.kind = Where::Kind::kSite, .numbers = {0}});
  Move(0, 10, 100);
  Move(0, 40, 75);
  EXPECT_DOUBLE_EQ(Count().hurt, 20 * 0.5 * 0.25);
}

TEST_F(Callers, ASkipOfTheDeadHubSavesItsCalls) {
  Break({.domain = FaultDomain::kHub, .hub = 2}, {.kind = Where::Kind::kSite, .numbers = {0}});
  Hop(0, 25, 2, HopState::kLastInRoute);
  EXPECT_DOUBLE_EQ(Count().hurt, 2.5);
}

TEST_F(Callers, OnlyASkipOfAllHubsHelpsWhenAllAreDead) {
  Break({.domain = FaultDomain::kTeamsSignalling}, {.kind = Where::Kind::kSite, .numbers = {0}});
  Hop(0, 22, 1, HopState::kAfterBackups);
  Hop(0, 22, 2, HopState::kAfterBackups);
  Hop(0, 30, 3, HopState::kAfterBackups);
  EXPECT_DOUBLE_EQ(Count().hurt, 5);
}

TEST_F(Callers, NoMoveHelpsAgainstTheVoiceLayerItself) {
  Break({.domain = FaultDomain::kVoiceLayer});
  Move(0, 0, 100);
  EXPECT_DOUBLE_EQ(Count().hurt, 40);
}

TEST_F(Callers, ADeadBackupHurtsThoseWhoWereMovedToIt) {
  scenario_.incidents = {{.when = {.from = absl::Seconds(50), .to = absl::Seconds(70)},
                          .kind = IncidentKind::kBackupDead}};
  Move(1, 0, 100);
  const CallFigures calls = Count();
  EXPECT_DOUBLE_EQ(calls.hurt, 20);
  EXPECT_DOUBLE_EQ(calls.hurt_unaided, 0);
}

}  // namespace
}  // namespace dialtone::detector::simulation
