#include "router/route_service.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "router/loop.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/set_clock.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

// A call may take 10 s.
struct Patience : grpc::ClientContext {
  Patience() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10)); }
};

class NoReconciler final : public WishTaker {
 public:
  void Want(VoiceLayerWish) override {}
};

// A real server with mutual TLS in front of a real loop.
class RouteServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours_ = new Certificates("router/vl1 detector/main operator/alice agent/lon");
    theirs_ = new Certificates("detector/main");
  }
  static void TearDownTestSuite() {
    delete ours_;
    delete theirs_;
  }

  RouteServiceTest() {
    auto server = StartServer({.address = "127.0.0.1:0",
                               .identity = ours_->Of("router/vl1"),
                               .services = {RouteService::kName}},
                              {&service_}, &port_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    detector_ = Connect("detector/main");
  }
  ~RouteServiceTest() override {
    server_->Shutdown(std::chrono::system_clock::now());
    mailbox_.Close();
    if (thread_.joinable()) thread_.join();
  }

  void RunLoop() {
    thread_ = std::thread([this] { loop_.Run(); });
  }

  std::unique_ptr<v1::RouteService::Stub> Connect(const std::string& who,
                                                  const Certificates& of = *ours_) {
    TlsIdentity identity = of.Of(who);
    identity.authority_file = ours_->Of(who).authority_file;
    auto channel = OpenChannel({.address = absl::StrCat("127.0.0.1:", port_),
                                .identity = identity,
                                .server_identity = "router/vl1"});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return v1::RouteService::NewStub(*channel);
  }

  static v1::SetRoutesRequest Table(uint64_t epoch, uint64_t generation, const std::string& nyc,
                                    v1::Origin origin = v1::AUTO) {
    v1::SetRoutesRequest request;
    request.set_epoch(epoch);
    request.set_generation(generation);
    for (const char* name : {"lon", "nyc", "par"}) {
      v1::GroupRoute* const group = request.add_groups();
      const bool moves = std::string(name) == "nyc";
      group->set_group(name);
      group->set_origin(moves ? origin : v1::AUTO);
      v1::Share* const share = group->add_shares();
      share->set_route(moves ? nyc : "teams");
      share->set_percent(100);
    }
    return request;
  }

  static grpc::Status Set(v1::RouteService::Stub* stub, const v1::SetRoutesRequest& request) {
    Patience context;
    v1::SetRoutesResponse response;
    return stub->SetRoutes(&context, request, &response);
  }

  v1::ReadRoutesResponse Read() {
    Patience context;
    v1::ReadRoutesResponse response;
    const grpc::Status status = detector_->ReadRoutes(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static Certificates* ours_;
  static Certificates* theirs_;
  const Topology topology_ = SampleTopology();
  RouteTable table_{topology_, SampleInventory(), 0};
  SetClock clock_;
  LoopMailbox mailbox_{3};
  NoReconciler reconciler_;
  prometheus::Registry registry_;
  RouterMetrics metrics_{&registry_, {}};
  Loop loop_{&table_,   clock_,
             &mailbox_, &reconciler_,
             &metrics_, [](Version, const std::vector<GroupWish>&) { return absl::OkStatus(); }};
  RouteService service_{topology_, &mailbox_, &metrics_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::RouteService::Stub> detector_;
  std::thread thread_;
};

Certificates* RouteServiceTest::ours_ = nullptr;
Certificates* RouteServiceTest::theirs_ = nullptr;

TEST_F(RouteServiceTest, ADetectorSetsAndReadsRoutes) {
  RunLoop();
  EXPECT_TRUE(Set(detector_.get(), Table(1, 1, "pbx")).ok());
  const v1::ReadRoutesResponse response = Read();
  EXPECT_EQ(response.epoch(), 1u);
  EXPECT_EQ(response.groups(1).wanted().shares(0).route(), "pbx");
}

TEST_F(RouteServiceTest, AnOlderWriterIsToldWhy) {
  RunLoop();
  EXPECT_TRUE(Set(detector_.get(), Table(2, 1, "teams")).ok());
  const grpc::Status status = Set(detector_.get(), Table(1, 9, "pbx"));
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("the last accepted is (epoch 2, generation 1)"));
  EXPECT_EQ(Read().groups(1).wanted().shares(0).route(), "teams");
}

TEST_F(RouteServiceTest, EachRoleHasItsOrigins) {
  RunLoop();
  const auto alice = Connect("operator/alice");
  EXPECT_TRUE(Set(detector_.get(), Table(1, 1, "teams")).ok());
  EXPECT_EQ(Set(detector_.get(), Table(1, 2, "pbx", v1::BREAK_GLASS)).error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Set(alice.get(), Table(1, 2, "pbx", v1::AUTO)).error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(Set(alice.get(), Table(1, 2, "pbx", v1::BREAK_GLASS)).ok());
}

TEST_F(RouteServiceTest, OtherRolesAndStrangersGetNothing) {
  RunLoop();
  for (const char* who : {"agent/lon", "router/vl1"}) {
    const auto stub = Connect(who);
    EXPECT_EQ(Set(stub.get(), Table(1, 1, "pbx")).error_code(), StatusCode::PERMISSION_DENIED);
    Patience context;
    v1::ReadRoutesResponse response;
    EXPECT_EQ(stub->ReadRoutes(&context, {}, &response).error_code(),
              StatusCode::PERMISSION_DENIED);
  }
  const auto stranger = Connect("detector/main", *theirs_);
  EXPECT_EQ(Set(stranger.get(), Table(1, 1, "pbx")).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(Read().epoch(), 0u);
}

TEST_F(RouteServiceTest, OnlyTheDetectorRenews) {
  RunLoop();
  EXPECT_TRUE(Set(detector_.get(), Table(1, 1, "teams")).ok());
  const auto renew = [](v1::RouteService::Stub* stub, uint64_t generation) {
    Patience context;
    v1::RenewHopStatesRequest request;
    request.set_epoch(1);
    request.set_generation(generation);
    v1::RenewHopStatesResponse response;
    return stub->RenewHopStates(&context, request, &response).error_code();
  };
  EXPECT_EQ(renew(detector_.get(), 1), StatusCode::OK);
  EXPECT_EQ(renew(detector_.get(), 2), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(renew(Connect("operator/alice").get(), 1), StatusCode::PERMISSION_DENIED);
}

TEST_F(RouteServiceTest, ARequestThatCannotBeReadIsNamed) {
  RunLoop();
  v1::SetRoutesRequest request = Table(1, 1, "pbx");
  request.mutable_groups(0)->mutable_since()->set_nanos(-5);
  const grpc::Status status = Set(detector_.get(), request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("group 1: since"));
}

TEST_F(RouteServiceTest, AWatcherSeesThePresentAndThenEachChange) {
  RunLoop();
  Patience context;
  const auto reader = detector_->WatchRoutes(&context, {});
  v1::ReadRoutesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.epoch(), 0u);
  EXPECT_TRUE(Set(detector_.get(), Table(1, 1, "pbx")).ok());
  while (response.epoch() == 0) ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.groups(1).wanted().shares(0).route(), "pbx");
  context.TryCancel();
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
}

TEST_F(RouteServiceTest, AFullMailboxIsSaidAtOnce) {
  // Nobody reads: three questions fill it.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(mailbox_.Post(Question{[](const Picture&) {}}));
  EXPECT_EQ(Set(detector_.get(), Table(1, 1, "pbx")).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  Patience context;
  v1::ReadRoutesResponse response;
  EXPECT_EQ(detector_->ReadRoutes(&context, {}, &response).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
  Patience watching;
  const auto reader = detector_->WatchRoutes(&watching, {});
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RouteServiceTest, AWatchEndsWhenTheRouterStops) {
  RunLoop();
  Patience context;
  const auto reader = detector_->WatchRoutes(&context, {});
  v1::ReadRoutesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_->Shutdown(std::chrono::system_clock::now());
  while (reader->Read(&response)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

}  // namespace
}  // namespace dialtone::router
