// What the detector wants probed, as plain structs, and what an agent refuses of it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/measurement.h"

namespace dialtone::agents {

// One thing to probe. Units, limits and meaning: probe.proto, ProbeTarget.
struct Target {
  std::string name = {};
  std::optional<ProbeKind> kind = {};  // absent: a kind this agent does not know
  std::string address = {};            // IP literal
  int port = 0;
  std::string server_name = {};
  std::string tls_profile = {};
  absl::Duration interval = {};
  absl::Duration phase = {};
  absl::Duration timeout = {};
  absl::Duration connect_timeout = {};
  absl::Duration fresh_handshake_interval = {};
  std::string path = {};    // HTTPS_GET
  std::string query = {};   // DNS_QUERY
  std::string domain = {};  // "teams-signalling": a label of metrics

  bool operator==(const Target&) const = default;
};

// Everything an agent shall probe.
struct Plan {
  static constexpr size_t kMostTargets = 200;

  uint64_t version = 0;
  std::vector<Target> targets = {};
};

// Probe some targets faster for a while.
struct Burst {
  static constexpr size_t kMostTargets = 50;
  static constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);
  static constexpr absl::Duration kLongest = absl::Seconds(60);

  std::vector<std::string> targets = {};
  absl::Duration interval = {};
  absl::Duration duration = {};
};

// Letters, digits, dots and dashes, at most 253: nothing that could end a SIP header.
bool IsHostName(absl::string_view text);

// "192.0.2.1" or "2001:db8::1".
bool IsIpLiteral(const std::string& text);

// Whether an IP literal is an address of the public internet, where others pay for our packets:
// none of the special ones of RFC 6890.
bool IsPublic(const std::string& address);

// The profile a TLS target uses.
std::string TlsProfileOf(const Target& target);

// Why this agent cannot probe `target`, naming what was given and what was expected; nothing when
// it can. `profiles` are the names of the TLS profiles it has.
std::optional<std::string> RefusalOf(const Target& target, const std::set<std::string>& profiles);

}  // namespace dialtone::agents
