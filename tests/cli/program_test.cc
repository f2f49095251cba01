// The program itself, run as an engineer runs it, against a detector played by FakeOperatorService.
#include "base/program.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "dialtone/v1/operator.grpc.pb.h"
#include "tests/fakes/silent_listener.h"

#include <sys/wait.h>

namespace dialtone::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Keeps what it was asked and answers what it was told to.
class FakeOperatorService final : public v1::OperatorService::Service {
 public:
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*,
                      v1::StatusResponse* response) override {
    *response = status;
    return grpc::Status::OK;
  }
  grpc::Status Sites(grpc::ServerContext*, const v1::SitesRequest* request,
                     v1::SitesResponse* response) override {
    sites_request = *request;
    *response = sites;
    return sites_status;
  }
  grpc::Status Hold(grpc::ServerContext*, const v1::HoldRequest* request,
                    v1::HoldResponse* response) override {
    held = *request;
    response->add_effects("g-lon stays on teams");
    return hold_status;
  }
  grpc::Status History(grpc::ServerContext*, const v1::HistoryRequest* request,
                       v1::HistoryResponse* response) override {
    for (std::uint32_t i = 0; i < request->limit() && i < 3; ++i) {
      v1::Event* event = response->add_events();
      event->set_id(30 - i);
      event->set_kind(i == 0 ? v1::EVENT_FLIP : v1::EVENT_ALARM);
      event->set_sentence(absl::StrCat("past ", 30 - i));
    }
    return grpc::Status::OK;
  }
  grpc::Status Explain(grpc::ServerContext*, const v1::ExplainRequest* request,
                       v1::ExplainResponse* response) override {
    if (request->site() == "nowhere") return {grpc::StatusCode::NOT_FOUND, "no site \"nowhere\""};
    response->add_next_steps("g-lon comes home in 12 s");
    response->set_summary(absl::StrCat("asked for site ", request->site()));
    return grpc::Status::OK;
  }
  grpc::Status Plan(grpc::ServerContext*, const v1::PlanRequest* request,
                    v1::PlanResponse* response) override {
    planned = *request;
    *response = plan;
    return grpc::Status::OK;
  }
  grpc::Status Apply(grpc::ServerContext*, const v1::ApplyRequest* request,
                     v1::ApplyResponse* response) override {
    ++applications;
    applied = *request;
    response->set_generation(8);
    return apply_status;
  }
  grpc::Status Freeze(grpc::ServerContext*, const v1::FreezeRequest* request,
                      v1::FreezeResponse* response) override {
    frozen = *request;
    response->set_frozen(request->frozen());
    return grpc::Status::OK;
  }
  grpc::Status Watch(grpc::ServerContext*, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::Event>* writer) override {
    watched_after.push_back(request->after_id());
    for (const char* sentence : {"first", "second"}) {
      v1::Event event;
      event.set_id(request->after_id() + (sentence[0] == 'f' ? 1 : 2));
      event.set_kind(sentence[0] == 'f' ? v1::EVENT_FLIP : v1::EVENT_ENDED);
      event.set_sentence(sentence);
      writer->Write(event);
    }
    // The first one sees the detector stop; the next one is refused.
    if (watched_after.size() == 1) return {grpc::StatusCode::UNAVAILABLE, "the detector stops"};
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "20 watch already"};
  }

  v1::StatusResponse status;
  v1::PlanResponse plan;
  grpc::Status apply_status;
  v1::PlanRequest planned;
  v1::ApplyRequest applied;
  v1::FreezeRequest frozen;
  v1::SitesRequest sites_request;
  v1::SitesResponse sites;
  grpc::Status sites_status;
  v1::HoldRequest held;
  grpc::Status hold_status;
  std::vector<std::uint64_t> watched_after;
  int applications = 0;
};

struct Output {
  int code = -1;
  std::string text;  // stdout and stderr
};

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    WriteConfig(
        absl::StrCat("insecure_loopback: true detectors { address: \"127.0.0.1:", port, "\" }"));

    v1::PlannedMove* move = service_.plan.add_moves();
    move->set_group("g-lon");
    move->set_numbers(100);
    move->set_to_route("pbx");
    service_.plan.set_plan_id("7Q2M");
    service_.plan.set_confirmation("g-lon");
    v1::OperatorGroupStatus* group = service_.status.add_groups();
    group->set_group("g-lon");
    group->set_voice_layer("vl1");
    group->set_in_sync(true);
    group->add_confirmed()->set_route("pbx");
    group->mutable_confirmed(0)->set_percent(100);
    v1::RouterStatus* router = service_.status.add_routers();
    router->set_voice_layer("vl1");
    router->set_up(true);
    router->set_generation(8);
  }
  ~ProgramTest() override {
    server_->Shutdown();
    unlink(config_.c_str());
  }

  void WriteConfig(const std::string& text) { std::ofstream(config_) << text; }

  Output Run(const std::string& arguments) const {
    const std::string command =
        absl::StrCat(DIALTONE_PROGRAM " --config ", config_, " ", arguments, " 2>&1 </dev/null");
    FILE* const pipe = popen(command.c_str(), "r");
    Output output;
    std::array<char, 4096> buffer;
    for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      output.text.append(buffer.data(), n);
    output.code = WEXITSTATUS(pclose(pipe));
    return output;
  }

  const std::string config_ =
      absl::StrCat(::testing::TempDir(), "dialtone_cli_", getpid(), ".textproto");
  FakeOperatorService service_;
  std::unique_ptr<grpc::Server> server_;
};

int Code(ExitCode code) { return static_cast<int>(code); }

TEST_F(ProgramTest, StatusEndsWith10WhenAnythingIsNotHealthy) {
  EXPECT_EQ(Run("status").code, Code(ExitCode::kDoesNotHold));
  service_.status.set_all_healthy(true);
  EXPECT_EQ(Run("status").code, 0);
}

TEST_F(ProgramTest, StatusPrintsTheMessageAsJson) {
  service_.status.set_epoch(41);
  EXPECT_THAT(Run("status -o json").text, HasSubstr("\"epoch\": \"41\""));
}

TEST_F(ProgramTest, ExplainPassesTheSubjectAndSaysWhenThereIsNone) {
  EXPECT_THAT(Run("explain site lon").text, HasSubstr("asked for site lon"));
  EXPECT_EQ(Run("explain site nowhere").code, Code(ExitCode::kNothingMatches));
  const Output wrong = Run("explain lon");
  EXPECT_EQ(wrong.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(wrong.text, HasSubstr("given \"lon\", expected nothing, or site NAME"));
}

TEST_F(ProgramTest, FailoverNeedsAReason) {
  const Output output = Run("failover group g-lon --confirm=g-lon");
  EXPECT_EQ(output.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(output.text, HasSubstr("--reason"));
  EXPECT_EQ(service_.applications, 0);
}

TEST_F(ProgramTest, FailoverWithoutATerminalAsksForConfirmAndChangesNothing) {
  const Output output = Run("failover group g-lon --reason test");
  EXPECT_EQ(output.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(output.text, HasSubstr("Add --confirm=\"g-lon\""));
  EXPECT_EQ(service_.applications, 0);
}

TEST_F(ProgramTest, FailoverRefusesAConfirmOfAnotherScope) {
  EXPECT_EQ(Run("failover group g-lon --reason test --confirm=g-par").code,
            Code(ExitCode::kUsageOrConfig));
  EXPECT_EQ(service_.applications, 0);
}

TEST_F(ProgramTest, FailoverAppliesThePlanThatWasShown) {
  const Output output =
      Run("failover group g-lon --to pbx --reason INC-1 --hold 4h --confirm=g-lon");
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("Plan 7Q2M"));
  EXPECT_THAT(output.text, HasSubstr("Done: 1 groups with 100 numbers moved"));
  EXPECT_EQ(service_.planned.action(), v1::FAILOVER);
  EXPECT_EQ(service_.planned.scope().group(), "g-lon");
  EXPECT_EQ(service_.planned.to_route(), "pbx");
  EXPECT_EQ(service_.applied.plan_id(), "7Q2M");
  EXPECT_EQ(service_.applied.reason(), "INC-1");
  EXPECT_EQ(service_.applied.hold().seconds(), 4 * 3600);
}

TEST_F(ProgramTest, DryRunChangesNothing) {
  EXPECT_EQ(Run("failback all --reason test --dry-run").code, 0);
  EXPECT_EQ(service_.planned.action(), v1::FAILBACK);
  EXPECT_TRUE(service_.planned.scope().all());
  EXPECT_EQ(service_.applications, 0);
}

TEST_F(ProgramTest, AGuardsRefusalIsExit3AndSaysThatNothingChanged) {
  service_.apply_status = {grpc::StatusCode::FAILED_PRECONDITION,
                           "guard backup_unverified: pbx1 is silent"};
  const Output output = Run("failover group g-lon --reason test --confirm=g-lon");
  EXPECT_EQ(output.code, Code(ExitCode::kRefused));
  EXPECT_THAT(output.text, HasSubstr("refused: guard backup_unverified: pbx1 is silent"));
  EXPECT_THAT(output.text, HasSubstr("Nothing was changed."));
}

TEST_F(ProgramTest, AMoveThatNoRouterConfirmsIsExit5) {
  service_.status.mutable_groups(0)->set_in_sync(false);
  EXPECT_EQ(Run("--timeout 1 failover group g-lon --reason test --confirm=g-lon").code,
            Code(ExitCode::kUnknown));
}

TEST_F(ProgramTest, FreezeAndUnfreezeCarryTheReason) {
  EXPECT_EQ(Run("freeze --reason 'change window'").code, 0);
  EXPECT_TRUE(service_.frozen.frozen());
  EXPECT_EQ(service_.frozen.reason(), "change window");
  EXPECT_EQ(Run("unfreeze --reason done").code, 0);
  EXPECT_FALSE(service_.frozen.frozen());
}

TEST_F(ProgramTest, UnfreezeSaysWhatTheDetectorDoesNext) {
  EXPECT_THAT(Run("unfreeze --reason done").text, HasSubstr("next: g-lon comes home in 12 s"));
  EXPECT_EQ(Run("freeze --reason x -o json").text, "{\n \"frozen\": true\n}\n");
}

TEST_F(ProgramTest, SitesListsAllOrFiltersThem) {
  service_.sites.add_sites()->set_site("lon");
  const Output all = Run("sites");
  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.text, HasSubstr("lon"));
  EXPECT_FALSE(service_.sites_request.details());
  EXPECT_EQ(Run("sites list --region eu --isp a --state off-home").code, 0);
  EXPECT_EQ(service_.sites_request.region(), "eu");
  EXPECT_EQ(service_.sites_request.isp(), "a");
  EXPECT_TRUE(service_.sites_request.off_home());
  EXPECT_EQ(Run("sites --state failed").code, 0);
  EXPECT_EQ(service_.sites_request.health(), v1::FAILED);
  EXPECT_EQ(Run("sites --state broken").code, Code(ExitCode::kUsageOrConfig));
}

TEST_F(ProgramTest, SitesShowAsksForDetails) {
  service_.sites.add_sites()->set_site("lon");
  EXPECT_THAT(Run("sites show lon par -o json").text, HasSubstr("\"site\": \"lon\""));
  EXPECT_TRUE(service_.sites_request.details());
  ASSERT_EQ(service_.sites_request.sites_size(), 2);
  EXPECT_EQ(service_.sites_request.sites(1), "par");
}

TEST_F(ProgramTest, SitesThatDoNotExistOrMatchAreExit6) {
  const Output none = Run("sites --state mute");
  EXPECT_EQ(none.code, Code(ExitCode::kNothingMatches));
  EXPECT_THAT(none.text, HasSubstr("None of the 0 sites matches."));
  service_.sites_status = {grpc::StatusCode::NOT_FOUND, "no site is called \"moon\""};
  EXPECT_EQ(Run("sites show moon").code, Code(ExitCode::kNothingMatches));
  const Output wrong = Run("sites lon");
  EXPECT_EQ(wrong.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(wrong.text, HasSubstr("given \"lon\", expected nothing, list, or show SITE..."));
}

TEST_F(ProgramTest, HoldSetCarriesScopeTimeAndReason) {
  const Output output = Run("hold set site lon --for 4h --reason migration");
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("g-lon stays on teams"));
  EXPECT_EQ(service_.held.verb(), v1::HoldRequest::SET);
  EXPECT_EQ(service_.held.scope().site(), "lon");
  EXPECT_EQ(service_.held.duration().seconds(), 4 * 3600);
  EXPECT_EQ(service_.held.reason(), "migration");
  EXPECT_FALSE(service_.held.dry_run());
  EXPECT_THAT(Run("hold set all --reason x --dry-run").text, HasSubstr("Nothing was changed."));
  EXPECT_TRUE(service_.held.dry_run());
  EXPECT_FALSE(service_.held.has_duration()) << "until it is cleared";
}

TEST_F(ProgramTest, HoldListAndClear) {
  EXPECT_EQ(Run("hold list -o json").code, 0);
  EXPECT_EQ(service_.held.verb(), v1::HoldRequest::LIST);
  EXPECT_EQ(Run("hold clear group g-lon --reason done").code, 0);
  EXPECT_EQ(service_.held.verb(), v1::HoldRequest::CLEAR);
  EXPECT_EQ(service_.held.scope().group(), "g-lon");
  service_.hold_status = {grpc::StatusCode::NOT_FOUND, "there is no hold on group g-lon"};
  EXPECT_EQ(Run("hold clear group g-lon --reason done").code, Code(ExitCode::kNothingMatches));
}

TEST_F(ProgramTest, AWrongHoldIsExit2AndAsksNobody) {
  for (const char* wrong :
       {"hold", "hold set site lon", "hold set --reason x", "hold set region eu --reason x",
        "hold set all --for 10s --reason x", "hold clear all --for 4h --reason x"}) {
    EXPECT_EQ(Run(wrong).code, Code(ExitCode::kUsageOrConfig)) << wrong;
  }
  EXPECT_EQ(service_.held.verb(), v1::HoldRequest::VERB_UNSPECIFIED);
}

TEST_F(ProgramTest, AHoldThatBreaksOffIsExit5) {
  service_.hold_status = {grpc::StatusCode::UNAVAILABLE, "the detector stops"};
  EXPECT_EQ(Run("hold set all --reason x").code, Code(ExitCode::kUnknown));
  EXPECT_EQ(Run("hold list").code, Code(ExitCode::kUnreachable));
}

TEST_F(ProgramTest, WatchComesBackAfterTheLastEventAndEndsWhenItIsRefused) {
  const Output output = Run("watch -o json");
  EXPECT_EQ(output.code, Code(ExitCode::kRefused));
  EXPECT_THAT(output.text, HasSubstr("\"sentence\":\"first\""));
  EXPECT_THAT(output.text, HasSubstr("\"sentence\":\"second\""));
  EXPECT_THAT(output.text, HasSubstr("the watch broke off (the detector stops)"));
  EXPECT_THAT(output.text, HasSubstr("20 watch already"));
  EXPECT_THAT(service_.watched_after, ElementsAre(30, 32));
}

TEST_F(ProgramTest, WatchShowsTheLastEventsFirstAndOnlyTheKindsAskedFor) {
  const std::string all = Run("watch --last 3").text;
  EXPECT_LT(all.find("past 28"), all.find("past 30"));
  EXPECT_LT(all.find("past 30"), all.find("first"));
  service_.watched_after.clear();
  const std::string flips = Run("watch --last 3 --kind flip").text;
  EXPECT_THAT(flips, HasSubstr("past 30"));
  EXPECT_THAT(flips, Not(HasSubstr("past 29")));
  EXPECT_THAT(flips, Not(HasSubstr("second")));
  EXPECT_EQ(Run("watch --kind fliip").code, Code(ExitCode::kUsageOrConfig));
}

TEST_F(ProgramTest, WatchFromAnEventOn) {
  (void)Run("watch --after 12");
  EXPECT_EQ(service_.watched_after.front(), 12U);
}
TEST_F(ProgramTest, ASlipOfAVerbIsAnsweredWithTheVerb) {
  EXPECT_THAT(Run("stauts").text, HasSubstr("Did you mean: dialtone status?"));
}

TEST_F(ProgramTest, NoDetectorIsExit8AndNamesTheOnesTried) {
  server_->Shutdown();
  const Output output = Run("status");
  EXPECT_EQ(output.code, Code(ExitCode::kUnreachable));
  EXPECT_THAT(output.text, HasSubstr("no detector answered (127.0.0.1:"));
}

TEST_F(ProgramTest, ADetectorThatAcceptsAndSaysNothingIsGivenUpAfterThreeSeconds) {
  const SilentListener silent;
  WriteConfig(absl::StrCat(
      "insecure_loopback: true detectors { address: \"127.0.0.1:", silent.port(), "\" }"));
  const Output output = Run("status");
  EXPECT_EQ(output.code, Code(ExitCode::kUnreachable));
  EXPECT_THAT(output.text, HasSubstr("no detector answered (127.0.0.1:"));
}

TEST_F(ProgramTest, ReplayNamesWhatIsNoRecording) {
  const Output output = Run(absl::StrCat("replay ", config_));
  EXPECT_EQ(output.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(output.text, HasSubstr("expected a recording of dialtone-detector"));
}

TEST_F(ProgramTest, AWrongConfigurationNamesFileLineAndField) {
  WriteConfig("insecure_loopback: true\ndetectors { adress: \"127.0.0.1:1\" }");
  const Output output = Run("status");
  EXPECT_EQ(output.code, Code(ExitCode::kUsageOrConfig));
  EXPECT_THAT(output.text, AllOf(HasSubstr(absl::StrCat(config_, ":2:")), HasSubstr("adress")));
}

}  // namespace
}  // namespace dialtone::cli
