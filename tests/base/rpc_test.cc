#include "base/rpc.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "access_test.grpc.pb.h"
#include "tests/fakes/certificates.h"

namespace dialtone {
namespace {

using grpc::StatusCode;
using grpc::experimental::FileWatcherCertificateProvider;
using test::Nothing;
using ::testing::HasSubstr;

// Counts what reaches it; ends every call well.
class Guarded final : public test::Guarded::CallbackService {
 public:
  std::atomic<int> handled = 0;
  std::string caller;  // of the last unary call

 private:
  grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    ++handled;
    const absl::StatusOr<Caller> who = CallerOf(*context);
    caller = who.ok() ? who->ToString() : who.status().ToString();
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Nothing*,
                                  Nothing*) override {
    return Done(context);
  }
  grpc::ServerUnaryReactor* Forgotten(grpc::CallbackServerContext* context, const Nothing*,
                                      Nothing*) override {
    return Done(context);
  }
  grpc::ServerUnaryReactor* NobodyMay(grpc::CallbackServerContext* context, const Nothing*,
                                      Nothing*) override {
    return Done(context);
  }

  grpc::ServerWriteReactor<Nothing>* Download(grpc::CallbackServerContext*,
                                              const Nothing*) override {
    class One final : public grpc::ServerWriteReactor<Nothing> {
     public:
      One() { StartWriteAndFinish(&message_, {}, grpc::Status::OK); }
      void OnDone() override { delete this; }

     private:
      Nothing message_;
    };
    ++handled;
    return new One;
  }

  grpc::ServerBidiReactor<Nothing, Nothing>* Talk(grpc::CallbackServerContext*) override {
    class Echo final : public grpc::ServerBidiReactor<Nothing, Nothing> {
     public:
      Echo() { StartRead(&message_); }
      void OnReadDone(bool ok) override {
        if (ok) {
          StartWriteAndFinish(&message_, {}, grpc::Status::OK);
        } else {
          Finish(grpc::Status::OK);
        }
      }
      void OnDone() override { delete this; }

     private:
      Nothing message_;
    };
    ++handled;
    return new Echo;
  }
};

class Unlisted final : public test::Unlisted::CallbackService {
 public:
  std::atomic<int> handled = 0;

 private:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Nothing*,
                                  Nothing*) override {
    ++handled;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Certificates cost seconds; all tests share them.
Certificates& Ours() {
  static Certificates certificates("router/vl1 operator/alice detector/main agent/lon");
  return certificates;
}

// Of another authority, the same names.
Certificates& Theirs() {
  static Certificates certificates("router/vl1 operator/alice");
  return certificates;
}

// A context whose call cannot hang the test.
struct Context : grpc::ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5)); }
};

class RpcTest : public ::testing::Test {
 protected:
  // A router's server, and what it serves.
  void Start(std::optional<TlsIdentity> identity = Ours().Of("router/vl1")) {
    absl::StatusOr<std::unique_ptr<grpc::Server>> server = StartServer(
        {.address = "127.0.0.1:0", .identity = identity, .services = {"dialtone.test.Guarded"}},
        {&guarded_, &unlisted_}, &port_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~RpcTest() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  std::shared_ptr<grpc::Channel> ChannelOf(std::optional<TlsIdentity> identity,
                                           const std::string& server_identity = "router/vl1") {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = OpenChannel(
        {.address = address(), .identity = identity, .server_identity = server_identity});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }

  // Takes any server, as an attacker would.
  std::shared_ptr<grpc::Channel> CarelessChannel(
      std::shared_ptr<grpc::experimental::CertificateProviderInterface> files,
      bool shows_certificate) const {
    grpc::experimental::TlsChannelCredentialsOptions tls;
    tls.set_certificate_provider(std::move(files));
    tls.watch_root_certs();
    if (shows_certificate) tls.watch_identity_key_cert_pairs();
    tls.set_check_call_host(false);
    tls.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
    return grpc::CreateChannel(address(), grpc::experimental::TlsCredentials(tls));
  }

  static grpc::Status Unary(const std::shared_ptr<grpc::Channel>& channel) {
    Context context;
    Nothing response;
    return test::Guarded::NewStub(channel)->Unary(&context, Nothing(), &response);
  }
  static grpc::Status Download(const std::shared_ptr<grpc::Channel>& channel) {
    Context context;
    Nothing response;
    const auto stream = test::Guarded::NewStub(channel)->Download(&context, Nothing());
    while (stream->Read(&response)) {
    }
    return stream->Finish();
  }
  static grpc::Status Talk(const std::shared_ptr<grpc::Channel>& channel) {
    Context context;
    Nothing response;
    const auto stream = test::Guarded::NewStub(channel)->Talk(&context);
    stream->Write(Nothing());
    while (stream->Read(&response)) {
    }
    return stream->Finish();
  }

  Guarded guarded_;
  Unlisted unlisted_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(RpcTest, TheRightRolePassesEveryKindOfCall) {
  Start();
  const auto channel = ChannelOf(Ours().Of("operator/alice"));
  EXPECT_TRUE(Unary(channel).ok());
  EXPECT_EQ(guarded_.caller, "operator/alice");
  EXPECT_TRUE(Download(channel).ok());
  EXPECT_TRUE(Talk(channel).ok());
  EXPECT_EQ(guarded_.handled, 3);
}

TEST_F(RpcTest, AnyOfTheAllowedRolesPasses) {
  Start();
  EXPECT_TRUE(Unary(ChannelOf(Ours().Of("detector/main"))).ok());
  EXPECT_EQ(guarded_.caller, "detector/main");
}

TEST_F(RpcTest, TheWrongRoleIsRefusedBeforeTheHandlerInEveryKindOfCall) {
  Start();
  const auto channel = ChannelOf(Ours().Of("agent/lon"));
  for (const grpc::Status& status : {Unary(channel), Download(channel), Talk(channel)}) {
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << status.error_message();
    EXPECT_THAT(status.error_message(),
                HasSubstr("role agent may not call /dialtone.test.Guarded/"));
  }
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, AMethodWithoutRolesIsRefusedToEverybody) {
  Start();
  for (const char* who : {"operator/alice", "detector/main", "agent/lon", "router/vl1"}) {
    const auto stub = test::Guarded::NewStub(ChannelOf(Ours().Of(who)));
    Nothing response;
    Context forgotten, nobody_may;
    EXPECT_EQ(stub->Forgotten(&forgotten, Nothing(), &response).error_code(),
              StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(stub->NobodyMay(&nobody_may, Nothing(), &response).error_code(),
              StatusCode::PERMISSION_DENIED);
  }
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, AServiceThatWasNotNamedIsRefused) {
  Start();
  Context context;
  Nothing response;
  const grpc::Status status = test::Unlisted::NewStub(ChannelOf(Ours().Of("operator/alice")))
                                  ->Unary(&context, Nothing(), &response);
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(unlisted_.handled, 0);
}

TEST_F(RpcTest, ACertificateOfAnotherAuthorityGetsNothing) {
  Start();
  TlsIdentity stranger = Theirs().Of("operator/alice");
  stranger.authority_file = Ours().Of("operator/alice").authority_file;  // it trusts us, we not it
  EXPECT_EQ(Unary(ChannelOf(stranger)).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, NoCertificateGetsNothing) {
  Start();
  const auto unnamed = std::make_shared<FileWatcherCertificateProvider>(
      Ours().Of("operator/alice").authority_file, 600);
  EXPECT_EQ(Unary(CarelessChannel(unnamed, /*shows_certificate=*/false)).error_code(),
            StatusCode::UNAVAILABLE);
  const auto plaintext = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(Unary(plaintext).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, AnotherTrustDomainIsRefusedEvenWhenItsAuthorityIsTrusted) {
  const Certificates other("--trust-domain other.example operator/alice");
  TlsIdentity trusting = Ours().Of("router/vl1");
  trusting.authority_file = other.directory() + "/both.pem";
  std::ofstream(trusting.authority_file)
      << std::ifstream(Ours().Of("router/vl1").authority_file).rdbuf()
      << std::ifstream(other.Of("operator/alice").authority_file).rdbuf();
  Start(trusting);
  const TlsIdentity caller = other.Of("operator/alice");
  const auto channel = CarelessChannel(
      std::make_shared<FileWatcherCertificateProvider>(
          caller.private_key_file, caller.certificate_file, trusting.authority_file, 600),
      /*shows_certificate=*/true);
  EXPECT_EQ(Unary(channel).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, RenewedFilesAreTakenWithoutARestart) {
  const Certificates files("router/vl1");
  Start(files.Of("router/vl1"));
  const auto channel = ChannelOf(Theirs().Of("operator/alice"));
  EXPECT_EQ(Unary(channel).error_code(), StatusCode::UNAVAILABLE);
  const TlsIdentity before = files.Of("router/vl1"), after = Theirs().Of("router/vl1");
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy(after.private_key_file, before.private_key_file, overwrite);
  std::filesystem::copy(after.certificate_file, before.certificate_file, overwrite);
  std::filesystem::copy(after.authority_file, before.authority_file, overwrite);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  test::Nothing response;
  EXPECT_TRUE(test::Guarded::NewStub(channel)->Unary(&context, test::Nothing(), &response).ok());
}

TEST_F(RpcTest, AServerWithAnotherNameThanExpectedIsNotSpokenTo) {
  Start();
  EXPECT_TRUE(Unary(ChannelOf(Ours().Of("operator/alice"), "router/vl1")).ok());
  const grpc::Status status = Unary(ChannelOf(Ours().Of("operator/alice"), "router/vl2"));
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("router/vl2"));
  EXPECT_EQ(guarded_.handled, 1);
}

TEST_F(RpcTest, AServerOfAnotherAuthorityIsNotSpokenTo) {
  Start(Theirs().Of("router/vl1"));
  EXPECT_EQ(Unary(ChannelOf(Ours().Of("operator/alice"))).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(guarded_.handled, 0);
}

TEST_F(RpcTest, OnPlaintextLoopbackEverybodyMayDoEverything) {
  Start(std::nullopt);
  const auto channel = ChannelOf(std::nullopt);
  EXPECT_TRUE(Unary(channel).ok());
  EXPECT_EQ(guarded_.caller, "any/local");
  EXPECT_TRUE(Download(channel).ok());
  EXPECT_TRUE(Talk(channel).ok());
}

TEST_F(RpcTest, PlaintextIsRefusedOffLoopback) {
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:7443", "[::]:0", "localhost:0", ""}) {
    int port = 0;
    grpc::ServerBuilder builder;
    const absl::Status server = ConfigureServer({.address = address}, &builder, &port);
    EXPECT_EQ(server.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(server.message(), HasSubstr(address));
    EXPECT_EQ(OpenChannel({.address = address}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(RpcTest, AnAddressInUseIsAnError) {
  Start();
  const auto second = StartServer({.address = address()}, {&unlisted_});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(address()));
}

TEST_F(RpcTest, AChannelNeedsTheNameOfItsServer) {
  const auto channel =
      OpenChannel({.address = "127.0.0.1:1", .identity = Ours().Of("operator/alice")});
  EXPECT_EQ(channel.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(channel.status().message(), HasSubstr("ROLE/NAME"));
}

TEST(RpcStatus, SurvivesTheWayThereAndBack) {
  const absl::Status status = absl::FailedPreconditionError("epoch 3 is older than 4");
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  EXPECT_EQ(ToGrpc(status).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

}  // namespace
}  // namespace dialtone
