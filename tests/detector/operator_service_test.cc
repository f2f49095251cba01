#include "detector/operator_service.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "detector/journal.h"
#include "tests/detector/sample_fleet.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/nowhere.h"
#include "tests/fakes/set_clock.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

// A call may take 10 s.
struct Patience : grpc::ClientContext {
  Patience() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10)); }
};

// A real server with mutual TLS. In the loop's place stands a thread of the test's, which answers
// questions with `view_` and orders with `answer_`.
class OperatorServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours_ = new Certificates("detector/main agent/lon operator/alice router/vl1");
  }
  static void TearDownTestSuite() { delete ours_; }

  OperatorServiceTest()
      : fleet_(SampleFleet()),
        journal_(*Journal::Open(directory_.path(), clock_.TimeNow())),
        writer_(journal_.get(), &nowhere_, clock_, /*epoch=*/2),
        history_({{.id = 1, .sentence = "one"}, {.id = 2, .sentence = "two"}}),
        metrics_(&registry_),
        service_(fleet_, clock_, &mailbox_, &history_, writer_, &metrics_) {
    int port = 0;
    auto server = StartServer({.address = "127.0.0.1:0",
                               .identity = ours_->Of("detector/main"),
                               .services = {"dialtone.v1.OperatorService"}},
                              {&service_}, &port);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = absl::StrCat("127.0.0.1:", port);
    operator_ = Connect("operator/alice");
  }
  ~OperatorServiceTest() override { Stop(); }

  void Stop() {
    service_.Stop();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    mailbox_.Close();
    if (loop_.joinable()) loop_.join();
  }

  // From now on orders and questions are answered.
  void StartLoop() {
    loop_ = std::thread([this] {
      while (!mailbox_.drained()) {
        std::optional<Message> message = mailbox_.Take(absl::Seconds(1));
        if (!message.has_value()) continue;
        if (auto* question = std::get_if<Question>(&*message)) {
          question->reply(view_, clock_.TimeNow());
        } else if (auto* order = std::get_if<Order>(&*message)) {
          ordered_ = order->event;
          order->reply(answer_);
        }
      }
    });
  }

  std::unique_ptr<v1::OperatorService::Stub> Connect(const std::string& identity) const {
    auto channel = OpenChannel(
        {.address = address_, .identity = ours_->Of(identity), .server_identity = "detector/main"});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return v1::OperatorService::NewStub(*channel);
  }

  static v1::ApplyRequest Apply() {
    v1::ApplyRequest request;
    request.set_plan_id("7Q2M");
    request.set_reason("INC-4711");
    return request;
  }

  static Certificates* ours_;

  const TemporaryDirectory directory_;
  SetClock clock_;
  const Fleet fleet_;
  View view_;              // set before StartLoop
  OperatorAnswer answer_;  // set before StartLoop
  Event ordered_;          // the last order; read after Stop
  Nowhere nowhere_;
  std::unique_ptr<Journal> journal_;
  JournalWriter writer_;
  LoopMailbox mailbox_;
  History history_;
  prometheus::Registry registry_;
  OperatorMetrics metrics_;
  OperatorService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<v1::OperatorService::Stub> operator_;
  std::thread loop_;
};
Certificates* OperatorServiceTest::ours_ = nullptr;

TEST_F(OperatorServiceTest, ShowsTheLoopsView) {
  view_.may_act = true;
  view_.all_healthy = true;
  StartLoop();
  Patience context;
  v1::StatusResponse status;
  ASSERT_TRUE(operator_->Status(&context, {}, &status).ok());
  EXPECT_EQ(status.mode(), v1::MODE_AUTO);
  EXPECT_EQ(status.epoch(), 2u);
  EXPECT_TRUE(status.all_healthy());
}

TEST_F(OperatorServiceTest, ShowsTheSitesAskedForAndNoOthers) {
  view_.sites = {{.site = kLon}, {.site = kNyc}};
  StartLoop();
  v1::SitesRequest request;
  request.add_sites("nyc");
  v1::SitesResponse sites;
  Patience found;
  ASSERT_TRUE(operator_->Sites(&found, request, &sites).ok());
  ASSERT_EQ(sites.sites_size(), 1);
  EXPECT_EQ(sites.sites(0).site(), "nyc");
  request.add_sites("moon");
  Patience missing;
  EXPECT_EQ(operator_->Sites(&missing, request, &sites).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(OperatorServiceTest, ExplainsWhatIsThereAndNothingElse) {
  StartLoop();
  v1::ExplainRequest request;
  request.set_site("lon");
  v1::ExplainResponse response;
  Patience context;
  EXPECT_TRUE(operator_->Explain(&context, request, &response).ok());
  request.set_site("rom");
  Patience again;
  EXPECT_EQ(operator_->Explain(&again, request, &response).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(OperatorServiceTest, PlansWhatTheCoreWouldDo) {
  answer_ = {.plan_id = "7Q2M", .confirmation = "lon"};
  StartLoop();
  v1::PlanRequest request;
  request.set_action(v1::FAILOVER);
  request.mutable_scope()->set_site("lon");
  v1::PlanResponse response;
  Patience context;
  ASSERT_TRUE(operator_->Plan(&context, request, &response).ok());
  EXPECT_EQ(response.plan_id(), "7Q2M");
  EXPECT_EQ(response.confirmation(), "lon");
  Stop();
  EXPECT_EQ(std::get<OperatorPlan>(ordered_).scope.name, "lon");
}

TEST_F(OperatorServiceTest, TheAuthorIsTheOneOfTheCertificate) {
  answer_ = {.occurrence = 12, .generation = 6};
  StartLoop();
  v1::ApplyResponse response;
  Patience context;
  ASSERT_TRUE(operator_->Apply(&context, Apply(), &response).ok());
  EXPECT_EQ(response.event_id(), 12u);
  EXPECT_EQ(response.generation(), 6u);
  Stop();
  EXPECT_EQ(std::get<OperatorApply>(ordered_).author, "alice");
  EXPECT_EQ(std::get<OperatorApply>(ordered_).reason, "INC-4711");
}

TEST_F(OperatorServiceTest, ARefusalKeepsItsCodeAndItsWords) {
  answer_.status = absl::FailedPreconditionError("backup_unverified: pbx is silent");
  StartLoop();
  v1::ApplyResponse response;
  Patience context;
  const grpc::Status status = operator_->Apply(&context, Apply(), &response);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "backup_unverified: pbx is silent");
}

TEST_F(OperatorServiceTest, SetsListsAndClearsHolds) {
  view_.holds = {{.scope = {.name = "g-lon"}, .author = "bob"}};
  answer_.holds = {{.author = "bob"}, {.author = "alice"}};
  StartLoop();
  v1::HoldRequest request;
  request.set_verb(v1::HoldRequest::LIST);
  v1::HoldResponse response;
  Patience listing;
  ASSERT_TRUE(operator_->Hold(&listing, request, &response).ok());
  EXPECT_EQ(response.holds_size(), 1);

  request.set_verb(v1::HoldRequest::SET);
  request.mutable_scope()->set_all(true);
  request.set_reason("storm");
  Patience setting;
  ASSERT_TRUE(operator_->Hold(&setting, request, &response).ok());
  EXPECT_EQ(response.holds_size(), 2);
}

TEST_F(OperatorServiceTest, FreezesForAReason) {
  answer_.frozen = true;
  StartLoop();
  v1::FreezeRequest request;
  request.set_frozen(true);
  v1::FreezeResponse response;
  Patience without_reason;
  EXPECT_EQ(operator_->Freeze(&without_reason, request, &response).error_code(),
            StatusCode::INVALID_ARGUMENT);
  request.set_reason("storm");
  Patience context;
  ASSERT_TRUE(operator_->Freeze(&context, request, &response).ok());
  EXPECT_TRUE(response.frozen());
}

TEST_F(OperatorServiceTest, OnlyOperatorsAreAnswered) {
  for (const char* identity : {"agent/lon", "router/vl1", "detector/main"}) {
    const auto stranger = Connect(identity);
    Patience status_context;
    v1::StatusResponse status;
    EXPECT_EQ(stranger->Status(&status_context, {}, &status).error_code(),
              StatusCode::PERMISSION_DENIED);
    Patience apply_context;
    v1::ApplyResponse applied;
    EXPECT_EQ(stranger->Apply(&apply_context, Apply(), &applied).error_code(),
              StatusCode::PERMISSION_DENIED);
    Patience watch_context;
    EXPECT_EQ(stranger->Watch(&watch_context, {})->Finish().error_code(),
              StatusCode::PERMISSION_DENIED);
  }
  EXPECT_EQ(mailbox_.size(), 0u);
}

TEST_F(OperatorServiceTest, GivesHistoryNewestFirst) {
  v1::HistoryRequest request;
  v1::HistoryResponse response;
  Patience context;
  ASSERT_TRUE(operator_->History(&context, request, &response).ok());
  ASSERT_EQ(response.events_size(), 2);
  EXPECT_EQ(response.events(0).sentence(), "two");
  request.set_limit(1);
  Patience one;
  ASSERT_TRUE(operator_->History(&one, request, &response).ok());
  EXPECT_EQ(response.events_size(), 1);
  request.set_limit(1'001);
  Patience too_many;
  EXPECT_EQ(operator_->History(&too_many, request, &response).error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(OperatorServiceTest, AWatcherIsGivenWhatItMissedAndThenWhatComes) {
  v1::WatchRequest request;
  request.set_after_id(1);
  Patience context;
  const auto stream = operator_->Watch(&context, request);
  v1::Event event;
  ASSERT_TRUE(stream->Read(&event));
  EXPECT_EQ(event.id(), 2u);
  history_.Add({{.id = 3, .sentence = "three"}, {.id = 4, .sentence = "four"}});
  ASSERT_TRUE(stream->Read(&event));
  EXPECT_EQ(event.sentence(), "three");
  ASSERT_TRUE(stream->Read(&event));
  EXPECT_EQ(event.sentence(), "four");
  service_.Stop();
  EXPECT_FALSE(stream->Read(&event));
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(OperatorServiceTest, AWatcherThatLeavesMakesRoomForAnother) {
  for (size_t i = 0; i < 2 * History::kMaxWatchers; ++i) {
    Patience context;
    const auto stream = operator_->Watch(&context, {});
    stream->WaitForInitialMetadata();  // it watches now
    history_.Add({{.id = i + 10}});
    v1::Event event;
    ASSERT_TRUE(stream->Read(&event));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
  }
}

TEST_F(OperatorServiceTest, AFullMailboxIsSaidAtOnce) {
  while (mailbox_.Post(Event(Wake{}))) {
  }
  v1::StatusResponse status;
  Patience context;
  const grpc::Status answer = operator_->Status(&context, {}, &status);
  EXPECT_EQ(answer.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(answer.error_message(), HasSubstr("overloaded"));
}

TEST_F(OperatorServiceTest, AnOrderThatNobodyTakesIsAnsweredWhenTheDetectorStops) {
  v1::ApplyResponse response;
  Patience context;
  grpc::Status answer;
  std::thread caller([&] { answer = operator_->Apply(&context, Apply(), &response); });
  std::optional<Message> order = mailbox_.Take(absl::Seconds(5));
  ASSERT_TRUE(order.has_value());
  order.reset();
  caller.join();
  EXPECT_EQ(answer.error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(OperatorServiceTest, AnOrderIsNotCarriedOutAfterItsCallersPatience) {
  v1::ApplyResponse response;
  grpc::ClientContext context;  // without a deadline
  std::thread caller([&] { (void)operator_->Apply(&context, Apply(), &response); });
  const std::optional<Message> message = mailbox_.Take(absl::Seconds(5));
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(std::get<Order>(*message).deadline, clock_.TimeNow() + OperatorService::kLongestWait);
  context.TryCancel();
  caller.join();
}

TEST_F(OperatorServiceTest, CountsCallsByRoleAndResult) {
  answer_.status = absl::AbortedError("the facts changed");
  StartLoop();
  v1::ApplyResponse response;
  Patience context;
  (void)operator_->Apply(&context, Apply(), &response);
  Stop();
  EXPECT_THAT(prometheus::TextSerializer().Serialize(registry_.Collect()),
              HasSubstr("dialtone_operator_requests_total{method=\"Apply\",result=\"ABORTED\","
                        "role=\"operator\"} 1"));
}

}  // namespace
}  // namespace dialtone::detector
