// Every metric of the detector together: decision_metrics, snapshot_metrics and the handles of the
// services.
#include <stdio.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/metrics.h"
#include "detector/decision_metrics.h"
#include "detector/journal.h"
#include "detector/operator_metrics.h"
#include "detector/report_metrics.h"
#include "detector/router_metrics.h"
#include "detector/snapshot_metrics.h"
#include "tests/detector/sample_fleet.h"
#include "tests/fakes/nowhere.h"
#include "tests/fakes/set_clock.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// What /metrics would show.
class DetectorMetricsTest : public ::testing::Test {
 protected:
  DetectorMetricsTest()
      : fleet_(SampleFleet()),
        journal_(*Journal::Open(directory_.path(), kNow)),
        writer_(journal_.get(), &nowhere_, clock_, /*epoch=*/3),
        reports_(&metrics_.registry()),
        operators_(&metrics_.registry()),
        router_(&metrics_.registry(), "vl1"),
        snapshot_(std::make_shared<SnapshotMetrics>(fleet_, writer_, mailbox_)),
        decisions_(fleet_, &metrics_.registry(), snapshot_) {
    metrics_.Add(snapshot_);
  }

  std::string Text() const { return metrics_.Serialize(); }

  // A view of both groups at home, hub1 failing at the vantage since `onset`.
  static View Present() {
    View view;
    view.may_act = true;
    view.generation = 5;
    view.diagnoses = {{.id = 4,
                       .state = DiagnosisState::kConfirmed,
                       .domain = FaultDomain::kTeamsSignalling,
                       .scope = Scope::kGlobal,
                       .sites = {kHall, kNyc},
                       .onset = kNow - absl::Seconds(3)}};
    view.sites = {{.site = kLon,
                   .last_batch_age = absl::Milliseconds(500),
                   .health = Health::kHealthy,
                   .paths = {{.target = kHub1, .health = Health::kHealthy, .recent = 16},
                             {.target = kHub2, .recent = 4, .recent_bad = 1}},
                   .agent_version = "0.1.0"},
                  {.site = kNyc, .health = Health::kFailed, .clock_steps = 2},
                  {.site = kHall, .is_mute = true}};
    view.groups = {At(0, "teams", 100, "teams"), At(1, "teams", 20, "teams")};
    view.routers = {{.voice_layer = 0, .up = true, .generation = 4}};
    view.cap_left = 24;
    return view;
  }
  // A group whose calls are confirmed on `confirmed` and wanted on `wanted`.
  static GroupView At(GroupIndex group, const std::string& confirmed, std::uint64_t numbers,
                      const std::string& wanted, Origin origin = Origin::kAuto) {
    return {.group = group,
            .numbers = numbers,
            .home_route = "teams",
            .wanted = GroupRoute{.shares = {{.route = wanted, .percent = 100}}, .origin = origin},
            .confirmed = {{.route = confirmed, .percent = 100}},
            .in_sync = confirmed == wanted};
  }
  static Effects Happened(OccurrenceKind kind, std::vector<std::string> groups = {}) {
    return {
        .occurrences = {
            {.id = 1, .time = kNow, .kind = kind, .diagnosis = 4, .groups = std::move(groups)}}};
  }

  const TemporaryDirectory directory_;
  SetClock clock_;
  const Fleet fleet_;
  Nowhere nowhere_;
  std::unique_ptr<Journal> journal_;
  JournalWriter writer_;
  LoopMailbox mailbox_;
  Metrics metrics_{"detector"};
  ReportMetrics reports_;
  OperatorMetrics operators_;
  RouterMetrics router_;
  const std::shared_ptr<SnapshotMetrics> snapshot_;
  DecisionMetrics decisions_;
};

TEST_F(DetectorMetricsTest, PassPromtoolBeforeAndAfterTheFirstDecision) {
  for (int round = 0; round < 2; ++round) {
    FILE* const promtool = popen("promtool check metrics", "w");
    ASSERT_NE(promtool, nullptr);
    const std::string text = Text();
    EXPECT_EQ(fwrite(text.data(), 1, text.size(), promtool), text.size());
    EXPECT_EQ(pclose(promtool), 0) << text;
    decisions_.Decided(Happened(OccurrenceKind::kConfirmed), Present());
    decisions_.Publish(Present(), kNow);
    router_.Failed(RouterMethod::kSetRoutes, "UNAVAILABLE");
  }
}

TEST_F(DetectorMetricsTest, ShowTheClosedSetsAsZeroFromTheStart) {
  EXPECT_THAT(Text(), HasSubstr("dialtone_reports_total{result=\"unauthorized\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_agent_stream_closes_total{reason=\"unknown_site\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_blocked_total{guard=\"backup_unverified\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_total{direction=\"failover\",result=\"unknown\","
                                "trigger=\"auto\"} 0"));
}

TEST_F(DetectorMetricsTest, ShowThePresentOfEverySite) {
  decisions_.Publish(Present(), kNow);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_sites{state=\"healthy\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_sites{state=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_sites{state=\"unknown\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_fault_domain_healthy{site=\"lon\",domain=\"teams-"
                              "signalling\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_fault_domain_healthy{site=\"nyc\",domain=\"teams-"
                              "signalling\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("{site=\"lon\",domain=\"identity\"}"))) << "not probed there";
  EXPECT_THAT(text, HasSubstr("dialtone_site_fault_domain_evidence_ratio{site=\"lon\",domain="
                              "\"teams-signalling\"} 0.95"));
  EXPECT_THAT(text, Not(HasSubstr("evidence_ratio{site=\"hall\""))) << "it is mute";
  EXPECT_THAT(text,
              HasSubstr("dialtone_site_last_report_timestamp_seconds{site=\"lon\"} 999999.5"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_info{site=\"lon\",region=\"eu\",isp=\"a\","
                              "agent_version=\"0.1.0\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_agent_clock_steps_total{site=\"lon\"} 0"));
  EXPECT_THAT(text, HasSubstr("dialtone_agent_clock_steps_total{site=\"nyc\"} 2"));
}

TEST_F(DetectorMetricsTest, ShowWhereTheNumbersAreAndWhoPutThemThere) {
  View view = Present();
  view.groups = {At(0, "pbx", 100, "pbx", Origin::kOperator), At(1, "teams", 20, "pbx")};
  decisions_.Publish(view, kNow);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_numbers{route=\"primary\"} 20"));
  EXPECT_THAT(text, HasSubstr("dialtone_numbers{route=\"backup\"} 100"));
  EXPECT_THAT(text, HasSubstr("dialtone_numbers_drifted{router=\"vl1\"} 20"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_on_backup{site=\"lon\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_on_backup{site=\"nyc\"} 0"));
  EXPECT_THAT(text, HasSubstr("dialtone_sites_on_backup{trigger=\"manual\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_sites_on_backup{trigger=\"auto\"} 0"));
}

TEST_F(DetectorMetricsTest, ShowTheModeTheEpochTheJournalAndTheRouters) {
  View view = Present();
  decisions_.Publish(view, kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_automation_mode{mode=\"auto\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_epoch 3"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_store_up{backend=\"sqlite\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_detector_router_up{router=\"vl1\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_wanted_generation 5"));
  view.frozen = true;
  decisions_.Publish(view, kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_automation_mode{mode=\"off\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_automation_mode{mode=\"auto\"} 0"));
}

TEST_F(DetectorMetricsTest, TimeADiagnosisFromItsFirstBadProbe) {
  decisions_.Decided(Happened(OccurrenceKind::kSuspected), Present());
  decisions_.Decided(Happened(OccurrenceKind::kConfirmed), Present());
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_diagnosis_changes_total{diagnosis=\"suspected\",domain="
                              "\"teams-signalling\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_diagnosis_changes_total{diagnosis=\"confirmed\",domain="
                              "\"teams-signalling\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_detection_duration_seconds_sum{domain=\"teams-signalling\"}"
                              " 3"));
}

TEST_F(DetectorMetricsTest, TimeAFlipUntilItsLastGroupIsConfirmed) {
  View moving = Present();
  moving.groups = {At(0, "teams", 100, "pbx"), At(1, "teams", 20, "pbx")};
  decisions_.Decided(Happened(OccurrenceKind::kFlip, {"g-lon", "g-nyc"}), moving);
  moving.groups[0] = At(0, "pbx", 100, "pbx");
  decisions_.Publish(moving, kNow + absl::Seconds(1));
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_total{direction=\"failover\",result=\"applied\","
                                "trigger=\"auto\"} 0"));
  moving.groups[1] = At(1, "pbx", 20, "pbx");
  decisions_.Publish(moving, kNow + absl::Seconds(2));
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_flips_total{direction=\"failover\",result=\"applied\","
                              "trigger=\"auto\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_flip_duration_seconds_sum{direction=\"failover\",trigger="
                              "\"auto\"} 2"));
  EXPECT_THAT(text, HasSubstr("dialtone_reroute_duration_seconds_sum{direction=\"failover\"} 5"))
      << "from the first bad probe, 3 s before the decision";
}

TEST_F(DetectorMetricsTest, AMoveThatIsNotConfirmedInAMinuteIsPartialOrUnknown) {
  View moving = Present();
  moving.groups = {At(0, "teams", 100, "pbx", Origin::kOperator), At(1, "teams", 20, "pbx")};
  decisions_.Decided(Happened(OccurrenceKind::kFlip, {"g-lon"}), moving);
  decisions_.Publish(moving, kNow + absl::Seconds(59));
  decisions_.Publish(moving, kNow + DecisionMetrics::kConfirmWithin);
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_total{direction=\"failover\",result=\"unknown\","
                                "trigger=\"manual\"} 1"));

  moving.groups[0] = At(0, "pbx", 100, "pbx", Origin::kOperator);
  decisions_.Decided(Happened(OccurrenceKind::kFailback, {"g-lon", "g-nyc"}), moving);
  decisions_.Publish(moving, kNow + DecisionMetrics::kConfirmWithin);
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_total{direction=\"failback\",result=\"partial\","
                                "trigger=\"manual\"} 1"));
}

TEST_F(DetectorMetricsTest, CountWhatTheDecisionMadeOfTheResults) {
  View view = Present();
  view.results = {.accepted = 100, .late = 3};
  decisions_.Publish(view, kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_decision_results_total{result=\"counted\"} 100"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_decision_results_total{result=\"late\"} 3"));
}

TEST_F(DetectorMetricsTest, CountAFlipOnceForEverySiteInIt) {
  EXPECT_THAT(Text(), HasSubstr("dialtone_site_flips_total{site=\"lon\"} 0"));
  EXPECT_THAT(Text(), Not(HasSubstr("dialtone_site_flips_total{site=\"hall\"}"))) << "no users";
  View moved = Present();
  moved.groups = {At(0, "pbx", 100, "pbx"), At(1, "pbx", 20, "pbx")};
  decisions_.Decided(Happened(OccurrenceKind::kFlip, {"g-lon", "g-nyc"}), moved);
  decisions_.Publish(moved, kNow + absl::Seconds(1));
  decisions_.Decided(Happened(OccurrenceKind::kFlip, {"g-lon"}), moved);
  decisions_.Publish(moved, kNow + absl::Seconds(2));
  EXPECT_THAT(Text(), HasSubstr("dialtone_site_flips_total{site=\"lon\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_site_flips_total{site=\"nyc\"} 1"));
}

TEST_F(DetectorMetricsTest, ShowTheGuardsThatRefuseNow) {
  View view = Present();
  view.groups[1].blocked_by = "cap: 20 % of the numbers are away already";
  decisions_.Publish(view, kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_guard_engaged{guard=\"cap\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_guard_engaged{guard=\"frozen\"} 0"));
  view.groups[1].blocked_by = "";
  view.frozen = true;
  decisions_.Publish(view, kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_guard_engaged{guard=\"cap\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_guard_engaged{guard=\"frozen\"} 1"));
}

TEST_F(DetectorMetricsTest, ShowHowManyNumbersMayStillMove) {
  decisions_.Publish(Present(), kNow);
  EXPECT_THAT(Text(), HasSubstr("dialtone_flip_budget_remaining{scope=\"system\"} 24"));
}

TEST_F(DetectorMetricsTest, CountWhatAGuardRefused) {
  Effects effects = Happened(OccurrenceKind::kBlocked, {"g-lon"});
  effects.occurrences[0].guard = "cap";
  decisions_.Decided(effects, Present());
  EXPECT_THAT(Text(), HasSubstr("dialtone_flips_blocked_total{guard=\"cap\"} 1"));
}

}  // namespace
}  // namespace dialtone::detector
