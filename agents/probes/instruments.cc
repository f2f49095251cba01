#include "agents/probes/instruments.h"

#include <utility>

#include "agents/probes/dns_query.h"
#include "agents/probes/handshake.h"
#include "agents/probes/https_get.h"
#include "agents/probes/icmp_echo.h"
#include "agents/probes/sip_options_tls.h"
#include "agents/probes/sip_options_udp.h"
#include "agents/probes/stun_binding.h"
#include "base/check.h"
#include "base/status.h"

namespace dialtone::agents {

absl::StatusOr<std::unique_ptr<Instruments>> Instruments::Load(
    Loop& loop, const std::vector<TlsProfile>& profiles, std::string source) {
  std::unique_ptr<Instruments> instruments(new Instruments(loop, std::move(source)));
  for (const TlsProfile& profile : profiles) {
    ASSIGN_OR_RETURN(instruments->contexts_[profile.name], TlsContext::Load(profile));
    instruments->profiles_.insert(profile.name);
  }
  return instruments;
}

absl::StatusOr<std::unique_ptr<Probe>> Instruments::Make(const Target& target) {
  if (const std::optional<std::string> refusal = RefusalOf(target, profiles_)) {
    return absl::InvalidArgumentError(*refusal);
  }
  switch (*target.kind) {
    case ProbeKind::kSipOptionsUdp:
      return std::make_unique<SipOptionsUdp>(loop_, target, source_);
    case ProbeKind::kSipOptionsTls:
      return std::make_unique<SipOptionsTls>(loop_, target, *ContextOf(target), source_);
    case ProbeKind::kIcmpEcho:
      return IcmpEcho::Make(loop_, target, source_);
    case ProbeKind::kTcpConnect:
      return std::make_unique<Handshake>(loop_, target, nullptr, source_);
    case ProbeKind::kStunBinding:
      return std::make_unique<StunBinding>(
          loop_, target, source_, IsPublic(target.address) ? &budgets_[target.address] : nullptr);
    case ProbeKind::kTlsConnect:
      return std::make_unique<Handshake>(loop_, target, ContextOf(target), source_);
    case ProbeKind::kHttpsGet:
      return std::make_unique<HttpsGet>(loop_, target, *ContextOf(target), source_);
    case ProbeKind::kDnsQuery:
      return std::make_unique<DnsQuery>(loop_, target, source_);
  }
  CHECK(false) << "no such kind";
}

}  // namespace dialtone::agents
