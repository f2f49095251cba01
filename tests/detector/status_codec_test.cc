#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/operator_codec.h"
#include "detector/time_codec.h"
#include "tests/detector/sample_fleet.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

Diagnosis HubDiagnosis(std::uint64_t id, std::vector<SiteIndex> sites) {
  return {.id = id,
          .state = DiagnosisState::kConfirmed,
          .domain = FaultDomain::kHub,
          .hub = kHub1,
          .scope = Scope::kGlobal,
          .sites = std::move(sites),
          .score = 21.5,
          .evidence = {{.site = kHall,
                        .target = kHub1,
                        .bad = 4,
                        .probes = 4,
                        .detail = "no answer in 0.34 s"}},
          .runners_up = {{.domain = FaultDomain::kSiteNetwork,
                          .scope = Scope::kSite,
                          .score = 3,
                          .why = "the witness answers"}},
          .sentence = "hub1 does not answer",
          .onset = kNow - absl::Seconds(3)};
}

// A fault of hub1 seen at the vantage, one group moved by it.
View SickView() {
  View view;
  view.may_act = true;
  view.diagnoses = {HubDiagnosis(4, {kHall})};
  view.past_diagnoses = {HubDiagnosis(3, {kNyc})};
  view.sites = {{.site = kLon,
                 .connected = true,
                 .last_batch_age = absl::Milliseconds(300),
                 .health = Health::kHealthy,
                 .paths = {{.target = kHub1,
                            .health = Health::kHealthy,
                            .age = absl::Milliseconds(300),
                            .round_trip = absl::Milliseconds(20),
                            .baseline = 0.01}},
                 .agent_version = "0.1.0",
                 .clock_steps = 2,
                 .last_clock_step = -absl::Hours(1),
                 .last_clock_step_age = absl::Seconds(40)},
                {.site = kHall}};
  view.groups = {{.group = 0,
                  .numbers = 12,
                  .home_route = "teams",
                  .wanted = GroupRoute{.group = "g-lon",
                                       .shares = {{.route = "pbx", .percent = 100}},
                                       .reason = "hubs silent",
                                       .since = kNow},
                  .confirmed = {{.route = "teams", .percent = 100}},
                  .in_sync = false,
                  .backup_proof = "pbx answers (proven by OPTIONS only)",
                  .blocked_by = "cap"}};
  view.routers = {{.voice_layer = 0,
                   .up = true,
                   .epoch = 2,
                   .generation = 5,
                   .out_of_sync = 1,
                   .voice_layer_up = true}};
  view.hops = {{.voice_layer = 0,
                .hop = "t1",
                .wanted = HopState::kAfterBackups,
                .confirmed = HopState::kNormal,
                .reason = "hub1 does not answer"}};
  view.decisions = {{.time = kNow, .sentence = "moved g-lon to pbx", .groups = {"g-lon"}},
                    {.time = kNow, .sentence = "left g-nyc", .groups = {"g-nyc"}}};
  view.next_steps = {"failback in 30 s"};
  view.generation = 5;
  return view;
}

v1::ExplainRequest About(const std::optional<std::string>& site,
                         const std::optional<std::string>& group, std::uint64_t diagnosis = 0) {
  v1::ExplainRequest request;
  if (site.has_value()) request.set_site(*site);
  if (group.has_value()) request.set_group(*group);
  if (diagnosis != 0) request.set_diagnosis(diagnosis);
  return request;
}

TEST(StatusCodec, ShowsEverythingByName) {
  const v1::StatusResponse status =
      EncodeStatus(SampleFleet(), SickView(), {.now = kNow, .epoch = 2});
  EXPECT_EQ(status.mode(), v1::MODE_AUTO);
  EXPECT_EQ(status.epoch(), 2u);
  EXPECT_EQ(status.generation(), 5u);
  EXPECT_EQ(status.detector_version(), DIALTONE_VERSION);
  EXPECT_EQ(FromProto(status.time()), kNow);
  EXPECT_FALSE(status.all_healthy());

  const v1::Diagnosis& diagnosis = status.diagnoses(0);
  EXPECT_EQ(diagnosis.domain(), v1::HUB);
  EXPECT_EQ(diagnosis.hub(), "hub1");
  EXPECT_THAT(diagnosis.sites(), ElementsAre("hall"));
  EXPECT_EQ(diagnosis.evidence(0).site(), "hall");
  EXPECT_EQ(diagnosis.evidence(0).bad(), 4u);
  EXPECT_EQ(diagnosis.runners_up(0).domain(), v1::SITE_NETWORK);
  EXPECT_TRUE(diagnosis.has_onset_time());
  EXPECT_FALSE(diagnosis.has_ended_time()) << "an end that has not come is absent";

  EXPECT_EQ(status.sites(0).site(), "lon");
  EXPECT_EQ(status.sites(0).isp(), "a");
  EXPECT_EQ(status.sites(0).health(), v1::HEALTHY);
  EXPECT_EQ(status.sites(0).paths(0).target(), "hub1");
  EXPECT_EQ(status.sites(0).clock_steps(), 2u);
  EXPECT_EQ(status.sites(0).last_clock_step().seconds(), -3600);
  EXPECT_EQ(status.sites(0).last_clock_step_age().seconds(), 40);
  EXPECT_TRUE(status.sites(1).is_vantage());
  EXPECT_FALSE(status.sites(1).has_last_clock_step_age());
  EXPECT_FALSE(status.sites(1).has_last_report_age()) << "never heard";

  const v1::OperatorGroupStatus& group = status.groups(0);
  EXPECT_EQ(group.group(), "g-lon");
  EXPECT_EQ(group.site(), "lon");
  EXPECT_EQ(group.voice_layer(), "vl1");
  EXPECT_EQ(group.wanted().shares(0).route(), "pbx");
  EXPECT_EQ(group.confirmed(0).route(), "teams");
  EXPECT_EQ(group.blocked_by(), "cap");
  EXPECT_EQ(status.routers(0).voice_layer(), "vl1");
  EXPECT_EQ(status.hops(0).wanted(), v1::AFTER_BACKUPS);
}

TEST(StatusCodec, AJournalThatCannotBeWrittenIsNotHealthy) {
  View view;
  view.all_healthy = true;
  EXPECT_TRUE(EncodeStatus(SampleFleet(), view, {.now = kNow}).all_healthy());
  const v1::StatusResponse status =
      EncodeStatus(SampleFleet(), view, {.now = kNow, .journal_error = "disk full"});
  EXPECT_FALSE(status.all_healthy());
  EXPECT_THAT(status.errors(), ElementsAre(HasSubstr("disk full")));
}

TEST(StatusCodec, ExplainsASiteByWhatHitItAndWhatWasDecidedForItsGroups) {
  const absl::StatusOr<v1::ExplainResponse> nyc =
      Explain(SampleFleet(), SickView(), About("nyc", std::nullopt));
  ASSERT_TRUE(nyc.ok()) << nyc.status();
  ASSERT_EQ(nyc->diagnoses_size(), 1);
  EXPECT_EQ(nyc->diagnoses(0).id(), 3u) << "ended, but within the hour";
  EXPECT_THAT(nyc->decisions(), ElementsAre("left g-nyc"));
  EXPECT_THAT(nyc->summary(), HasSubstr("nothing is wrong"));
}

TEST(StatusCodec, ExplainsAGroupByItsSiteAndItsVoiceLayersVantage) {
  const absl::StatusOr<v1::ExplainResponse> group =
      Explain(SampleFleet(), SickView(), About(std::nullopt, "g-lon"));
  ASSERT_TRUE(group.ok()) << group.status();
  ASSERT_EQ(group->diagnoses_size(), 1);
  EXPECT_EQ(group->diagnoses(0).id(), 4u) << "seen at the vantage";
  EXPECT_THAT(group->decisions(), ElementsAre("moved g-lon to pbx"));
  EXPECT_THAT(group->next_steps(), ElementsAre("failback in 30 s"));
  EXPECT_THAT(group->summary(), IsEmpty());
}

TEST(StatusCodec, ExplainsOneDiagnosisOrEverything) {
  const absl::StatusOr<v1::ExplainResponse> one =
      Explain(SampleFleet(), SickView(), About(std::nullopt, std::nullopt, 3));
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->diagnoses_size(), 1);
  const absl::StatusOr<v1::ExplainResponse> all =
      Explain(SampleFleet(), SickView(), v1::ExplainRequest());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->diagnoses_size(), 2);
  EXPECT_EQ(all->decisions_size(), 2);
}

TEST(StatusCodec, DoesNotKnowWhatIsNotThere) {
  for (const v1::ExplainRequest& request :
       {About("rom", std::nullopt), About(std::nullopt, "g-rom"),
        About(std::nullopt, std::nullopt, 99)}) {
    EXPECT_EQ(Explain(SampleFleet(), SickView(), request).status().code(),
              absl::StatusCode::kNotFound);
  }
  v1::ExplainRequest zero;
  zero.set_diagnosis(0);
  EXPECT_EQ(Explain(SampleFleet(), SickView(), zero).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace dialtone::detector
