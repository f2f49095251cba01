#include "detector/cap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "detector/score.h"

namespace dialtone::detector {
namespace {

bool IsHubEvidence(FaultDomain domain) {
  switch (domain) {
    case FaultDomain::kHub:
    case FaultDomain::kTeamsSignalling:
    case FaultDomain::kTeamsAll:
    case FaultDomain::kMicrosoft365:
      return true;
    case FaultDomain::kTeamsMedia:
    case FaultDomain::kIdentity:
    case FaultDomain::kTeamsCalling:
    case FaultDomain::kSiteNetwork:
    case FaultDomain::kIspCore:
    case FaultDomain::kMediaPath:
    case FaultDomain::kDns:
    case FaultDomain::kVoiceLayer:
    case FaultDomain::kCarrier:
    case FaultDomain::kLan:
    case FaultDomain::kCertificate:
    case FaultDomain::kUnreachable:
    case FaultDomain::kUnknown:
      return false;
  }
  return false;
}

bool IsBroadlyCarried(const Facts& facts, const Diagnosis& diagnosis) {
  switch (diagnosis.scope) {
    case Scope::kGlobal:
    case Scope::kRegion:
      return IspsCarry(facts.fleet, diagnosis);
    case Scope::kIsp:
      return diagnosis.sites.size() >= 2 &&
             std::any_of(facts.fleet.sites.begin(), facts.fleet.sites.end(), [&](const Site& site) {
               const auto index = static_cast<SiteIndex>(&site - facts.fleet.sites.data());
               return site.isp != diagnosis.scope_name && facts.attendance.is_heard(index);
             });
    case Scope::kSite:
    case Scope::kPath:
      return false;
  }
  return false;
}

}  // namespace

Cap::Cap(const Fleet& fleet) : flipped_(fleet.groups.size(), 0), skipped_(fleet.groups.size(), 0) {}

bool Cap::Lifts(const Facts& facts, const ActiveDiagnosis& active, VoiceLayerIndex layer) const {
  const Diagnosis& diagnosis = active.diagnosis;
  const bool is_broad = IsBroadlyCarried(facts, diagnosis);
  if (!IsHubEvidence(diagnosis.domain)) return is_broad;
  const SiteIndex vantage = facts.fleet.voice_layers[static_cast<std::size_t>(layer)].vantage;
  const bool is_hit = std::binary_search(diagnosis.sites.begin(), diagnosis.sites.end(), vantage);
  // Numbers move for media and sign-in then, and the calls of a voice layer that is not concerned
  // know nothing of these.
  if (!is_hit && !IsInScope(facts.fleet.sites[static_cast<std::size_t>(vantage)], diagnosis)) {
    return is_broad;
  }
  if (facts.calls.SawFall(layer, diagnosis.confirmed - kCallsLookBack)) {
    return is_broad || is_hit;
  }
  // The onset may be a lone loss from long before.
  const absl::Time lasts =
      active.lasts_since < absl::InfiniteFuture() ? active.lasts_since : diagnosis.confirmed;
  const double severity = ShareFor(active.severity, /*is_stream=*/false);
  return is_broad && !facts.calls.Contradicts(layer, severity, lasts + kCallsWindow);
}

// ---- the account

Cap::Account::Account(const Cap& cap, const Facts& facts) : cap_(cap), facts_(facts) {
  double all = 0;
  for (GroupIndex group = 0; group < static_cast<int>(cap.flipped_.size()); ++group) {
    const double numbers = Numbers(group);
    all += numbers;
    away_ += numbers * cap.Away(group) / 100;
    if (cap.Flipped(group) > 0) flipped_sites_.insert(SiteOf(group));
  }
  most_ = all * facts.policy.cap_percent / 100;
}

double Cap::Account::Numbers(GroupIndex group) const {
  const RouterGroup* const known =
      facts_.routers.Find(facts_.fleet.groups[static_cast<std::size_t>(group)]);
  return known == nullptr ? 0 : static_cast<double>(known->numbers);
}

SiteIndex Cap::Account::SiteOf(GroupIndex group) const {
  return facts_.fleet.groups[static_cast<std::size_t>(group)].site;
}

bool Cap::Account::Admit(GroupIndex group) {
  const SiteIndex site = SiteOf(group);
  const double then = away_ + Numbers(group) * (100 - cap_.Away(group)) / 100;
  const bool is_only_site =
      flipped_sites_.empty() || (flipped_sites_.size() == 1 && flipped_sites_.contains(site));
  if (then > most_ && !is_only_site) return false;
  away_ = then;
  flipped_sites_.insert(site);
  return true;
}

int Cap::Account::AdmitShare(const std::vector<GroupIndex>& groups) {
  std::map<SiteIndex, double> by_site;
  double asked = 0;
  double elsewhere = away_;
  for (const GroupIndex group : groups) {
    const double numbers = Numbers(group);
    // What a flip has away already is away whatever the skip does.
    asked += numbers * (100 - cap_.Flipped(group)) / 100;
    elsewhere -= numbers * (cap_.Away(group) - cap_.Flipped(group)) / 100;
    by_site[SiteOf(group)] += numbers;
  }
  if (asked <= 0) return 100;
  double most = most_;
  for (const auto& [site, numbers] : by_site) most = std::max(most, numbers);
  const double share = std::clamp((most - elsewhere) / asked, 0.0, 1.0);
  away_ = elsewhere + asked * share;
  return static_cast<int>(std::floor(share * 100 + 1e-9));
}

}  // namespace dialtone::detector
