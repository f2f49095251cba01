#include "detector/probe_codec.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"

#include "detector/enum_codec.h"
#include "detector/probe_plan.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

// A duration of a result: absent is allowed, else 0 to `most`. False when it breaks that.
bool DecodeOptional(bool present, const google::protobuf::Duration& message, absl::Duration most,
                    std::optional<absl::Duration>* duration) {
  if (!present) return true;
  *duration = FromProto(message);
  return duration->has_value() && **duration >= absl::ZeroDuration() && **duration <= most;
}

// Words of an agent end in logs and on terminals: control characters become blanks.
std::string Printable(absl::string_view text) {
  std::string printable(text);
  std::replace_if(
      printable.begin(), printable.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); },
      ' ');
  return printable;
}

}  // namespace

ReportDecoder::ReportDecoder(const Fleet& fleet) : fleet_(fleet) {
  for (const Site& site : fleet.sites) {
    sites_.emplace(site.name, static_cast<SiteIndex>(sites_.size()));
  }
  for (const Target& target : fleet.targets) {
    targets_.emplace(target.name, static_cast<TargetIndex>(targets_.size()));
  }
}

SiteIndex ReportDecoder::FindSite(absl::string_view name) const {
  const auto found = sites_.find(name);
  return found == sites_.end() ? kNone : found->second;
}

std::vector<ProbeResult> ReportDecoder::Decode(const v1::ReportRequest& request, SiteIndex site,
                                               absl::Time now, ReportIntake* intake,
                                               ReportCounts* counts) const {
  std::vector<ProbeResult> results;
  if (request.results_size() > kMaxResultsPerMessage) {
    (*counts)[ReportFate::kInvalid] += request.results_size();
    return results;
  }
  const int allowed = intake->AllowResults(request.results_size(), now);
  (*counts)[ReportFate::kRate] += request.results_size() - allowed;

  results.reserve(static_cast<size_t>(allowed));
  for (int i = 0; i < allowed; ++i) {
    ProbeResult result;
    ReportFate fate = DecodeResult(request.results(i), site, now, &result);
    if (fate == ReportFate::kAccepted) fate = intake->Admit(result.sequence);
    ++(*counts)[fate];
    if (fate == ReportFate::kAccepted) results.push_back(std::move(result));
  }
  return results;
}

ReportFate ReportDecoder::DecodeResult(const v1::ProbeResult& message, SiteIndex site,
                                       absl::Time now, ProbeResult* result) const {
  const auto target = targets_.find(message.target());
  if (target == targets_.end()) return ReportFate::kUnauthorized;
  const std::vector<SiteIndex>& sites = fleet_.targets[static_cast<size_t>(target->second)].sites;
  if (!std::binary_search(sites.begin(), sites.end(), site)) return ReportFate::kUnauthorized;

  const std::optional<Outcome> outcome = FromProto<Outcome>(message.outcome());
  if (!outcome.has_value() || message.sequence() == 0) return ReportFate::kInvalid;
  if (!v1::ProbePhase_IsValid(message.phase())) return ReportFate::kInvalid;
  if (message.phase() == v1::PROBE_PHASE_UNSPECIFIED && outcome != Outcome::kNotPossible) {
    return ReportFate::kInvalid;
  }
  if (message.code() > 699 || (message.code() > kMaxDnsCode && message.code() < 100)) {
    return ReportFate::kInvalid;
  }
  if (message.packets_sent() > kMaxPackets || message.packets_lost() > message.packets_sent()) {
    return ReportFate::kInvalid;
  }
  if (message.detail().size() > kMaxDetail) return ReportFate::kInvalid;

  std::optional<absl::Duration> round_trip, connect, tls, late_by, jitter;
  if (!DecodeOptional(message.has_round_trip(), message.round_trip(), kMaxRoundTrip, &round_trip) ||
      !DecodeOptional(message.has_connect_time(), message.connect_time(), kMaxRoundTrip,
                      &connect) ||
      !DecodeOptional(message.has_tls_time(), message.tls_time(), kMaxRoundTrip, &tls) ||
      !DecodeOptional(message.has_jitter(), message.jitter(), kMaxRoundTrip, &jitter) ||
      !DecodeOptional(message.has_late_by(), message.late_by(), kMaxAge, &late_by)) {
    return ReportFate::kInvalid;
  }

  const std::optional<absl::Duration> age = FromProto(message.age());
  if (!age.has_value() || *age < absl::ZeroDuration()) return ReportFate::kInvalid;
  if (*age > kMaxAge) return ReportFate::kStale;

  *result = {.target = target->second,
             .sequence = message.sequence(),
             .sent = now - *age,
             .outcome = *outcome,
             .code = static_cast<int>(message.code()),
             .round_trip = round_trip,
             .late_by = late_by.value_or(absl::ZeroDuration()),
             .in_burst = message.in_burst(),
             .packets_sent = static_cast<int>(message.packets_sent()),
             .packets_lost = static_cast<int>(message.packets_lost()),
             .jitter = jitter.value_or(absl::ZeroDuration()),
             .detail = Printable(message.detail())};
  return ReportFate::kAccepted;
}

v1::ReportResponse EncodePlan(const Fleet& fleet, const Policy& policy, SiteIndex site,
                              std::uint64_t version) {
  v1::ReportResponse response;
  response.mutable_plan()->set_version(version);
  for (const PlannedProbe& probe : PlanProbes(fleet, site)) {
    const Target& target = fleet.targets[static_cast<size_t>(probe.target)];
    v1::ProbeTarget* message = response.mutable_plan()->add_targets();
    message->set_name(target.name);
    message->set_kind(ToProto(target.kind));
    message->set_address(target.address);
    message->set_port(static_cast<std::uint32_t>(target.port));
    message->set_server_name(target.server_name);
    message->set_tls_profile(target.tls_profile);
    message->set_path(target.path);
    message->set_query(target.query);
    *message->mutable_interval() = ToProto(probe.interval);
    *message->mutable_phase() = ToProto(probe.phase);
    *message->mutable_timeout() = ToProto(target.kind == ProbeKind::kDnsQuery
                                              ? std::min(policy.answer_timeout, kLongestNameLookup)
                                              : policy.answer_timeout);
    *message->mutable_connect_timeout() = ToProto(policy.connect_timeout);
    if (target.kind == ProbeKind::kSipOptionsTls) {
      *message->mutable_fresh_handshake_interval() = ToProto(policy.fresh_handshake_interval);
    }
    response.add_target_domains(ToProto(DomainOf(target.role)));
  }
  return response;
}

v1::ProbeBurst EncodeBurst(const Fleet& fleet, const BurstRequest& burst) {
  v1::ProbeBurst message;
  for (const TargetIndex target : burst.targets) {
    if (message.targets_size() == kMaxTargetsPerBurst) break;
    message.add_targets(fleet.targets[static_cast<size_t>(target)].name);
  }
  *message.mutable_interval() = ToProto(std::max(burst.interval, kShortestInterval));
  *message.mutable_duration() = ToProto(std::min(burst.duration, kLongestBurst));
  return message;
}

FaultDomain DomainOf(TargetRole role) {
  switch (role) {
    case TargetRole::kTeamsHub:
      return FaultDomain::kHub;
    case TargetRole::kTeamsMediaRelay:
      return FaultDomain::kTeamsMedia;
    case TargetRole::kTestCall:
      return FaultDomain::kTeamsCalling;
    case TargetRole::kVoiceLayerMedia:
      return FaultDomain::kVoiceLayer;
    case TargetRole::kDnsResolver:
      return FaultDomain::kDns;
    case TargetRole::kSignIn:
      return FaultDomain::kIdentity;
    case TargetRole::kMicrosoft365Witness:
      return FaultDomain::kMicrosoft365;
    case TargetRole::kInternetWitness:
      return FaultDomain::kIspCore;
    case TargetRole::kIspWitness:
      return FaultDomain::kSiteNetwork;
    case TargetRole::kLanGateway:
      return FaultDomain::kLan;
    case TargetRole::kVoiceLayer:
    case TargetRole::kBackupHop:
      return FaultDomain::kVoiceLayer;
    case TargetRole::kSiteUplink:
      return FaultDomain::kUnreachable;
    case TargetRole::kCarrierTrunk:
      return FaultDomain::kCarrier;
  }
  return FaultDomain::kUnknown;
}

}  // namespace dialtone::detector
