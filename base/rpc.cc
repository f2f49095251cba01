#include "base/rpc.h"

#include <atomic>
#include <ctime>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/message.h"
#include "grpc/grpc_security_constants.h"
#include "grpc/support/log.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

#include "base/check.h"
#include "base/ip_and_port.h"
#include "base/log.h"
#include "base/status.h"

namespace dialtone {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using grpc::experimental::FileWatcherCertificateProvider;

// What a client takes in one message. Its server has shown that it is the one expected; a table of
// 20,000 groups, each with its reason, has 12 MiB.
constexpr int kMaxAnswerBytes = 64 << 20;

// How often the certificate files are looked at again.
constexpr unsigned kRefreshSeconds = 5;

// Roles that may call a method, by path ("/dialtone.v1.RouteService/SetRoutes").
using AllowedRoles = std::map<std::string, std::set<std::string>, std::less<>>;

absl::string_view ToView(grpc::string_ref text) { return {text.data(), text.size()}; }

// Refused strangers must not fill the journal: a few lines a second say as much as a thousand.
class LineLimit {
 public:
  bool Allow() {
    const std::time_t now = std::time(nullptr);
    if (second_.exchange(now) != now) lines_ = 0;
    return lines_++ < kLinesPerSecond;
  }

 private:
  static constexpr int kLinesPerSecond = 5;
  std::atomic<std::time_t> second_ = 0;
  std::atomic<int> lines_ = 0;
};

// What gRPC wants to be known. It complains about every client whose SNI is not a name in our
// certificate; ours are told apart by SPIFFE ids, not by names.
void LogGrpc(gpr_log_func_args* entry) {
  static LineLimit limit;
  const absl::string_view text = entry->message;
  if (entry->severity != GPR_LOG_SEVERITY_ERROR) return;
  if (absl::StartsWith(text, "No match found for server name")) return;
  if (limit.Allow()) LogWarning("grpc", {{"text", text}});
}

// What gRPC needs once in a process.
void PrepareGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    // The search for lock cycles is on in the packaged Abseil and costs a third of all CPU under
    // mTLS.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    gpr_set_log_function(LogGrpc);
  });
}

// The roles in the method option dialtone.v1.allowed_roles; read by reflection, because base
// includes no generated code of ours.
std::set<std::string> RolesOf(const MethodDescriptor& method) {
  const FieldDescriptor* const option =
      DescriptorPool::generated_pool()->FindExtensionByName("dialtone.v1.allowed_roles");
  CHECK(option != nullptr) << "access.proto is not linked";
  const google::protobuf::MethodOptions& options = method.options();
  const google::protobuf::Reflection& reflection = *options.GetReflection();
  std::set<std::string> roles;
  for (int i = 0; i < reflection.FieldSize(options, option); ++i) {
    const auto* const value = reflection.GetRepeatedEnum(options, option, i);
    if (value->number() == 0) continue;  // ROLE_UNSPECIFIED is never granted anything
    roles.insert(absl::AsciiStrToLower(absl::StripPrefix(value->name(), "ROLE_")));
  }
  return roles;
}

AllowedRoles RolesOf(const std::vector<std::string>& services) {
  AllowedRoles roles;
  for (const std::string& name : services) {
    const ServiceDescriptor* const service =
        DescriptorPool::generated_pool()->FindServiceByName(name);
    CHECK(service != nullptr) << "no service " << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      roles[absl::StrCat("/", name, "/", method.name())] = RolesOf(method);
    }
  }
  return roles;
}

std::optional<SpiffeId> PeerId(const grpc::AuthContext& context) {
  // gRPC sets the property only for a certificate with exactly one SPIFFE id.
  const std::vector<grpc::string_ref> ids =
      context.FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  return ids.size() == 1 ? ParseSpiffeId(ToView(ids[0])) : std::nullopt;
}

// Decides about every call when its headers have come, before gRPC looks for a handler: unary and
// streaming calls alike. (gRPC offers the headers, ":path" included, to this hook as
// "authentication metadata"; the tests hold that.)
class RoleGuard final : public grpc::AuthMetadataProcessor {
 public:
  RoleGuard(AllowedRoles roles, std::string trust_domain)
      : roles_(std::move(roles)), trust_domain_(std::move(trust_domain)) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto path = metadata.find(":path");
    const absl::string_view method = path == metadata.end() ? "" : ToView(path->second);
    const std::optional<SpiffeId> caller = PeerId(*context);
    if (!caller || caller->trust_domain != trust_domain_) {
      return Refuse(
          method, caller ? absl::StrCat("trust domain ", caller->trust_domain) : "nobody",
          absl::StrCat("the certificate carries no spiffe://", trust_domain_, "/ROLE/NAME"));
    }
    const auto allowed = roles_.find(method);
    if (allowed == roles_.end() || allowed->second.count(caller->role) == 0) {
      return Refuse(method, absl::StrCat(caller->role, "/", caller->name),
                    absl::StrCat("role ", caller->role, " may not call ", method));
    }
    return grpc::Status::OK;
  }

 private:
  grpc::Status Refuse(absl::string_view method, const std::string& caller, const std::string& why) {
    if (limit_.Allow()) {
      LogWarning("call_refused", {{"caller", caller}, {"method", method}, {"reason", why}});
    }
    return {grpc::StatusCode::PERMISSION_DENIED, why};
  }

  const AllowedRoles roles_;
  const std::string trust_domain_;
  LineLimit limit_;
};

// Accepts the one server it was told to expect, whatever its address.
class ServerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit ServerVerifier(std::string expected) : expected_(std::move(expected)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* result) override {
    const std::vector<grpc::string_ref> uris = request->uri_names();
    if (uris.size() != 1 || ToView(uris[0]) != expected_) {
      *result = {grpc::StatusCode::UNAUTHENTICATED,
                 absl::StrCat("the server shows ",
                              uris.size() == 1 ? ToView(uris[0]) : "not exactly one URI name",
                              ", expected ", expected_)};
    }
    return true;  // decided at once
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string expected_;
};

absl::StatusOr<OwnIdentity> ReadIdentityAndWarn(const TlsIdentity& files) {
  absl::StatusOr<OwnIdentity> own = ReadIdentity(files);
  if (own.ok() && own->not_after < absl::Now()) {
    LogError("certificate_expired",
             {{"file", files.certificate_file},
              {"not_after", absl::FormatTime(own->not_after, absl::UTCTimeZone())}});
  }
  return own;
}

void WatchFiles(const TlsIdentity& files, grpc::experimental::TlsCredentialsOptions* options) {
  options->set_certificate_provider(std::make_shared<FileWatcherCertificateProvider>(
      files.private_key_file, files.certificate_file, files.authority_file, kRefreshSeconds));
  options->watch_root_certs();
  options->watch_identity_key_cert_pairs();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsFor(
    const RpcServerOptions& options, bool loopback) {
  AllowedRoles roles = RolesOf(options.services);
  if (!options.identity) {
    if (loopback) return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError(absl::StrCat(
        "given ", options.address, " without certificates, expected 127.0.0.1 or [::1]"));
  }
  ASSIGN_OR_RETURN(const OwnIdentity own, ReadIdentityAndWarn(*options.identity));
  grpc::experimental::TlsServerCredentialsOptions tls(nullptr);
  WatchFiles(*options.identity, &tls);
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // No host names among clients: their SPIFFE id is checked call by call, in RoleGuard.
  tls.set_check_call_host(false);
  tls.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  std::shared_ptr<grpc::ServerCredentials> credentials =
      grpc::experimental::TlsServerCredentials(tls);
  credentials->SetAuthMetadataProcessor(
      std::make_shared<RoleGuard>(std::move(roles), own.id.trust_domain));
  return credentials;
}

}  // namespace

absl::StatusOr<Caller> CallerOf(const grpc::ServerContextBase& context) {
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  const std::vector<grpc::string_ref> transport =
      peer->FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME);
  // Plaintext servers exist on loopback only, see ServerCredentialsFor.
  if (transport.empty() || ToView(transport[0]) == "insecure") return Caller{"any", "local"};
  const std::optional<SpiffeId> id = PeerId(*peer);
  if (!id) return absl::UnauthenticatedError("the certificate carries no single SPIFFE id");
  return Caller{id->role, id->name};
}

absl::Status ConfigureServer(const RpcServerOptions& options, grpc::ServerBuilder* builder,
                             int* selected_port) {
  PrepareGrpc();
  const std::optional<IpAndPort> address = ParseIpAndPort(options.address);
  if (!address) {
    return absl::InvalidArgumentError(
        absl::StrCat("given \"", options.address, "\", expected \"IP:PORT\" to listen on"));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                   ServerCredentialsFor(options, address->loopback()));
  builder->AddListeningPort(options.address, std::move(credentials), selected_port);
  builder->SetMaxReceiveMessageSize(options.max_receive_bytes);
  // A second server on the address is an error, not a sharer of its connections.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Agents send a kilobyte a second: no window needs to grow, and the probe costs a quarter of the
  // CPU.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // A frozen or unplugged peer is gone after 3 s.
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Less than the clients' 2 s, else they are sent away for too many pings.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 500);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);  // of one connection
  // 10 KiB less memory for each connection.
  builder->AddChannelArgument(GRPC_ARG_TSI_MAX_FRAME_SIZE, 4096);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(
    const RpcServerOptions& options, const std::vector<grpc::Service*>& services,
    int* selected_port) {
  grpc::ServerBuilder builder;
  RETURN_IF_ERROR(ConfigureServer(options, &builder, selected_port));
  for (grpc::Service* const service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address,
                                               ": not an address of this machine, or in use"));
  }
  return server;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const RpcChannelOptions& options) {
  PrepareGrpc();
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (options.identity) {
    ASSIGN_OR_RETURN(const OwnIdentity own, ReadIdentityAndWarn(*options.identity));
    const std::string expected =
        absl::StrCat("spiffe://", own.id.trust_domain, "/", options.server_identity);
    if (!ParseSpiffeId(expected)) {
      return absl::InvalidArgumentError(absl::StrCat("given \"", options.server_identity,
                                                     "\" as identity of the server at ",
                                                     options.address, ", expected \"ROLE/NAME\""));
    }
    grpc::experimental::TlsChannelCredentialsOptions tls;
    WatchFiles(*options.identity, &tls);
    tls.set_check_call_host(false);
    tls.set_certificate_verifier(
        grpc::experimental::ExternalCertificateVerifier::Create<ServerVerifier>(expected));
    credentials = grpc::experimental::TlsCredentials(tls);
  } else {
    const std::optional<IpAndPort> address = ParseIpAndPort(options.address);
    if (!address || !address->loopback()) {
      return absl::InvalidArgumentError(absl::StrCat("given ", options.address,
                                                     " without certificates, expected "
                                                     "127.0.0.1:PORT or [::1]:PORT"));
    }
    credentials = grpc::InsecureChannelCredentials();
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // In spite of its name also the time that one attempt (TCP and TLS: three round trips) may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_TSI_MAX_FRAME_SIZE, 4096);
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  return grpc::CreateCustomChannel(options.address, credentials, arguments);
}

grpc::Status ToGrpc(const absl::Status& status) {
  // Both count the canonical codes alike.
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace dialtone
