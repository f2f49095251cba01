// The router's configuration and inventory, read and checked completely.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/identity.h"
#include "router/inventory.h"
#include "router/topology.h"

namespace dialtone::router {

// Everything `dialtone-router` starts from.
struct RouterSettings {
  std::string grpc_address = {};
  std::optional<TlsIdentity> grpc_identity = {};  // absent: plaintext on loopback
  std::string http_address = {};                  // empty: no listener
  std::string state_directory = {};
  size_t groups_per_10s = 0;  // 0: no limit
  Topology topology = {};
  Inventory inventory = {};
};

// Reads the RouterConfig at `path` and the inventory that it names. INVALID_ARGUMENT with every
// error of both files, one a line, each as file:line.
absl::StatusOr<RouterSettings> ReadConfig(const std::string& path);

}  // namespace dialtone::router
