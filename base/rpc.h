// gRPC as Dialtone uses it: mutual TLS everywhere, the caller's identity from the SPIFFE id of its
// certificate, roles as a method option, deny by default.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/grpcpp.h"

#include "base/identity.h"

namespace dialtone {

// Who calls, as the SPIFFE id of the client certificate says. On a plaintext loopback server
// (development only) and inside one process: role "any", name "local".
struct Caller {
  std::string role;  // agent, detector, router, operator, any
  std::string name;

  std::string ToString() const { return role + "/" + name; }
};

// Reads the caller from the authenticated context. UNAUTHENTICATED without exactly one SPIFFE id.
absl::StatusOr<Caller> CallerOf(const grpc::ServerContextBase& context);

struct RpcServerOptions {
  std::string address;                       // "IP:PORT"
  std::optional<TlsIdentity> identity = {};  // absent: plaintext, loopback only (checked)
  // Full service names ("dialtone.v1.RouteService") whose method options (allowed_roles) are
  // enforced before a handler runs. A method without the option, or of a service not named here, is
  // refused; so is every caller of another trust domain than the server's own. On plaintext
  // everybody may do everything.
  std::vector<std::string> services = {};
  int max_receive_bytes = 4 << 20;
};

// A server being put together: gives the builder its listening port, credentials, keepalive and
// limits. Register services on `builder`, then BuildAndStart, which writes the port to
// `selected_port` (may be null). INVALID_ARGUMENT names the address or file.
absl::Status ConfigureServer(const RpcServerOptions& options, grpc::ServerBuilder* builder,
                             int* selected_port);

// ConfigureServer, the services and BuildAndStart in one. UNAVAILABLE when the address cannot be
// had.
absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(
    const RpcServerOptions& options, const std::vector<grpc::Service*>& services,
    int* selected_port = nullptr);

struct RpcChannelOptions {
  std::string address;                       // "HOST:PORT"
  std::optional<TlsIdentity> identity = {};  // absent: plaintext, loopback only (checked)
  std::string server_identity = {};          // "router/vl1": the SPIFFE id the server must show
};

// A channel with keepalive (2 s, 1 s), reconnect back-off of 100 ms to 1 s, no HTTP proxy, and
// answers of at most 64 MiB. It connects by itself.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const RpcChannelOptions& options);

// Conversions at the edge.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace dialtone
