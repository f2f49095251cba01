// The detector's configuration and policy files, read and checked completely.
#pragma once

#include <cstdint>
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

// What and how much to record.
struct RecordingSettings {
  std::string directory = {};
  std::int64_t bytes_per_file = std::int64_t{64} << 20;
  int files = 8;  // kept, of all starts together
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
  std::optional<RecordingSettings> recording = {};  // absent: nothing is recorded
  std::string config_text = {};                     // the two files as they were read
  std::string policy_text = {};
  std::vector<RouterEndpoint> routers = {};  // by voice layer, as in fleet.voice_layers
};

// Reads the DetectorConfig at `path` and the Policy that it names. INVALID_ARGUMENT with every
// error of both files, one a line, each as file:line:column.
absl::StatusOr<DetectorSettings> ReadConfig(const std::string& path);

// What a decision is about.
struct FleetAndPolicy {
  Fleet fleet = {};
  Policy policy = {};
};

// Reads just these from the files, wherever their certificates are; `policy_path`: empty, or a
// policy to read in place of the one that the configuration names. Errors as above.
absl::StatusOr<FleetAndPolicy> ReadFleetAndPolicy(const std::string& config_path,
                                                  const std::string& policy_path);

// Reads both from their texts. Errors name `label` in a file's place.
absl::StatusOr<FleetAndPolicy> ReadRecordedSettings(const std::string& label,
                                                    const std::string& config_text,
                                                    const std::string& policy_text);

}  // namespace dialtone::detector
