#include "cli/show.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/cli/from_text.h"

namespace dialtone::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Word, SpeaksTheGlossary) {
  EXPECT_EQ(Word(v1::FaultDomain_Name(v1::TEAMS_SIGNALLING)), "teams-signalling");
  EXPECT_EQ(Word(v1::Scope_Name(v1::ISP)), "isp");
  EXPECT_EQ(Word(v1::EventKind_Name(v1::EVENT_ROUTE_CONFIRMED)), "route-confirmed");
}

TEST(ShowStatus, SaysThatEverythingAnswers) {
  const auto status =
      FromText<v1::StatusResponse>("mode: MODE_AUTO epoch: 3 generation: 7 all_healthy: true");
  EXPECT_THAT(ShowStatus(status, false), HasSubstr("mode auto, epoch 3, table 7"));
  EXPECT_THAT(ShowStatus(status, false), HasSubstr("No fault is diagnosed; everything answers."));
}

TEST(ShowStatus, DoesNotSayThatEverythingAnswersWhenOnlyNothingIsDiagnosed) {
  EXPECT_THAT(ShowStatus(v1::StatusResponse(), false), Not(HasSubstr("everything answers")));
}

TEST(ShowStatus, PutsFreezeDiagnosesAndErrorsFirst) {
  const auto status = FromText<v1::StatusResponse>(R"(
    frozen: true frozen_reason: "change window, alice"
    diagnoses { id: 12 state: CONFIRMED sentence: "Microsoft Teams is silent." }
    diagnoses { id: 13 state: SUSPECTED sentence: "Perhaps hub1." }
    errors: "group g-x is known to the router only"
    sites { site: "lon" })");
  const std::string text = ShowStatus(status, false);
  EXPECT_THAT(text, HasSubstr("FROZEN: change window, alice\n"
                              "CONFIRMED #12 Microsoft Teams is silent.\n"
                              "SUSPECTED #13 Perhaps hub1.\n"
                              "ERROR group g-x is known to the router only\n"));
  EXPECT_LT(text.find("ERROR"), text.find("SITE"));
}

TEST(ShowStatus, NamesAMuteSiteAndItsFailingTargets) {
  const auto status = FromText<v1::StatusResponse>(R"(
    sites { site: "lon" region: "eu" isp: "a" health: FAILED is_mute: true last_report_age { seconds: 40 }
            paths { target: "hub1" health: FAILED } paths { target: "hub2" health: SUSPECT }
            paths { target: "inet" health: HEALTHY } })");
  const std::string text = ShowStatus(status, false);
  EXPECT_THAT(text, HasSubstr("MUTE for 40 s"));
  EXPECT_THAT(text, HasSubstr("hub1 hub2"));
  EXPECT_THAT(text, Not(HasSubstr("inet")));
}

TEST(ShowStatus, ShowsSharesOriginAndProofOfAGroup) {
  const auto status = FromText<v1::StatusResponse>(R"(
    groups { group: "g-lon" site: "lon" numbers: 100 home_route: "teams"
             wanted { origin: OPERATOR shares { route: "teams" percent: 25 } shares { route: "pbx" percent: 75 } }
             confirmed { route: "pbx" percent: 100 } in_sync: false backup_proof: "proven by OPTIONS only" }
    groups { group: "g-par" home_route: "teams" error: "known to the router only" })");
  const std::string text = ShowStatus(status, false);
  EXPECT_THAT(text, HasSubstr("25 % teams, 75 % pbx"));
  EXPECT_THAT(text, HasSubstr("operator"));
  EXPECT_THAT(text, HasSubstr("proven by OPTIONS only"));
  EXPECT_THAT(text, HasSubstr("known to the router only"));
}

TEST(ShowExplanation, GivesSentenceTimesEvidenceAndLosers) {
  const auto explanation = FromText<v1::ExplainResponse>(R"(
    diagnoses {
      id: 4 state: CONFIRMED domain: HUB hub: "hub1" scope: GLOBAL sentence: "Hub hub1 is silent."
      onset_time { seconds: 1800014400 } confirmed_time { seconds: 1800014402 }
      evidence { site: "vantage" target: "hub1" bad: 5 probes: 6 detail: "no answer in 0.34 s" }
      evidence { site: "vantage" target: "inet" bad: 0 probes: 6 is_witness: true }
      runners_up { domain: SITE_NETWORK scope: SITE score: 1.25 why: "the internet witness answers" }
    }
    decisions: "12:00:02 hop t1 is tried after the backups"
    next_steps: "nothing moves for one hub")");
  EXPECT_EQ(ShowExplanation(explanation, absl::FromUnixSeconds(1'800'014'410), false),
            "#4 confirmed hub hub1, global\n"
            "  Hub hub1 is silent.\n"
            "  first bad probe  12:00:00 UTC (10 s ago)\n"
            "  confirmed        12:00:02 UTC (8.0 s ago)\n"
            "  Evidence\n"
            "    hub1 from vantage: 5 of 6 bad: no answer in 0.34 s\n"
            "    inet from vantage (witness): 0 of 6 bad\n"
            "  Other explanations that lost\n"
            "    site-network, site (1.2 nats): the internet witness answers\n"
            "Decided (newest first)\n"
            "  12:00:02 hop t1 is tried after the backups\n"
            "Next\n"
            "  nothing moves for one hub\n");
}

TEST(ShowExplanation, SaysThatAnAgentIsSilent) {
  const auto explanation = FromText<v1::ExplainResponse>(R"(
    diagnoses {
      id: 4 state: CONFIRMED domain: UNREACHABLE scope: SITE scope_name: "lon"
      evidence { site: "lon" bad: 4 probes: 4 detail: "no batch for 4s" }
      evidence { site: "par" target: "uplink-lon" bad: 4 probes: 4 detail: "no answer" }
    })");
  EXPECT_THAT(ShowExplanation(explanation, absl::FromUnixSeconds(1'800'014'410), false),
              HasSubstr("    agent of lon: no batch for 4s\n"
                        "    uplink-lon from par: 4 of 4 bad: no answer\n"));
}

TEST(ShowPlan, ShowsMovesGuardsEmergencyAndUndo) {
  const auto plan = FromText<v1::PlanResponse>(R"(
    plan_id: "7Q2M" moves { group: "g-lon" numbers: 100 from_route: "teams" to_route: "pbx" proof: "OPTIONS 0.5 s ago" }
    stays: "g-par: no proven backup" guards: "frozen: by alice" emergency: "Emergency calls are not touched."
    undo: "dialtone failback group g-lon")");
  const std::string text = ShowPlan(plan, false);
  for (const char* part :
       {"Plan 7Q2M", "g-lon", "OPTIONS 0.5 s ago", "g-par: no proven backup", "frozen: by alice",
        "Emergency calls are not touched.", "dialtone failback group g-lon"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ShowEvent, IsOneLineWithTimeAndKind) {
  const auto event = FromText<v1::Event>(
      R"(time { seconds: 1800014400 nanos: 120000000 } kind: EVENT_FLIP sentence: "3 groups moved to pbx")");
  EXPECT_EQ(ShowEvent(event, false), "12:00:00.120 flip            3 groups moved to pbx\n");
}

}  // namespace
}  // namespace dialtone::cli
