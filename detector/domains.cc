#include "detector/domains.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace dialtone::detector {
namespace {

constexpr std::array<std::pair<FaultDomain, absl::string_view>, 17> kDomainWords = {{
    {FaultDomain::kHub, "hub"},
    {FaultDomain::kTeamsSignalling, "teams-signalling"},
    {FaultDomain::kTeamsMedia, "teams-media"},
    {FaultDomain::kIdentity, "identity"},
    {FaultDomain::kTeamsCalling, "teams-calling"},
    {FaultDomain::kTeamsAll, "teams-all"},
    {FaultDomain::kMicrosoft365, "microsoft365"},
    {FaultDomain::kSiteNetwork, "site-network"},
    {FaultDomain::kIspCore, "isp-core"},
    {FaultDomain::kMediaPath, "media-path"},
    {FaultDomain::kDns, "dns"},
    {FaultDomain::kVoiceLayer, "voice-layer"},
    {FaultDomain::kCarrier, "carrier"},
    {FaultDomain::kLan, "lan"},
    {FaultDomain::kCertificate, "certificate"},
    {FaultDomain::kUnreachable, "unreachable"},
    {FaultDomain::kUnknown, "unknown"},
}};

constexpr std::array<std::pair<Scope, absl::string_view>, 5> kScopeWords = {{
    {Scope::kPath, "path"},
    {Scope::kSite, "site"},
    {Scope::kIsp, "isp"},
    {Scope::kRegion, "region"},
    {Scope::kGlobal, "global"},
}};

// What one target failing alone would be.
Domain Alone(TargetIndex index, const Target& target) {
  Domain domain{.alone = index, .targets = {index}};
  switch (target.role) {
    case TargetRole::kTeamsHub:
      domain.name = FaultDomain::kHub;
      domain.remedy = Remedy::kHop;
      break;
    case TargetRole::kVoiceLayer:
    case TargetRole::kBackupHop:
      domain.name = FaultDomain::kVoiceLayer;
      domain.remedy = Remedy::kDisarm;
      break;
    case TargetRole::kCarrierTrunk:
      domain.name = FaultDomain::kCarrier;
      break;
    case TargetRole::kDnsResolver:  // what was found by name before may go on answering
      domain.name = FaultDomain::kDns;
      break;
    case TargetRole::kSiteUplink:  // judged with the silence of its site
      domain.is_candidate = false;
      break;
    // One of several of these says nothing that leads to an action; as a hypothesis of its own it
    // keeps one sick target from being taken for a mild fault of everything beside it.
    case TargetRole::kVoiceLayerMedia:
    case TargetRole::kTestCall:
    case TargetRole::kTeamsMediaRelay:
    case TargetRole::kSignIn:
    case TargetRole::kMicrosoft365Witness:
    case TargetRole::kInternetWitness:
    case TargetRole::kIspWitness:
    case TargetRole::kLanGateway:
      break;
  }
  return domain;
}

// The targets for which `is_one` holds.
template <typename IsOne>
std::vector<TargetIndex> Select(const Fleet& fleet, const IsOne& is_one) {
  std::vector<TargetIndex> selected;
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    if (is_one(fleet.targets[static_cast<std::size_t>(target)])) selected.push_back(target);
  }
  return selected;
}

auto OneOf(std::vector<TargetRole> roles) {
  return [roles = std::move(roles)](const Target& target) {
    return std::find(roles.begin(), roles.end(), target.role) != roles.end();
  };
}

}  // namespace

bool IsWitness(TargetRole role) {
  return role == TargetRole::kInternetWitness || role == TargetRole::kIspWitness;
}

bool IsOffLan(TargetRole role) {
  // The uplink of another site says nothing about the line it is probed from.
  return role != TargetRole::kLanGateway && role != TargetRole::kSiteUplink;
}

bool IsTeams(TargetRole role) {
  return role == TargetRole::kTeamsHub || role == TargetRole::kTeamsMediaRelay ||
         role == TargetRole::kSignIn || role == TargetRole::kTestCall;
}

bool IsMedia(TargetRole role) {
  return role == TargetRole::kTeamsMediaRelay || role == TargetRole::kVoiceLayerMedia;
}

bool IsCall(TargetRole role) {
  return role == TargetRole::kTestCall || role == TargetRole::kCarrierTrunk;
}

bool Domains::IsNetwork(FaultDomain name) {
  return name == FaultDomain::kSiteNetwork || name == FaultDomain::kIspCore ||
         name == FaultDomain::kLan;
}

bool Domains::IsMicrosoft(FaultDomain name) {
  return name <= FaultDomain::kMicrosoft365;  // the enum lists Microsoft's first
}

bool Domains::IsCalling(FaultDomain name) {
  return name == FaultDomain::kTeamsCalling || name == FaultDomain::kCarrier;
}

Domains::Domains(const Fleet& fleet) {
  using enum TargetRole;
  const auto has = [&fleet](TargetRole role) {
    return std::any_of(fleet.targets.begin(), fleet.targets.end(),
                       [role](const Target& target) { return target.role == role; });
  };
  const auto add = [&](FaultDomain name, Remedy remedy, std::vector<TargetRole> roles) {
    AddSet(name, remedy, Select(fleet, OneOf(std::move(roles))));
  };
  const int kinds_of_teams =
      int{has(kTeamsHub)} + int{has(kTeamsMediaRelay)} + int{has(kSignIn)} + int{has(kTestCall)};
  const std::vector<TargetRole> teams = {kTeamsHub, kTeamsMediaRelay, kSignIn, kTestCall};
  const auto with = [](std::vector<TargetRole> roles, std::initializer_list<TargetRole> more) {
    roles.insert(roles.end(), more);
    return roles;
  };
  add(FaultDomain::kTeamsSignalling, Remedy::kMove, {kTeamsHub});
  add(FaultDomain::kTeamsMedia, Remedy::kMove, {kTeamsMediaRelay});
  add(FaultDomain::kIdentity, Remedy::kMove, {kSignIn});
  add(FaultDomain::kTeamsCalling, Remedy::kMove, {kTestCall});
  if (kinds_of_teams > 1) add(FaultDomain::kTeamsAll, Remedy::kMove, teams);
  if (has(kMicrosoft365Witness) && kinds_of_teams > 0) {
    add(FaultDomain::kMicrosoft365, Remedy::kMove, with(teams, {kMicrosoft365Witness}));
  }
  // Equal evidence is given to the first of these three: the ISP's witness and the LAN gateway are
  // what tells them apart. A trunk of the carrier has a line of its own.
  const std::vector<TargetRole> beyond =
      with(teams, {kMicrosoft365Witness, kInternetWitness, kVoiceLayer, kVoiceLayerMedia,
                   kBackupHop, kDnsResolver});
  add(FaultDomain::kSiteNetwork, Remedy::kNetwork, with(beyond, {kIspWitness}));
  add(FaultDomain::kIspCore, Remedy::kNetwork, beyond);
  add(FaultDomain::kLan, Remedy::kNetwork, with(beyond, {kIspWitness, kLanGateway}));
  // A fault of the way of all audio: QoS, firewall, UDP. Without audio of our own to compare with,
  // it cannot be told from the relays.
  if (has(kTeamsMediaRelay) && has(kVoiceLayerMedia)) {
    add(FaultDomain::kMediaPath, Remedy::kAudio, {kTeamsMediaRelay, kVoiceLayerMedia});
  }
  AddSet(FaultDomain::kDns, Remedy::kNothing, Select(fleet, [](const Target& target) {
           return target.found_by_name || target.role == kDnsResolver;
         }));
  add(FaultDomain::kVoiceLayer, Remedy::kDisarm, {kVoiceLayer, kVoiceLayerMedia});
  add(FaultDomain::kCarrier, Remedy::kNothing, {kCarrierTrunk});
  sets_ = size();
  Relate(fleet);
}

void Domains::AddSet(FaultDomain name, Remedy remedy, std::vector<TargetIndex> targets) {
  if (targets.empty()) return;
  // Two sets of the same targets with the same remedy: the first one stands for both.
  for (const Domain& other : domains_) {
    if (other.targets == targets && other.remedy == remedy) return;
  }
  domains_.push_back({.name = name, .targets = std::move(targets), .remedy = remedy});
  CHECK(domains_.size() <= 32) << "sets are bits of 32";
}

void Domains::Relate(const Fleet& fleet) {
  using enum TargetRole;
  sets_of_target_.assign(fleet.targets.size(), 0);
  for (DomainIndex set = 0; set < sets_; ++set) {
    const std::uint32_t bit = 1U << set;
    if (IsNetwork((*this)[set].name)) network_sets_ |= bit;
    for (const TargetIndex target : (*this)[set].targets) {
      sets_of_target_[static_cast<std::size_t>(target)] |= bit;
    }
  }
  overlaps_.assign(static_cast<std::size_t>(sets_), 0);
  for (const std::uint32_t sets : sets_of_target_) {
    for (DomainIndex set = 0; set < sets_; ++set) {
      if ((sets >> set & 1U) != 0) overlaps_[static_cast<std::size_t>(set)] |= sets;
    }
  }
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const Target& what = fleet.targets[static_cast<std::size_t>(target)];
    Domain alone = Alone(target, what);
    for (DomainIndex set = 0; set < sets_; ++set) {
      if ((*this)[set].targets == alone.targets) alone.is_candidate = false;
    }
    domains_.push_back(std::move(alone));
    const bool is_voice_layer =
        what.role == kVoiceLayer || what.role == kVoiceLayerMedia || what.role == kBackupHop;
    const bool is_optional = what.role == kBackupHop || what.role == kDnsResolver;
    const std::uint32_t sets = sets_of_target_[static_cast<std::size_t>(target)];
    for (const bool is_vantage : {false, true}) {
      const std::uint32_t by =
          (is_voice_layer && is_vantage) || is_optional ? sets & ~network_sets_ : sets;
      seen_[is_vantage].push_back({.by = by, .required_by = is_optional ? 0 : by});
    }
  }
  for (const Site& site : fleet.sites) is_vantage_.push_back(site.is_vantage);
}

bool Domains::Explains(DomainIndex cause, DomainIndex effect) const {
  if (Overlap(cause, effect)) return true;
  if (!IsCalling((*this)[effect].name)) return false;
  const FaultDomain name = (*this)[cause].name;
  return name == FaultDomain::kTeamsSignalling || name == FaultDomain::kVoiceLayer ||
         IsNetwork(name);
}

bool Domains::Contains(DomainIndex domain, TargetIndex target) const {
  if (domain >= sets_) return domain == alone(target);
  return (sets_of_target_[static_cast<std::size_t>(target)] >> domain & 1U) != 0;
}

std::uint32_t Domains::SetsOverlapping(DomainIndex domain) const {
  return domain < sets_ ? overlaps_[static_cast<std::size_t>(domain)] : 0;
}

bool Domains::Overlap(DomainIndex a, DomainIndex b) const {
  if (a >= sets_) return Contains(b, (*this)[a].alone);
  if (b >= sets_) return Contains(a, (*this)[b].alone);
  return (overlaps_[static_cast<std::size_t>(a)] >> b & 1U) != 0;
}

DomainIndex Domains::Find(FaultDomain name) const {
  for (DomainIndex set = 0; set < sets_; ++set) {
    if ((*this)[set].name == name) return set;
  }
  return kNone;
}

absl::string_view Word(FaultDomain domain) {
  for (const auto& [value, word] : kDomainWords) {
    if (value == domain) return word;
  }
  return "unknown";
}

absl::string_view Word(Scope scope) {
  for (const auto& [value, word] : kScopeWords) {
    if (value == scope) return word;
  }
  return "site";
}

FaultDomain FaultDomainOf(absl::string_view word) {
  for (const auto& [value, name] : kDomainWords) {
    if (name == word) return value;
  }
  return FaultDomain::kUnknown;
}

Scope ScopeOf(absl::string_view word) {
  for (const auto& [value, name] : kScopeWords) {
    if (name == word) return value;
  }
  return Scope::kSite;
}

}  // namespace dialtone::detector
