// The agent's configuration file, read and checked completely.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "agents/probes/tls_context.h"
#include "base/identity.h"

namespace dialtone::agents {

// A detector to stream to.
struct DetectorEndpoint {
  std::string address = {};   // "HOST:PORT"
  std::string identity = {};  // "detector/main": who it must show to be
};

// Everything `dialtone-agent` starts from. What to probe is not here: it comes by plan.
struct AgentSettings {
  static constexpr int kMostDetectors = 3;
  static constexpr size_t kDefaultSpool = 100'000;
  static constexpr size_t kSmallestSpool = 1'000;
  static constexpr size_t kLargestSpool = 1'000'000;

  std::vector<DetectorEndpoint> detectors = {};
  std::optional<TlsIdentity> identity = {};  // absent: plaintext on loopback
  std::vector<TlsProfile> tls_profiles = {};
  std::string http_address = {};  // empty: no listener
  size_t spool_results = kDefaultSpool;
  std::string probe_source_address = {};  // empty: as the routing table says
};

// Reads the AgentConfig at `path`. INVALID_ARGUMENT with every error, one a line, each as
// file:line:column. Certificates are loaded: a file that cannot be used is an error here.
absl::StatusOr<AgentSettings> ReadConfig(const std::string& path);

}  // namespace dialtone::agents
