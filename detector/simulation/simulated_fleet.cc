#include "detector/simulation/simulated_fleet.h"

#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "detector/paths.h"

namespace dialtone::detector::simulation {
namespace {

// Test calls through Teams and through the carrier.
struct CallIntervals {
  absl::Duration teams;
  absl::Duration carrier;
};
constexpr absl::Duration kSlowestLaboratory = absl::Seconds(1);
constexpr CallIntervals kLaboratory = {absl::Seconds(10), absl::Seconds(30)};
constexpr CallIntervals kShipped = {absl::Minutes(5), absl::Minutes(5)};

struct Role {
  TargetRole role;
  ProbeKind kind;
  bool found_by_name;
};

// What each target is; those found by name are the row `dns` of the fault domains.
Role RoleOf(Probed probed) {
  switch (probed) {
    case Probed::kHub1:
    case Probed::kHub2:
    case Probed::kHub3:
      return {TargetRole::kTeamsHub, ProbeKind::kSipOptionsTls, true};
    case Probed::kMedia1:
    case Probed::kMedia2:
      return {TargetRole::kTeamsMediaRelay, ProbeKind::kStunBinding, false};
    case Probed::kSignIn:
      return {TargetRole::kSignIn, ProbeKind::kHttpsGet, true};
    case Probed::kMicrosoft365:
      return {TargetRole::kMicrosoft365Witness, ProbeKind::kHttpsGet, true};
    case Probed::kInternet1:
      return {TargetRole::kInternetWitness, ProbeKind::kTcpConnect, false};
    case Probed::kInternet2:
      return {TargetRole::kInternetWitness, ProbeKind::kTcpConnect, true};
    case Probed::kIspReference:
      return {TargetRole::kIspWitness, ProbeKind::kTcpConnect, false};
    case Probed::kVoice:
      return {TargetRole::kVoiceLayer, ProbeKind::kSipOptionsTls, true};
    case Probed::kVoiceMedia:
      return {TargetRole::kVoiceLayerMedia, ProbeKind::kStunBinding, false};
    case Probed::kLan:
      return {TargetRole::kLanGateway, ProbeKind::kIcmpEcho, false};
    case Probed::kCall:
      return {TargetRole::kTestCall, ProbeKind::kSipOptionsTls, true};
    case Probed::kCarrier:
      return {TargetRole::kCarrierTrunk, ProbeKind::kSipOptionsUdp, false};
  }
  return {};
}

absl::Duration Interval(const Target& target, const Policy& policy) {
  const CallIntervals& calls =
      policy.microsoft_interval <= kSlowestLaboratory ? kLaboratory : kShipped;
  if (target.role == TargetRole::kTestCall) return calls.teams;
  if (target.role == TargetRole::kCarrierTrunk) return calls.carrier;
  return IntervalOf(target, policy);
}

}  // namespace

Fleet FleetOf(const Scenario& scenario, const Policy& policy) {
  Fleet fleet;
  std::vector<SiteIndex> everywhere(scenario.sites.size());
  std::iota(everywhere.begin(), everywhere.end(), 0);
  for (const SiteIndex site : everywhere) {
    const SiteTraits& traits = scenario.sites[static_cast<std::size_t>(site)];
    fleet.sites.push_back({.name = absl::StrCat("site", site),
                           .region = absl::StrCat("region", traits.region),
                           .isp = absl::StrCat("isp", traits.isp)});
    fleet.voice_layers.push_back({.name = absl::StrCat("voice-layer", site), .vantage = site});
    fleet.groups.push_back(
        {.name = absl::StrCat("numbers", site), .site = site, .voice_layer = site});
  }
  for (int i = 0; i < kProbedCount; ++i) {
    const Role role = RoleOf(static_cast<Probed>(i));
    Target target = {.name = std::string(kProbedWords[static_cast<std::size_t>(i)]),
                     .role = role.role,
                     .kind = role.kind,
                     .found_by_name = role.found_by_name,
                     .sites = everywhere};
    if (role.role == TargetRole::kTeamsHub) target.hop = absl::StrCat("t", i + 1);
    fleet.targets.push_back(std::move(target));
  }
  fleet.targets.push_back({.name = kBackupRoute,
                           .role = TargetRole::kBackupHop,
                           .kind = ProbeKind::kSipOptionsUdp,
                           .hop = kBackupHop,
                           .sites = everywhere});
  for (Target& target : fleet.targets) target.interval = Interval(target, policy);
  return fleet;
}

}  // namespace dialtone::detector::simulation
