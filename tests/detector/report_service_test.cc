#include "detector/report_service.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "detector/time_codec.h"
#include "tests/detector/sample_fleet.h"
#include "tests/fakes/agent_stream.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/set_clock.h"

namespace dialtone::detector {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kMaxReceiveBytes = 1 << 20;

// One result of hub1, `sequence` for every one.
v1::ReportRequest Results(std::uint64_t batch, int count, std::uint64_t first_sequence = 1) {
  v1::ReportRequest request;
  request.set_batch(batch);
  for (int i = 0; i < count; ++i) {
    v1::ProbeResult* const result = request.add_results();
    result->set_target("hub1");
    result->set_sequence(first_sequence + static_cast<std::uint64_t>(i));
    result->set_outcome(v1::ANSWERED);
    result->set_phase(v1::ANSWER);
    result->set_code(200);
  }
  return request;
}

// A real server with mutual TLS; its messages to the loop are read by the test.
class ReportServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours_ =
        new Certificates("detector/main agent/lon agent/par agent/rom operator/alice router/vl1");
    theirs_ = new Certificates("agent/lon");
  }
  static void TearDownTestSuite() {
    delete ours_;
    delete theirs_;
  }

  ReportServiceTest()
      : fleet_(SampleFleet()),
        metrics_(&registry_),
        service_(fleet_, policy_, clock_, /*epoch=*/7, &mailbox_, &metrics_) {
    int port = 0;
    auto server = StartServer({.address = "127.0.0.1:0",
                               .identity = ours_->Of("detector/main"),
                               .services = {"dialtone.v1.ReportService"},
                               .max_receive_bytes = kMaxReceiveBytes},
                              {&service_}, &port);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~ReportServiceTest() override { Stop(); }

  void Stop() {
    if (server_ == nullptr) return;
    service_.Stop();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    server_.reset();
  }

  std::shared_ptr<grpc::Channel> ChannelOf(const TlsIdentity& identity) const {
    auto channel = OpenChannel(
        {.address = address_, .identity = identity, .server_identity = "detector/main"});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }
  std::shared_ptr<grpc::Channel> Agent(const std::string& site) const {
    return ChannelOf(ours_->Of("agent/" + site));
  }

  // The next event that the loop would see; waits a few seconds for it.
  std::optional<Event> NextEvent() {
    std::optional<Message> message = mailbox_.Take(absl::Seconds(5));
    if (!message.has_value() || !std::holds_alternative<Event>(*message)) return std::nullopt;
    return std::get<Event>(*std::move(message));
  }
  // The next event, which must be of that kind.
  template <typename Kind>
  Kind Next() {
    const std::optional<Event> event = NextEvent();
    if (event.has_value() && std::holds_alternative<Kind>(*event)) return std::get<Kind>(*event);
    ADD_FAILURE() << "another event, or none: "
                  << (event.has_value() ? std::to_string(event->index()) : "none");
    return {};
  }

  double Fate(ReportFate fate) const {
    return metrics_.reports[static_cast<size_t>(fate)]->Value();
  }
  double Ends(StreamEnd reason) const {
    return metrics_.stream_closes[static_cast<size_t>(reason)]->Value();
  }

  static Certificates* ours_;
  static Certificates* theirs_;  // of another authority

  const Fleet fleet_;
  const Policy policy_;
  SetClock clock_;
  LoopMailbox mailbox_;
  prometheus::Registry registry_;
  ReportMetrics metrics_;
  ReportService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};
Certificates* ReportServiceTest::ours_ = nullptr;
Certificates* ReportServiceTest::theirs_ = nullptr;

TEST_F(ReportServiceTest, GivesAnAgentItsPlanAndTheLoopItsResults) {
  AgentStream agent(Agent("lon"));
  const v1::ReportResponse plan = agent.Greet(/*run_id=*/42);
  EXPECT_EQ(plan.plan().version(), 7u);
  EXPECT_EQ(plan.plan().targets_size(), 3);
  const auto connected = Next<AgentConnected>();
  EXPECT_EQ(connected.site, kLon);
  EXPECT_EQ(connected.run_id, 42u);
  EXPECT_EQ(connected.version, "0.1.0");
  EXPECT_THAT(Next<Batch>().results, IsEmpty()) << "the hello is a batch too: I am here";

  ASSERT_TRUE(agent.Send(Results(2, 3)));
  const auto batch = Next<Batch>();
  EXPECT_EQ(batch.site, kLon);
  EXPECT_EQ(batch.run_id, 42u);
  ASSERT_THAT(batch.results, SizeIs(3));
  EXPECT_EQ(batch.results[0].target, kHub1);
  EXPECT_EQ(batch.results[0].sent, clock_.TimeNow());

  agent.SayGoodbye();
  EXPECT_TRUE(agent.Finish().ok());
  EXPECT_EQ(Next<AgentDisconnected>().run_id, 42u);
  EXPECT_EQ(Fate(ReportFate::kAccepted), 3);
  EXPECT_EQ(Ends(StreamEnd::kAgent), 1);
  EXPECT_EQ(metrics_.agents_connected->Value(), 0);
}

TEST_F(ReportServiceTest, AcknowledgesWhatItTook) {
  AgentStream agent(Agent("lon"));
  EXPECT_EQ(agent.Greet(42).acknowledged_batch(), 1u) << "together with the plan";
  for (std::uint64_t batch = 2; batch <= 5; ++batch) {
    ASSERT_TRUE(agent.Send(Results(batch, 1, batch)));
  }
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(NextEvent().has_value());  // all are taken
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(agent.Send(Results(6, 1, 6)));
  EXPECT_EQ(agent.Read().acknowledged_batch(), 6u) << "none in between: once a second is enough";
}

TEST_F(ReportServiceTest, ACertificateOfAnotherRoleOrAuthorityGetsNothing) {
  for (const TlsIdentity& identity :
       {ours_->Of("operator/alice"), ours_->Of("router/vl1"), ours_->Of("detector/main")}) {
    AgentStream stranger(ChannelOf(identity));
    EXPECT_EQ(stranger.Finish().error_code(), StatusCode::PERMISSION_DENIED)
        << identity.certificate_file;
  }
  TlsIdentity foreign = theirs_->Of("agent/lon");
  foreign.authority_file = ours_->Of("agent/lon").authority_file;
  AgentStream stranger(ChannelOf(foreign));
  EXPECT_EQ(stranger.Finish().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(mailbox_.size(), 0u);
}

TEST_F(ReportServiceTest, ASiteThatIsNotConfiguredIsRefusedAndCounted) {
  AgentStream agent(Agent("rom"));
  const grpc::Status status = agent.Finish();
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("\"rom\" is not a site"));
  EXPECT_EQ(Ends(StreamEnd::kUnknownSite), 1);
  EXPECT_EQ(mailbox_.size(), 0u);
}

TEST_F(ReportServiceTest, AStreamThatDoesNotSayHelloIsEnded) {
  AgentStream agent(Agent("lon"));
  ASSERT_TRUE(agent.Send(Results(1, 1)));
  EXPECT_EQ(agent.Finish().error_code(), StatusCode::INVALID_ARGUMENT);
  Stop();  // waits until every stream is over
  EXPECT_EQ(Ends(StreamEnd::kProtocol), 1);
  EXPECT_EQ(mailbox_.size(), 0u);
}

TEST_F(ReportServiceTest, AnAgentSpeaksForItsOwnSiteAlone) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  v1::ReportRequest request = Results(2, 1);
  request.mutable_results(0)->set_target("lon-uplink");  // par, nyc and hall probe it
  ASSERT_TRUE(agent.Send(request));
  Next<AgentConnected>();
  Next<Batch>();
  EXPECT_THAT(Next<Batch>().results, IsEmpty()) << "it is heard all the same";
  EXPECT_EQ(Fate(ReportFate::kUnauthorized), 1);
  EXPECT_EQ(Fate(ReportFate::kAccepted), 0);
}

TEST_F(ReportServiceTest, TellsTheLoopByHowMuchTheClockOfAnAgentWasSet) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  v1::ReportRequest request = Results(2, 0);
  request.mutable_clock_set_by()->set_seconds(-600);
  ASSERT_TRUE(agent.Send(request));
  Next<AgentConnected>();
  EXPECT_EQ(Next<Batch>().clock_set_by, absl::ZeroDuration());
  EXPECT_EQ(Next<Batch>().clock_set_by, -absl::Minutes(10));
}

TEST_F(ReportServiceTest, ANewerStreamOfTheSiteTakesOver) {
  AgentStream older(Agent("lon"));
  older.Greet(42);
  AgentStream newer(Agent("lon"));
  EXPECT_EQ(newer.Greet(43).plan().targets_size(), 3);
  EXPECT_EQ(older.Finish().error_code(), StatusCode::ALREADY_EXISTS);
  Next<AgentConnected>();
  Next<Batch>();
  EXPECT_EQ(Next<AgentConnected>().run_id, 43u);
  Next<Batch>();
  // The end of the older one says nothing about the site.
  ASSERT_TRUE(newer.Send(Results(2, 1)));
  EXPECT_THAT(Next<Batch>().results, SizeIs(1));
  EXPECT_EQ(metrics_.agents_connected->Value(), 1);
}

TEST_F(ReportServiceTest, AnAgentThatReconnectsCannotRepeatItself) {
  {
    AgentStream agent(Agent("lon"));
    agent.Greet(42);
    ASSERT_TRUE(agent.Send(Results(2, 3)));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(NextEvent().has_value());
  }
  Next<AgentDisconnected>();
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  ASSERT_TRUE(agent.Send(Results(2, 5)));
  Next<AgentConnected>();
  Next<Batch>();
  EXPECT_THAT(Next<Batch>().results, SizeIs(2)) << "three of them it had sent before";
  EXPECT_EQ(Fate(ReportFate::kDuplicate), 3);
}

TEST_F(ReportServiceTest, ASecondRunStartsItsNumbersAnew) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  ASSERT_TRUE(agent.Send(Results(2, 1)));
  v1::ReportRequest again = Results(3, 1);
  again.mutable_hello()->set_run_id(43);
  ASSERT_TRUE(agent.Send(again));
  Next<AgentConnected>();
  Next<Batch>();
  Next<Batch>();
  EXPECT_EQ(Next<AgentConnected>().run_id, 43u);
  EXPECT_THAT(Next<Batch>().results, SizeIs(1));
}

TEST_F(ReportServiceTest, AnAgentThatFloodsIsSlowedAndCountedAndHarmsNobody) {
  AgentStream flood(Agent("lon"));
  flood.Greet(42);
  Next<AgentConnected>();
  Next<Batch>();
  const int messages = static_cast<int>(ReportIntake::kResultsBurst) / kMaxResultsPerMessage + 2;
  for (int i = 0; i < messages; ++i) {
    const auto sequence = static_cast<std::uint64_t>(i) * kMaxResultsPerMessage + 1;
    ASSERT_TRUE(
        flood.Send(Results(static_cast<std::uint64_t>(i) + 2, kMaxResultsPerMessage, sequence)));
  }
  double accepted = 0;
  while (accepted < ReportIntake::kResultsBurst) {
    accepted += static_cast<double>(Next<Batch>().results.size());
  }
  EXPECT_EQ(accepted, ReportIntake::kResultsBurst);

  AgentStream honest(Agent("par"));
  EXPECT_EQ(honest.Greet(1).plan().targets_size(), 4);
  EXPECT_EQ(Next<AgentConnected>().site, kPar);
  flood.SayGoodbye();
  EXPECT_TRUE(flood.Finish().ok()) << "everything was read: what follows is all of it";
  EXPECT_EQ(Fate(ReportFate::kRate), 2 * kMaxResultsPerMessage);
}

TEST_F(ReportServiceTest, AMessageWithTooManyResultsIsRefusedWhole) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  Next<AgentConnected>();
  Next<Batch>();
  v1::ReportRequest request;
  request.set_batch(2);
  for (int i = 0; i < 500'000; ++i) request.add_results();  // 2 bytes each
  ASSERT_TRUE(agent.Send(request));
  ASSERT_TRUE(agent.Send(Results(3, 1)));
  EXPECT_THAT(Next<Batch>().results, SizeIs(1)) << "the agent goes on";
  EXPECT_EQ(Fate(ReportFate::kInvalid), 500'000);
}

TEST_F(ReportServiceTest, AMessageOfAMillionResultsEndsTheStreamAndIsCounted) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  v1::ReportRequest request;
  for (int i = 0; i < 1'000'000; ++i) request.add_results();
  agent.Send(request);
  EXPECT_EQ(agent.Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  Next<AgentConnected>();
  Next<Batch>();
  Next<AgentDisconnected>();
  EXPECT_EQ(Ends(StreamEnd::kBroken), 1);
  AgentStream again(Agent("lon"));
  EXPECT_EQ(again.Greet(42).plan().targets_size(), 3) << "and may come back";
}

TEST_F(ReportServiceTest, ASiteHasFewStreams) {
  std::vector<std::unique_ptr<AgentStream>> streams;
  const std::shared_ptr<grpc::Channel> channel = Agent("lon");
  for (int i = 0; i < ReportService::kMaxStreams; ++i) {
    streams.push_back(std::make_unique<AgentStream>(channel));
    streams.back()->WaitUntilOpen();
  }
  AgentStream one_more(channel);
  EXPECT_EQ(one_more.Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Ends(StreamEnd::kTooMany), 1);
  AgentStream par(Agent("par"));
  EXPECT_EQ(par.Greet(1).plan().targets_size(), 4) << "nobody else is touched";
}

TEST_F(ReportServiceTest, AFullMailboxIsCountedAndTheAgentIsAskedToWait) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  Next<AgentConnected>();
  Next<Batch>();
  while (mailbox_.PostBatch({.site = kPar})) {
  }
  ASSERT_TRUE(agent.Send(Results(2, 5)));
  const v1::ReportResponse response = agent.Read();
  EXPECT_EQ(FromProto(response.batch_interval()), ReportService::kSlowInterval);
  EXPECT_EQ(Fate(ReportFate::kOverload), 5);

  // Room again: the pace is the usual one with the next answer.
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(NextEvent().has_value());
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(agent.Send(Results(3, 1, 6)));
  EXPECT_FALSE(agent.Read().has_batch_interval());
}

TEST_F(ReportServiceTest, BurstsReachTheAgentOfTheirSiteAlone) {
  AgentStream lon(Agent("lon"));
  lon.Greet(42);
  service_.Burst({.site = kNyc, .targets = {kHub2}, .duration = absl::Seconds(2)});  // not here
  service_.Burst({.site = kLon,
                  .targets = {kHub1},
                  .interval = absl::Milliseconds(200),
                  .duration = absl::Seconds(2)});
  const v1::ReportResponse response = lon.Read();
  ASSERT_EQ(response.burst().targets_size(), 1);
  EXPECT_EQ(response.burst().targets(0), "hub1");
  EXPECT_EQ(FromProto(response.burst().duration()), absl::Seconds(2));
}

TEST_F(ReportServiceTest, CountsWhatAgentsForgotOncePerRun) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  for (const std::uint64_t dropped : {5u, 5u, 8u}) {
    v1::ReportRequest request;
    request.set_batch(2);
    request.set_dropped_results(dropped);
    ASSERT_TRUE(agent.Send(request));
  }
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(NextEvent().has_value());
  EXPECT_EQ(metrics_.dropped_by_agents->Value(), 8);
}

TEST_F(ReportServiceTest, AStopEndsEveryStreamAndTakesNoNewOne) {
  AgentStream agent(Agent("lon"));
  agent.Greet(42);
  service_.Stop();
  EXPECT_EQ(agent.Finish().error_code(), StatusCode::UNAVAILABLE);
  AgentStream late(Agent("par"));
  EXPECT_EQ(late.Finish().error_code(), StatusCode::UNAVAILABLE);
  Stop();  // waits until every stream is over
  EXPECT_EQ(Ends(StreamEnd::kStopping), 1);
}

}  // namespace
}  // namespace dialtone::detector
