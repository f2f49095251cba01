#include "agents/codec.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace dialtone::agents {
namespace {

constexpr int kNanosPerSecond = 1'000'000'000;
constexpr absl::Duration kLongestTime = absl::Seconds(60);  // of round trips and handshakes
constexpr absl::Duration kLongestLateness = absl::Hours(1);

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return message;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp message;
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down: nanos are never negative
  message.set_seconds(seconds);
  message.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return message;
}

// What breaks protobuf's rules becomes a negative duration, which no field of a plan may have.
absl::Duration FromProto(const google::protobuf::Duration& message) {
  if (message.nanos() <= -kNanosPerSecond || message.nanos() >= kNanosPerSecond) {
    return absl::Seconds(-1);
  }
  return absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

v1::ProbeOutcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered:
      return v1::ANSWERED;
    case Outcome::kTimedOut:
      return v1::TIMED_OUT;
    case Outcome::kRefused:
      return v1::REFUSED;
    case Outcome::kUnreachableNetwork:
      return v1::UNREACHABLE_NETWORK;
    case Outcome::kTlsFailed:
      return v1::TLS_FAILED;
    case Outcome::kRejected:
      return v1::REJECTED;
    case Outcome::kThrottled:
      return v1::THROTTLED;
    case Outcome::kOwnConfiguration:
      return v1::OWN_CONFIGURATION;
    case Outcome::kNotPossible:
      return v1::NOT_POSSIBLE;
  }
  return v1::PROBE_OUTCOME_UNSPECIFIED;
}

v1::ProbePhase ToProto(Phase phase) {
  switch (phase) {
    case Phase::kNone:
      return v1::PROBE_PHASE_UNSPECIFIED;
    case Phase::kConnect:
      return v1::CONNECT;
    case Phase::kTlsHandshake:
      return v1::TLS_HANDSHAKE;
    case Phase::kAnswer:
      return v1::ANSWER;
    case Phase::kNameLookup:
      return v1::NAME_LOOKUP;
  }
  return v1::PROBE_PHASE_UNSPECIFIED;
}

// Absent for a kind that a newer detector knows and this agent does not.
std::optional<ProbeKind> FromProto(v1::ProbeKind kind) {
  switch (kind) {
    case v1::SIP_OPTIONS_UDP:
      return ProbeKind::kSipOptionsUdp;
    case v1::SIP_OPTIONS_TLS:
      return ProbeKind::kSipOptionsTls;
    case v1::ICMP_ECHO:
      return ProbeKind::kIcmpEcho;
    case v1::TCP_CONNECT:
      return ProbeKind::kTcpConnect;
    case v1::STUN_BINDING:
      return ProbeKind::kStunBinding;
    case v1::TLS_CONNECT:
      return ProbeKind::kTlsConnect;
    case v1::HTTPS_GET:
      return ProbeKind::kHttpsGet;
    case v1::DNS_QUERY:
      return ProbeKind::kDnsQuery;
    default:
      return std::nullopt;
  }
}

// "teams-signalling", as in every other place.
std::string WordOf(int domain) {
  if (!v1::FaultDomain_IsValid(domain)) return "unknown";
  const std::string name = v1::FaultDomain_Name(static_cast<v1::FaultDomain>(domain));
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", "-"}}));
}

Target FromProto(const v1::ProbeTarget& message) {
  return {.name = message.name(),
          .kind = FromProto(message.kind()),
          .address = message.address(),
          .port = static_cast<int>(std::min<uint32_t>(message.port(), 1 << 16)),
          .server_name = message.server_name(),
          .tls_profile = message.tls_profile(),
          .interval = FromProto(message.interval()),
          .phase = FromProto(message.phase()),
          .timeout = FromProto(message.timeout()),
          .connect_timeout = FromProto(message.connect_timeout()),
          .fresh_handshake_interval = FromProto(message.fresh_handshake_interval()),
          .path = message.path(),
          .query = message.query()};
}

absl::Duration Within(absl::Duration value, absl::Duration longest) {
  return std::clamp(value, absl::ZeroDuration(), longest);
}

google::protobuf::Duration TimeOf(absl::Duration duration) {
  return ToProto(Within(duration, kLongestTime));
}

}  // namespace

v1::ProbeResult EncodeResult(const Result& result, absl::Time now) {
  const Measurement& measured = result.measurement;
  v1::ProbeResult message;
  message.set_target(result.target);
  message.set_sequence(result.sequence);
  *message.mutable_age() = ToProto(Within(now - result.sent, Spool::kOldest));
  *message.mutable_sent_time() = ToProto(result.sent_wall);
  message.set_outcome(ToProto(measured.outcome));
  message.set_phase(ToProto(measured.phase));
  message.set_code(static_cast<uint32_t>(measured.code));
  if (measured.round_trip) *message.mutable_round_trip() = TimeOf(*measured.round_trip);
  if (measured.connect_time) *message.mutable_connect_time() = TimeOf(*measured.connect_time);
  if (measured.tls_time) *message.mutable_tls_time() = TimeOf(*measured.tls_time);
  message.set_in_burst(result.in_burst);
  *message.mutable_late_by() = ToProto(Within(result.late_by, kLongestLateness));
  if (measured.certificate_not_after) {
    *message.mutable_certificate_not_after() = ToProto(*measured.certificate_not_after);
  }
  if (measured.stream) {
    message.set_packets_sent(static_cast<uint32_t>(measured.stream->sent));
    message.set_packets_lost(static_cast<uint32_t>(measured.stream->lost));
    if (measured.stream->jitter) *message.mutable_jitter() = TimeOf(*measured.stream->jitter);
  }
  message.set_detail(measured.detail.substr(0, kLongestDetail));
  return message;
}

v1::ReportRequest EncodeBatch(const Outbox::Batch& batch, const Spool& spool, absl::Time now,
                              absl::Time wall_now) {
  v1::ReportRequest request;
  request.set_batch(batch.number);
  for (uint64_t number = batch.first; number < batch.last; ++number) {
    *request.add_results() = EncodeResult(spool.at(number), now);
  }
  *request.mutable_wall_time() = ToProto(wall_now);
  const absl::Duration set_by = absl::Trunc(wall_now - now, absl::Milliseconds(1));
  if (set_by != absl::ZeroDuration()) *request.mutable_clock_set_by() = ToProto(set_by);
  return request;
}

std::optional<Plan> DecodePlan(const v1::ReportResponse& response) {
  if (!response.has_plan()) return std::nullopt;
  Plan plan;
  plan.version = response.plan().version();
  for (const v1::ProbeTarget& message : response.plan().targets()) {
    const int index = static_cast<int>(plan.targets.size());
    Target target = FromProto(message);
    target.domain =
        WordOf(index < response.target_domains_size() ? response.target_domains(index) : 0);
    plan.targets.push_back(std::move(target));
  }
  return plan;
}

std::optional<Burst> DecodeBurst(const v1::ReportResponse& response) {
  if (!response.has_burst()) return std::nullopt;
  const v1::ProbeBurst& message = response.burst();
  return Burst{.targets = {message.targets().begin(), message.targets().end()},
               .interval = FromProto(message.interval()),
               .duration = FromProto(message.duration())};
}

absl::Duration DecodeBatchInterval(const v1::ReportResponse& response) {
  return response.has_batch_interval() ? FromProto(response.batch_interval())
                                       : absl::ZeroDuration();
}

}  // namespace dialtone::agents
