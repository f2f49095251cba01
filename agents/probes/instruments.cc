#include "agents/probes/instruments.h"

#include <utility>

#include "agents/probes/icmp_echo.h"
#include "agents/probes/sip_options_tls.h"
#include "agents/probes/sip_options_udp.h"
#include "agents/probes/tcp_connect.h"
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

absl::StatusOr<std::unique_ptr<Probe>> Instruments::Make(const Target& target) const {
  if (const std::optional<std::string> refusal = RefusalOf(target, profiles_)) {
    return absl::InvalidArgumentError(*refusal);
  }
  switch (*target.kind) {
    case ProbeKind::kSipOptionsUdp:
      return std::make_unique<SipOptionsUdp>(loop_, target, source_);
    case ProbeKind::kSipOptionsTls:
      return std::make_unique<SipOptionsTls>(loop_, target, *contexts_.at(TlsProfileOf(target)),
                                             source_);
    case ProbeKind::kIcmpEcho:
      return IcmpEcho::Make(loop_, target, source_);
    case ProbeKind::kTcpConnect:
      return std::make_unique<TcpConnect>(loop_, target, source_);
  }
  CHECK(false) << "no such kind";
}

}  // namespace dialtone::agents
