#include "detector/facts.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dialtone::detector {
namespace {

bool Has(const std::vector<SiteIndex>& sites, SiteIndex site) {
  return std::binary_search(sites.begin(), sites.end(), site);
}

// The target that probes a next hop as a backup; kNone when nothing does.
TargetIndex TargetOfHop(const Fleet& fleet, absl::string_view hop) {
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const Target& what = fleet.targets[static_cast<std::size_t>(target)];
    if (what.role == TargetRole::kBackupHop && what.hop == hop) return target;
  }
  return kNone;
}

// When any hop of a route last answered the vantage; nothing when no probe looks at it.
std::optional<absl::Time> LastAnswer(const Facts& facts, const Group& group,
                                     const std::string& route) {
  const VoiceLayer& layer = facts.fleet.voice_layers[static_cast<std::size_t>(group.voice_layer)];
  std::optional<absl::Time> last;
  for (const RouteHops& known : facts.routers.standing(group.voice_layer).report.routes) {
    if (known.route != route) continue;
    for (const std::string& hop : known.hops) {
      const TargetIndex target = TargetOfHop(facts.fleet, hop);
      if (target == kNone) continue;
      const PathHealth* const path = facts.observations.Find(layer.vantage, target);
      if (path == nullptr) continue;
      last = std::max(last.value_or(absl::InfinitePast()), path->last_good_sent());
    }
  }
  return last;
}

}  // namespace

BackupProof ProofOf(const Facts& facts, GroupIndex group, absl::string_view route, absl::Time now) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const RouterGroup* const known = facts.routers.Find(what);
  if (known == nullptr) return {.words = "its router does not know it"};
  if (known->backup_routes.empty()) return {.words = "it has no backup route"};
  std::vector<std::string> why_not;
  for (const std::string& backup : known->backup_routes) {
    if (!route.empty() && backup != route) continue;
    const std::optional<absl::Time> last = LastAnswer(facts, what, backup);
    if (last.has_value() && *last + kProofLasts > now) {
      return {.route = backup, .words = absl::StrCat(backup, ": proven by OPTIONS only")};
    }
    why_not.push_back(last.has_value()
                          ? absl::StrCat(backup, ": no answer to OPTIONS within ",
                                         absl::FormatDuration(kProofLasts))
                          : absl::StrCat(backup, ": no probe looks at it from the vantage"));
  }
  if (why_not.empty()) {
    return {.words = absl::StrCat("route ", route, " is not one of its backup routes (",
                                  absl::StrJoin(known->backup_routes, ", "), ")")};
  }
  return {.words = absl::StrJoin(why_not, "; "), .is_known = facts.started + kProofLasts <= now};
}

bool MayMove(const Facts& facts, const Diagnosis& diagnosis, GroupIndex group) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const SiteIndex vantage =
      facts.fleet.voice_layers[static_cast<std::size_t>(what.voice_layer)].vantage;
  switch (diagnosis.domain) {
    case FaultDomain::kTeamsSignalling:
    case FaultDomain::kTeamsAll:
    case FaultDomain::kMicrosoft365:
      return Has(diagnosis.sites, vantage);
    case FaultDomain::kTeamsMedia:
    case FaultDomain::kIdentity:
    case FaultDomain::kTeamsCalling:
      return Has(diagnosis.sites, what.site);
    case FaultDomain::kSiteNetwork:
    case FaultDomain::kIspCore:
    case FaultDomain::kMediaPath:
      return what.backup_avoids_uplink && Has(diagnosis.sites, what.site);
    case FaultDomain::kHub:
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

bool IsOurs(const Fleet& fleet, VoiceLayerIndex voice_layer, absl::string_view group) {
  return std::any_of(fleet.groups.begin(), fleet.groups.end(), [&](const Group& ours) {
    return ours.voice_layer == voice_layer && ours.name == group;
  });
}

const ActiveDiagnosis* MovingDiagnosis(const Facts& facts, GroupIndex group) {
  const ActiveDiagnosis* suspected = nullptr;
  for (const ActiveDiagnosis& active : facts.active) {
    if (!MayMove(facts, active.diagnosis, group)) continue;
    if (active.diagnosis.state == DiagnosisState::kConfirmed) return &active;
    if (suspected == nullptr) suspected = &active;
  }
  return suspected;
}

}  // namespace dialtone::detector
