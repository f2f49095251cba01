// Enums of the core stand in the order of their twins in the protos, whose value 0 means "not set":
// one rule converts them all, and the compiler checks the last value of each pair.
#pragma once

#include <optional>

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/view.h"
#include "dialtone/v1/config.pb.h"
#include "dialtone/v1/fault.pb.h"
#include "dialtone/v1/operator.pb.h"
#include "dialtone/v1/probe.pb.h"
#include "dialtone/v1/route.pb.h"

namespace dialtone::detector {

// The twin of an enum of the core, and the last value of it.
template <typename Ours>
struct Twin;

#define DIALTONE_TWIN(ours, theirs, last_ours, last_theirs)                                     \
  template <>                                                                                   \
  struct Twin<ours> {                                                                           \
    using Proto = theirs;                                                                       \
    static constexpr int kLast = static_cast<int>(last_ours);                                   \
    static_assert(kLast + 1 == static_cast<int>(last_theirs), #ours " and " #theirs " differ"); \
  }

DIALTONE_TWIN(FaultDomain, v1::FaultDomain, FaultDomain::kUnknown, v1::UNKNOWN);
DIALTONE_TWIN(Scope, v1::Scope, Scope::kGlobal, v1::GLOBAL);
DIALTONE_TWIN(TargetRole, v1::TargetRole, TargetRole::kDnsResolver, v1::DNS_RESOLVER);
DIALTONE_TWIN(ProbeKind, v1::ProbeKind, ProbeKind::kDnsQuery, v1::DNS_QUERY);
DIALTONE_TWIN(Outcome, v1::ProbeOutcome, Outcome::kNotPossible, v1::NOT_POSSIBLE);
DIALTONE_TWIN(Origin, v1::Origin, Origin::kBreakGlass, v1::BREAK_GLASS);
DIALTONE_TWIN(HopState, v1::HopState, HopState::kAfterBackups, v1::AFTER_BACKUPS);
DIALTONE_TWIN(OccurrenceKind, v1::EventKind, OccurrenceKind::kStarted, v1::EVENT_STARTED);
DIALTONE_TWIN(Health, v1::Health, Health::kNoJudgement, v1::NO_JUDGEMENT);
DIALTONE_TWIN(DiagnosisState, v1::DiagnosisState, DiagnosisState::kEnded, v1::ENDED);
#undef DIALTONE_TWIN

template <typename Ours>
typename Twin<Ours>::Proto ToProto(Ours value) {
  return static_cast<typename Twin<Ours>::Proto>(static_cast<int>(value) + 1);
}

// Nothing for "not set" and for values that this version does not know.
template <typename Ours>
std::optional<Ours> FromProto(typename Twin<Ours>::Proto value) {
  const int index = static_cast<int>(value) - 1;
  if (index < 0 || index > Twin<Ours>::kLast) return std::nullopt;
  return static_cast<Ours>(index);
}

}  // namespace dialtone::detector
