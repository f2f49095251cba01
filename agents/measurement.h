// What the agent measures, as plain structs. The words and their meaning are those of
// proto/dialtone/v1/probe.proto; the codec translates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/quality.h"

namespace dialtone::agents {

// How a probe is made.
enum class ProbeKind {
  kSipOptionsUdp,
  kSipOptionsTls,
  kIcmpEcho,
  kTcpConnect,
  kStunBinding,
  kTlsConnect,
  kHttpsGet,
  kDnsQuery,
};

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
enum class Phase { kNone, kConnect, kTlsHandshake, kAnswer, kNameLookup };

// What one probe found out about its target.
struct Measurement {
  Outcome outcome = Outcome::kNotPossible;
  Phase phase = Phase::kNone;
  int code = 0;                                     // SIP, STUN or HTTP status or DNS code, 0: none
  std::optional<absl::Duration> round_trip = {};    // request to answer
  std::optional<absl::Duration> connect_time = {};  // TCP handshake, if this probe made one
  std::optional<absl::Duration> tls_time = {};      // TLS handshake, if this probe made one
  std::optional<absl::Time> certificate_not_after = {};
  std::optional<Quality> stream = {};  // of a stream; its round trip is round_trip
  std::string detail = {};             // for the engineer; empty when answered
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

// As the outcome says; a stream that lost more than 5 % of its packets is bad too, for then voice
// is heard to suffer (G.113: 5 % cost a call with concealment 16 points of R).
bool IsBad(const Measurement& measurement);

// The words of metrics and logs: "sip_options_tls", "timed_out".
absl::string_view ToString(ProbeKind kind);
absl::string_view ToString(Outcome outcome);

// What a final SIP status (200 to 699) says about who sent it (probe.proto, ProbeOutcome). Any
// answer below 500 proves the hub alive; some say that we are configured wrongly.
Outcome OutcomeOfSipStatus(int code, bool has_retry_after);

// The same of a final answer to the INVITE of a test call, whose callee always answers: an answer
// that leaves him unrung (480 with Q.850 cause 31: "no callee endpoints found") is as bad as none,
// although the OPTIONS beside it are fine. Busy (486) says nothing: another test call holds him.
Outcome OutcomeOfCallStatus(int code, bool has_retry_after);

// What the status of an HTTP answer (100 to 599) says. A redirection is an answer: whoever sends it
// lives.
Outcome OutcomeOfHttpStatus(int code, bool has_retry_after);

// What a DNS response code (RFC 6895 §2.3) says, and whether there was a record of the type asked
// for. A name that is not there is our own mistake, unless it was there before (`was_found`): then
// its resolver or its zone is broken.
Outcome OutcomeOfDnsAnswer(int code, bool has_records, bool was_found);

}  // namespace dialtone::agents
