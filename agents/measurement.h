// What the agent measures, as plain structs. The words and their meaning are those of
// proto/dialtone/v1/probe.proto; the codec translates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::agents {

// How a probe is made.
enum class ProbeKind { kSipOptionsUdp, kSipOptionsTls, kIcmpEcho, kTcpConnect };

// How a probe ended.
enum class Outcome {
  kAnswered,
  kTimedOut,
  kRefused,
  kUnreachableNetwork,
  kTlsFailed,
  kRejected,
  kThrottled,
  kOwnConfiguration,
  kNotPossible,
};

// The step in which a probe ended.
enum class Phase { kNone, kConnect, kTlsHandshake, kAnswer };

// What one probe found out about its target.
struct Measurement {
  Outcome outcome = Outcome::kNotPossible;
  Phase phase = Phase::kNone;
  int code = 0;                                     // SIP status, 0: none
  std::optional<absl::Duration> round_trip = {};    // request to answer
  std::optional<absl::Duration> connect_time = {};  // TCP handshake, if this probe made one
  std::optional<absl::Duration> tls_time = {};      // TLS handshake, if this probe made one
  std::optional<absl::Time> certificate_not_after = {};
  std::string detail = {};  // for the engineer; empty when answered
};

// A measurement with all that the agent knows about its making.
struct Result {
  std::string target = {};
  uint64_t sequence = 0;
  absl::Time sent = {};       // Clock::TimeNow(): what ages are counted from
  absl::Time sent_wall = {};  // Clock::WallTime(): for records
  bool in_burst = false;
  absl::Duration late_by = {};
  Measurement measurement = {};
};

// Whether the outcome speaks against the path. Our own faults, throttling and probes that could not
// be made do not.
bool IsBad(Outcome outcome);

// The words of metrics and logs: "sip_options_tls", "timed_out".
absl::string_view ToString(ProbeKind kind);
absl::string_view ToString(Outcome outcome);

// What a final SIP status (200 to 699) says about who sent it (probe.proto, ProbeOutcome). Any
// answer below 500 proves the hub alive; some say that we are configured wrongly.
Outcome OutcomeOfSipStatus(int code, bool has_retry_after);

}  // namespace dialtone::agents
