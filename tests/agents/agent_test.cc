// The whole agent but its sockets: scripted probes, the real loop, a real stream to a fake
// detector.
#include "agents/agent.h"

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "base/metrics.h"
#include "tests/fakes/report_service.h"
#include "tests/fakes/running_loop.h"

namespace dialtone::agents {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Answers at once with what the test says.
class ScriptedProbe final : public Probe {
 public:
  explicit ScriptedProbe(const Outcome& outcome) : outcome_(outcome) {}
  bool Start(Done done) override {
    done({.outcome = outcome_,
          .phase = Phase::kAnswer,
          .round_trip = absl::Milliseconds(20),
          .detail = outcome_ == Outcome::kAnswered ? "" : "no SIP answer in 0.34 s"});
    return true;
  }

 private:
  const Outcome& outcome_;
};

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    agent_.AddDetector("detector",
                       grpc::CreateChannel("127.0.0.1:" + std::to_string(detector_->port()),
                                           grpc::InsecureChannelCredentials()),
                       {.version = "0.1.0", .run_id = 42});
  }
  ~AgentTest() override {
    bool stopped = false;
    agent_.Stop([&] { stopped = true; });
    EXPECT_TRUE(running_.RunUntil([&] { return stopped; }));
  }

  static v1::ReportResponse PlanOf(std::uint64_t version, const std::vector<std::string>& names,
                                   absl::Duration interval = absl::Milliseconds(100)) {
    v1::ReportResponse response;
    response.mutable_plan()->set_version(version);
    for (const std::string& name : names) {
      v1::ProbeTarget& target = *response.mutable_plan()->add_targets();
      target.set_name(name);
      target.set_kind(v1::SIP_OPTIONS_TLS);
      target.set_address("192.0.2.1");
      target.set_port(5061);
      target.set_server_name("hub.example");
      target.mutable_interval()->set_seconds(absl::ToInt64Seconds(interval));
      target.mutable_interval()->set_nanos(
          static_cast<int>(absl::ToInt64Nanoseconds(interval % absl::Seconds(1))));
      target.mutable_timeout()->set_seconds(2);
      target.mutable_connect_timeout()->set_seconds(2);
      response.add_target_domains(v1::TEAMS_SIGNALLING);
    }
    return response;
  }

  std::vector<v1::ProbeResult> Results() const {
    std::vector<v1::ProbeResult> results;
    for (const v1::ReportRequest& request : detector_->heard()) {
      results.insert(results.end(), request.results().begin(), request.results().end());
    }
    return results;
  }
  bool RunUntilResults(size_t count) {
    return running_.RunUntil([&] { return Results().size() >= count; });
  }

  RunningLoop running_;
  std::unique_ptr<FakeReportService> detector_ = std::make_unique<FakeReportService>();
  Outcome outcome_ = Outcome::kAnswered;
  Metrics metrics_{"agent"};
  AgentMetrics agent_metrics_{&metrics_.registry()};
  Agent agent_{running_.loop(), /*spool_results=*/1000,
               [this](const Target& target) -> absl::StatusOr<std::unique_ptr<Probe>> {
                 if (target.name == "strange") return absl::InvalidArgumentError("kind unknown");
                 return std::make_unique<ScriptedProbe>(outcome_);
               },
               &agent_metrics_};
};

TEST_F(AgentTest, SaysHelloAndReportsWhatThePlanAsksFor) {
  detector_->Say(PlanOf(1, {"hub1", "hub2"}));
  agent_.Start();
  ASSERT_TRUE(RunUntilResults(4));
  const std::vector<v1::ReportRequest> heard = detector_->heard();
  EXPECT_EQ(heard[0].hello().run_id(), 42U);
  EXPECT_EQ(heard[0].hello().agent_version(), "0.1.0");
  EXPECT_EQ(heard[0].batch(), 1U);
  std::set<std::string> targets;
  std::uint64_t last = 0;
  for (const v1::ProbeResult& result : Results()) {
    targets.insert(result.target());
    EXPECT_EQ(result.outcome(), v1::ANSWERED);
    EXPECT_EQ(result.sequence(), ++last);
    EXPECT_LT(result.age().seconds(), 10);
  }
  EXPECT_EQ(targets, (std::set<std::string>{"hub1", "hub2"}));
}

TEST_F(AgentTest, WithNothingToSayItSaysThatItIsThere) {
  agent_.Start();
  EXPECT_TRUE(running_.RunUntil([&] { return detector_->heard().size() >= 3; }));
  EXPECT_TRUE(Results().empty());
}

TEST_F(AgentTest, TellsWhatItCannotProbe) {
  detector_->Say(PlanOf(1, {"hub1", "strange"}));
  agent_.Start();
  EXPECT_TRUE(running_.RunUntil([&] {
    const std::vector<v1::ReportRequest> heard = detector_->heard();
    return !heard.empty() && heard.back().hello().refused_targets_size() == 1;
  }));
  EXPECT_THAT(detector_->heard().back().hello().refused_targets(0),
              HasSubstr("strange: kind unknown"));
}

TEST_F(AgentTest, AnOlderPlanOfTheSameStreamIsIgnored) {
  detector_->Say(PlanOf(7, {"hub1"}));
  detector_->Say(PlanOf(6, {"hub9"}));
  agent_.Start();
  ASSERT_TRUE(RunUntilResults(20));
  for (const v1::ProbeResult& result : Results()) EXPECT_EQ(result.target(), "hub1");
}

TEST_F(AgentTest, ABurstMakesItProbeFaster) {
  detector_->Say(PlanOf(1, {"hub1"}, absl::Minutes(1)));
  v1::ReportResponse burst;
  burst.mutable_burst()->add_targets("hub1");
  burst.mutable_burst()->mutable_interval()->set_nanos(100'000'000);
  burst.mutable_burst()->mutable_duration()->set_seconds(2);
  detector_->Say(burst);
  agent_.Start();
  ASSERT_TRUE(RunUntilResults(5));
  EXPECT_TRUE(Results().back().in_burst());
}

TEST_F(AgentTest, ResultsThatWereNotTakenAreSentAgainOnTheNextStream) {
  detector_->Acknowledge(false);
  detector_->Say(PlanOf(1, {"hub1"}));
  agent_.Start();
  ASSERT_TRUE(RunUntilResults(3));
  const int port = detector_->port();
  detector_.reset();
  detector_ = std::make_unique<FakeReportService>(port);
  ASSERT_TRUE(RunUntilResults(5));
  EXPECT_EQ(detector_->heard()[0].hello().run_id(), 42U);
  EXPECT_EQ(Results()[0].sequence(), 1U) << "nothing was lost with the stream";
}

TEST_F(AgentTest, ARefusedAgentKeepsTryingButNotSoon) {
  detector_->RefuseWith(grpc::PERMISSION_DENIED);
  agent_.Start();
  ASSERT_TRUE(running_.RunUntil([&] { return detector_->streams() == 1; }));
  running_.RunFor(absl::Milliseconds(300));
  EXPECT_EQ(detector_->streams(), 1);
}

TEST_F(AgentTest, PromtoolAcceptsWhatItShows) {
  outcome_ = Outcome::kTimedOut;
  detector_->Say(PlanOf(1, {"hub1"}));
  agent_.Start();
  ASSERT_TRUE(RunUntilResults(2));
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("dialtone_agent_"));
  EXPECT_THAT(text, HasSubstr("hub1"));
  FILE* const promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(pclose(promtool), 0) << text;
}

}  // namespace
}  // namespace dialtone::agents
