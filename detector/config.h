// The detector's configuration and policy files, read and checked completely.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/identity.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// Where the router of a voice layer is, and who it must show to be.
struct RouterEndpoint {
  std::string address = {};   // "HOST:PORT"
  std::string identity = {};  // "router/vl1"
};

// Everything `dialtone-detector` starts from.
struct DetectorSettings {
  std::string grpc_address = {};
  std::optional<TlsIdentity> grpc_identity = {};  // absent: plaintext on loopback
  std::string http_address = {};                  // empty: no listener
  std::optional<TlsIdentity> router_identity = {};
  std::string state_directory = {};
  Fleet fleet = {};
  Policy policy = {};
  std::vector<RouterEndpoint> routers = {};  // by voice layer, as in fleet.voice_layers
};

// Reads the DetectorConfig at `path` and the Policy that it names. INVALID_ARGUMENT with every
// error of both files, one a line, each as file:line:column.
absl::StatusOr<DetectorSettings> ReadConfig(const std::string& path);

}  // namespace dialtone::detector
