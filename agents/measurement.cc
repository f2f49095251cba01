#include "agents/measurement.h"

#include "base/check.h"

namespace dialtone::agents {
namespace {

constexpr double kBadLoss = 0.05;

// RFC 1035 §4.1.1.
constexpr int kDnsNoError = 0;
constexpr int kDnsNameError = 3;

}  // namespace

bool IsBad(Outcome outcome) {
  switch (outcome) {
    case Outcome::kTimedOut:
    case Outcome::kRefused:
    case Outcome::kUnreachableNetwork:
    case Outcome::kTlsFailed:
    case Outcome::kRejected:
      return true;
    case Outcome::kAnswered:
    case Outcome::kThrottled:
    case Outcome::kOwnConfiguration:
    case Outcome::kNotPossible:
      return false;
  }
  CHECK(false) << "no such outcome";
}

bool IsBad(const Measurement& measurement) {
  return IsBad(measurement.outcome) ||
         (measurement.stream && measurement.stream->loss_ratio() > kBadLoss);
}

absl::string_view ToString(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kSipOptionsUdp:
      return "sip_options_udp";
    case ProbeKind::kSipOptionsTls:
      return "sip_options_tls";
    case ProbeKind::kIcmpEcho:
      return "icmp_echo";
    case ProbeKind::kTcpConnect:
      return "tcp_connect";
    case ProbeKind::kStunBinding:
      return "stun_binding";
    case ProbeKind::kTlsConnect:
      return "tls_connect";
    case ProbeKind::kHttpsGet:
      return "https_get";
    case ProbeKind::kDnsQuery:
      return "dns_query";
  }
  CHECK(false) << "no such probe kind";
}

absl::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered:
      return "answered";
    case Outcome::kTimedOut:
      return "timed_out";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kUnreachableNetwork:
      return "unreachable_network";
    case Outcome::kTlsFailed:
      return "tls_failed";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kThrottled:
      return "throttled";
    case Outcome::kOwnConfiguration:
      return "own_configuration";
    case Outcome::kNotPossible:
      return "not_possible";
  }
  CHECK(false) << "no such outcome";
}

Outcome OutcomeOfSipStatus(int code, bool has_retry_after) {
  switch (code) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 416:
    case 420:
    case 481:
    case 488:
      return Outcome::kOwnConfiguration;
    case 429:
      return Outcome::kThrottled;
    case 503:
      return has_retry_after ? Outcome::kThrottled : Outcome::kRejected;
    default:
      return code < 500 ? Outcome::kAnswered : Outcome::kRejected;
  }
}

Outcome OutcomeOfCallStatus(int code, bool has_retry_after) {
  if (code == 486) return Outcome::kNotPossible;
  const Outcome outcome = OutcomeOfSipStatus(code, has_retry_after);
  return outcome == Outcome::kAnswered && code >= 300 ? Outcome::kRejected : outcome;
}

Outcome OutcomeOfHttpStatus(int code, bool has_retry_after) {
  if (code == 429) return Outcome::kThrottled;
  if (code < 400) return Outcome::kAnswered;
  if (code < 500) return Outcome::kOwnConfiguration;
  return code == 503 && has_retry_after ? Outcome::kThrottled : Outcome::kRejected;
}

Outcome OutcomeOfDnsAnswer(int code, bool has_records, bool was_found) {
  if (code == kDnsNoError && has_records) return Outcome::kAnswered;
  const bool is_missing = code == kDnsNoError || code == kDnsNameError;
  return is_missing && !was_found ? Outcome::kOwnConfiguration : Outcome::kRejected;
}

}  // namespace dialtone::agents
