#include "detector/daemon.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "detector/recording_codec.h"
#include "detector/recording_file.h"
#include "detector/simulation/replay.h"
#include "dialtone/v1/operator.grpc.pb.h"
#include "tests/detector/sample_fleet.h"
#include "tests/fakes/agent_stream.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/route_service.h"
#include "tests/fakes/set_clock.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

struct Patience : grpc::ClientContext {
  Patience() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10)); }
};

// What the probes of the fleet's agents say, by target; all others are answered.
using World = std::map<std::string, v1::ProbeOutcome>;
const World kHealthy;
const World kHubsSilent = {{"hub1", v1::TIMED_OUT}, {"hub2", v1::TIMED_OUT}};

constexpr char kAtHome[] = "g-lon=teams:100 g-nyc=teams:100 ";
constexpr char kOnPbx[] = "g-lon=pbx:100 g-nyc=pbx:100 ";

// A fleet's agent, made to say what its world is like.
class Agent {
 public:
  Agent(const std::string& site, std::shared_ptr<grpc::Channel> channel)
      : site_(site), channel_(std::move(channel)) {}

  void Connect(std::uint64_t run_id) {
    stream_ = std::make_unique<AgentStream>(channel_);
    plan_ = stream_->Greet(run_id).plan();
    EXPECT_GT(plan_.targets_size(), 0) << site_;
    batch_ = 1;
    sequence_ = 0;
  }
  void Leave() { stream_.reset(); }

  // One batch with one result of each of its targets; returns when the detector has it.
  void Report(const World& world) {
    v1::ReportRequest request;
    request.set_batch(++batch_);
    for (const v1::ProbeTarget& target : plan_.targets()) {
      v1::ProbeResult* const result = request.add_results();
      result->set_target(target.name());
      result->set_sequence(++sequence_);
      const auto said = world.find(target.name());
      result->set_outcome(said == world.end() ? v1::ANSWERED : said->second);
      result->set_phase(v1::ANSWER);
      if (said == world.end()) result->mutable_round_trip()->set_nanos(20'000'000);
    }
    ASSERT_TRUE(stream_->Send(request)) << site_;
    // Bursts and older acknowledgements come in between.
    while (true) {
      const v1::ReportResponse response = stream_->Read();
      ASSERT_GT(response.ByteSizeLong(), 0u) << site_ << ": the stream has ended";
      if (response.acknowledged_batch() >= batch_) return;
    }
  }

 private:
  const std::string site_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<AgentStream> stream_;
  v1::ProbePlan plan_;
  std::uint64_t batch_ = 0;
  std::uint64_t sequence_ = 0;
};

// The whole detector with its core, journal and services, between hand-driven agents and a router
// that does what it is told. Time passes when the test says so.
class DaemonTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certificates_ = new Certificates(
        "detector/main agent/lon agent/par agent/nyc agent/hall operator/alice router/vl1");
  }
  static void TearDownTestSuite() { delete certificates_; }

  DaemonTest() {
    router_.Change([](v1::ReadRoutesResponse* report) {
      report->set_voice_layer_up(true);
      for (const char* name : {"g-lon", "g-nyc"}) {
        v1::GroupStatus* const group = report->add_groups();
        group->set_group(name);
        group->set_home_route("teams");
        group->add_backup_routes("pbx");
        group->set_numbers(100);
        v1::Share* const confirmed = group->add_confirmed();
        confirmed->set_route("teams");
        confirmed->set_percent(100);
        group->set_in_sync(true);
      }
      const auto add_route = [report](const char* name, const std::vector<const char*>& hops) {
        v1::Route* const route = report->add_routes();
        route->set_name(name);
        for (const char* hop : hops) route->add_hops(hop);
      };
      add_route("teams", {"t1", "t2"});
      add_route("pbx", {"pbx1"});
    });
    int port = 0;
    auto server = StartServer({.address = "127.0.0.1:0",
                               .identity = certificates_->Of("router/vl1"),
                               .services = {"dialtone.v1.RouteService"}},
                              {&router_}, &port);
    EXPECT_TRUE(server.ok()) << server.status();
    router_server_ = *std::move(server);

    settings_.grpc_address = "127.0.0.1:0";
    settings_.grpc_identity = certificates_->Of("detector/main");
    settings_.http_address = "127.0.0.1:0";
    settings_.router_identity = certificates_->Of("detector/main");
    settings_.state_directory = directory_.path() + "/state";
    settings_.fleet = SampleFleet();
    for (Target& target : settings_.fleet.targets) target.interval = absl::Seconds(1);
    settings_.policy.may_act = true;
    settings_.policy.warm_up = absl::ZeroDuration();
    settings_.policy.microsoft_interval = absl::Seconds(1);
    settings_.routers = {{.address = absl::StrCat("127.0.0.1:", port), .identity = "router/vl1"}};
  }
  ~DaemonTest() override {
    StopDetector();
    router_server_->Shutdown(std::chrono::system_clock::now());
  }

  void StartDetector() {
    ++starts_;
    auto daemon = Daemon::Start(settings_, clock_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    operator_ = v1::OperatorService::NewStub(Channel("operator/alice"));
    for (const Site& site : settings_.fleet.sites) {
      agents_.push_back(std::make_unique<Agent>(site.name, Channel("agent/" + site.name)));
      agents_.back()->Connect(starts_);
    }
  }
  // As SIGTERM would.
  void StopDetector() {
    agents_.clear();
    operator_.reset();
    daemon_.reset();
  }

  std::shared_ptr<grpc::Channel> Channel(const std::string& identity) const {
    auto channel = OpenChannel({.address = absl::StrCat("127.0.0.1:", daemon_->grpc_port()),
                                .identity = certificates_->Of(identity),
                                .server_identity = "detector/main"});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }

  // `seconds` go by in `world`; every agent reports once in each.
  void Live(int seconds, const World& world) {
    for (int i = 0; i < seconds; ++i) {
      clock_.Advance(absl::Seconds(1));
      for (const std::unique_ptr<Agent>& agent : agents_) agent->Report(world);
      router_.Change([](v1::ReadRoutesResponse*) {});
      Status();  // the loop has seen all of it
    }
  }

  v1::StatusResponse Status() {
    v1::StatusResponse status;
    Patience context;
    const grpc::Status call = operator_->Status(&context, {}, &status);
    EXPECT_TRUE(call.ok()) << call.error_message();
    return status;
  }

  // Where the calls of the groups go, by the router's word: "g-lon=teams:100 ..."
  static std::string RoutesOf(const v1::ReadRoutesResponse& report) {
    std::string routes;
    for (const v1::GroupStatus& group : report.groups()) {
      absl::StrAppend(&routes, group.group(), "=");
      for (const v1::Share& share : group.confirmed()) {
        absl::StrAppend(&routes, share.route(), ":", share.percent(), " ");
      }
    }
    return routes;
  }
  // Now, or as soon as what was decided has reached the router.
  bool RoutesBecome(const std::string& routes) {
    return RouterHas(
        [&](const v1::ReadRoutesResponse& report) { return RoutesOf(report) == routes; });
  }
  std::string Routes() {
    std::string routes;
    RouterHas([&](const v1::ReadRoutesResponse& report) {
      routes = RoutesOf(report);
      return true;
    });
    return routes;
  }
  bool RouterHas(const std::function<bool(const v1::ReadRoutesResponse&)>& holds) {
    return router_.WaitUntil(
        [&](const FakeRouteService& router) { return holds(router.report()); });
  }
  static bool IsSkipped(const v1::ReadRoutesResponse& report, const std::string& hop) {
    for (const v1::HopStateEntry& state : report.hop_states()) {
      if (state.hop() == hop) return state.state() == v1::AFTER_BACKUPS;
    }
    return false;
  }

  // Orders a failover of everything; returns how applying it ended.
  grpc::Status FailOver() {
    v1::PlanRequest request;
    request.set_action(v1::FAILOVER);
    request.mutable_scope()->set_all(true);
    v1::PlanResponse plan;
    Patience planning;
    const grpc::Status planned = operator_->Plan(&planning, request, &plan);
    if (!planned.ok()) return planned;
    v1::ApplyRequest apply;
    apply.set_plan_id(plan.plan_id());
    apply.set_reason("INC-4711");
    v1::ApplyResponse response;
    Patience applying;
    return operator_->Apply(&applying, apply, &response);
  }

  static Certificates* certificates_;

  const TemporaryDirectory directory_;
  SetClock clock_;
  FakeRouteService router_{"vl1"};
  std::unique_ptr<grpc::Server> router_server_;
  DetectorSettings settings_;
  std::uint64_t starts_ = 0;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<v1::OperatorService::Stub> operator_;
  std::vector<std::unique_ptr<Agent>> agents_;
};
Certificates* DaemonTest::certificates_ = nullptr;

TEST_F(DaemonTest, AHealthyWorldIsGreenAndNothingMoves) {
  StartDetector();
  Live(40, kHealthy);
  const v1::StatusResponse status = Status();
  EXPECT_TRUE(status.all_healthy()) << status.DebugString();
  EXPECT_EQ(status.epoch(), 1u);
  EXPECT_EQ(Routes(), kAtHome);
}

TEST_F(DaemonTest, SilentHubsAreSkippedAndThenTheNumbersMove) {
  StartDetector();
  Live(20, kHealthy);
  Live(4, kHubsSilent);
  EXPECT_TRUE(RouterHas(
      [](const auto& report) { return IsSkipped(report, "t1") && IsSkipped(report, "t2"); }));
  ASSERT_GT(Status().diagnoses_size(), 0);
  EXPECT_EQ(Status().diagnoses(0).domain(), v1::TEAMS_SIGNALLING);
  EXPECT_FALSE(Status().all_healthy()) << "what makes `dialtone status` exit with 10";
  Live(20, kHubsSilent);
  EXPECT_TRUE(RoutesBecome(kOnPbx)) << Routes();
}

TEST_F(DaemonTest, ARestartInAFaultMovesNothingAndRaisesTheEpoch) {
  StartDetector();
  Live(20, kHealthy);
  Live(24, kHubsSilent);
  ASSERT_TRUE(RoutesBecome(kOnPbx)) << Routes();
  StopDetector();
  clock_.Advance(absl::Seconds(5));
  StartDetector();
  Live(5, kHubsSilent);
  EXPECT_EQ(Status().epoch(), 2u);
  EXPECT_EQ(Routes(), kOnPbx);
  ASSERT_GT(Status().groups_size(), 0);
  EXPECT_EQ(Status().groups(0).wanted().origin(), v1::AUTO) << Status().DebugString();
}

TEST_F(DaemonTest, WithoutItsJournalItAdoptsTheRoutersRoutesAndAnOperatorsMoveStaysAHold) {
  StartDetector();
  Live(5, kHealthy);
  const grpc::Status moved = FailOver();
  ASSERT_TRUE(moved.ok()) << moved.error_message();
  ASSERT_TRUE(RoutesBecome(kOnPbx)) << Routes();
  StopDetector();
  std::filesystem::remove_all(settings_.state_directory);
  StartDetector();
  Live(10, kHealthy);
  const v1::StatusResponse status = Status();
  EXPECT_EQ(status.epoch(), 2u) << "one more than the router had seen";
  EXPECT_EQ(Routes(), kOnPbx);
  EXPECT_EQ(status.groups(0).wanted().origin(), v1::OPERATOR);
  EXPECT_GT(status.holds_size(), 0) << status.DebugString();
}

TEST_F(DaemonTest, ARecordedRunReplaysToTheSameEffectsToTheLastBit) {
  settings_.recording = RecordingSettings{.directory = directory_.File("recordings")};
  StartDetector();
  Live(10, kHealthy);
  Live(24, kHubsSilent);
  ASSERT_TRUE(RoutesBecome(kOnPbx)) << Routes();
  StopDetector();

  const std::vector<std::string> files = RecordingsIn(settings_.recording->directory);
  ASSERT_EQ(files.size(), 1u);
  auto reader = RecordingReader::Open(files[0]);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const RunStart start = DecodeHeader((*reader)->header());
  simulation::Replay replay(settings_.fleet, settings_.policy, start.core, start.now);
  while (const auto message = (*reader)->Next()) {
    const absl::StatusOr<RunStep> step = DecodeStep(settings_.fleet, *message);
    ASSERT_TRUE(step.ok()) << step.status();
    replay.Take(step->event, step->now, step->decisions, step->digest);
  }
  EXPECT_FALSE((*reader)->torn());
  const simulation::ReplayOutcome outcome = replay.Outcome();
  EXPECT_GT(outcome.steps, 100u);
  EXPECT_GT(outcome.recorded, 5u);
  EXPECT_EQ(outcome.different_steps, 0u);
  EXPECT_TRUE(outcome.differences.empty());
}

TEST_F(DaemonTest, AnOrderIsInTheJournalBeforeItIsAnswered) {
  StartDetector();
  Live(5, kHealthy);
  v1::FreezeRequest request;
  request.set_frozen(true);
  request.set_reason("storm");
  v1::FreezeResponse response;
  Patience context;
  ASSERT_TRUE(operator_->Freeze(&context, request, &response).ok());
  StopDetector();
  StartDetector();
  EXPECT_TRUE(Status().frozen());
  EXPECT_THAT(Status().frozen_reason(), HasSubstr("storm"));
}

TEST_F(DaemonTest, ASecondDetectorOnTheSameJournalDoesNotStart) {
  StartDetector();
  const absl::Status second = Daemon::Start(settings_, clock_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use by another process"));
}

TEST_F(DaemonTest, AnAddressThatIsTakenIsNamed) {
  StartDetector();
  settings_.state_directory += "2";
  settings_.grpc_address = absl::StrCat("127.0.0.1:", daemon_->grpc_port());
  const absl::Status second = Daemon::Start(settings_, clock_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()), HasSubstr(settings_.grpc_address));
}

}  // namespace
}  // namespace dialtone::detector
