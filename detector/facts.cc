#include "detector/facts.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace dialtone::detector {
namespace {

bool Has(const std::vector<SiteIndex>& sites, SiteIndex site) {
  return std::binary_search(sites.begin(), sites.end(), site);
}

SiteIndex VantageOf(const Facts& facts, const Group& group) {
  return facts.fleet.voice_layers[static_cast<std::size_t>(group.voice_layer)].vantage;
}

// Whether half of those that are heard in the scope of a diagnosis are among its sites.
bool HitsMost(const Facts& facts, const Diagnosis& diagnosis) {
  int heard = 0;
  int hit = 0;
  for (SiteIndex site = 0; site < static_cast<int>(facts.fleet.sites.size()); ++site) {
    if (!facts.attendance.is_heard(site) ||
        !IsInScope(facts.fleet.sites[static_cast<std::size_t>(site)], diagnosis)) {
      continue;
    }
    ++heard;
    if (Has(diagnosis.sites, site)) ++hit;
  }
  return 2 * hit >= heard;
}

// Whether a mute site goes along with a diagnosis that others carry.
bool GoesAlong(const Facts& facts, const Diagnosis& diagnosis, const Group& group, SiteIndex mute) {
  if (facts.attendance.is_heard(mute) || !facts.attendance.is_known(mute)) return false;
  // With a region at least.
  if (diagnosis.scope < Scope::kRegion) return false;
  if (!IsInScope(facts.fleet.sites[static_cast<std::size_t>(mute)], diagnosis)) return false;
  const SiteIndex vantage = VantageOf(facts, group);
  const bool layer_is_heard = vantage == group.site
                                  ? facts.routers.standing(group.voice_layer).is_up
                                  : facts.attendance.is_heard(vantage);
  return layer_is_heard && IspsCarry(facts.fleet, diagnosis) && HitsMost(facts, diagnosis);
}

// Whose sight of a domain moves a group: its own site's, the vantage's of its voice layer.
struct Movers {
  bool at_site = false;
  bool at_vantage = false;
  bool only_if_avoided = false;  // its backup avoids the site's uplink
};

Movers MoversOf(FaultDomain domain) {
  switch (domain) {
    case FaultDomain::kTeamsSignalling:
      return {.at_vantage = true};
    case FaultDomain::kTeamsAll:
    case FaultDomain::kMicrosoft365:
      return {.at_site = true, .at_vantage = true};
    case FaultDomain::kTeamsMedia:
    case FaultDomain::kIdentity:
    case FaultDomain::kTeamsCalling:
      return {.at_site = true};
    case FaultDomain::kSiteNetwork:
    case FaultDomain::kIspCore:
    case FaultDomain::kMediaPath:
      return {.at_site = true, .only_if_avoided = true};
    case FaultDomain::kHub:
    case FaultDomain::kDns:
    case FaultDomain::kVoiceLayer:
    case FaultDomain::kCarrier:
    case FaultDomain::kLan:
    case FaultDomain::kCertificate:
    case FaultDomain::kUnreachable:
    case FaultDomain::kUnknown:
      return {};
  }
  return {};
}

// One hop of a backup that does not answer is no voice layer: its route proves nothing, others may.
bool IsOneBackup(const Facts& facts, const ActiveDiagnosis& active) {
  if (active.domain == kNone) return false;
  const std::vector<TargetIndex>& targets = facts.observations.domains()[active.domain].targets;
  return std::all_of(targets.begin(), targets.end(), [&facts](TargetIndex target) {
    return facts.fleet.targets[static_cast<std::size_t>(target)].role == TargetRole::kBackupHop;
  });
}

// The diagnosis that disarms a group's backups, null when none does.
const ActiveDiagnosis* Disarming(const Facts& facts, GroupIndex group) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  for (const ActiveDiagnosis& active : facts.active) {
    if (active.diagnosis.domain != FaultDomain::kVoiceLayer || !IsConfirmed(active)) {
      continue;
    }
    if (!Has(active.diagnosis.sites, what.site) || IsOneBackup(facts, active)) continue;
    const ActiveDiagnosis* const moving = MovingDiagnosis(facts, group);
    if (moving != nullptr && ShareFor(moving->severity_now, /*is_stream=*/false) >
                                 ShareFor(active.severity_now, /*is_stream=*/false)) {
      continue;  // Teams is worse
    }
    return &active;
  }
  return nullptr;
}

// The target that probes a next hop as a backup; kNone when nothing does.
TargetIndex TargetOfHop(const Fleet& fleet, absl::string_view hop) {
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const Target& what = fleet.targets[static_cast<std::size_t>(target)];
    if (what.role == TargetRole::kBackupHop && what.hop == hop) return target;
  }
  return kNone;
}

// Whether any of a group's calls draw a route, as its router last said.
bool IsInUse(const RouterGroup& group, const std::string& route) {
  return std::any_of(group.confirmed.begin(), group.confirmed.end(),
                     [&route](const Share& share) { return share.route == route; });
}

// What the vantage's probes say about a route: of its hops the one that says best.
struct Answers {
  bool is_probed = false;
  absl::Time last = absl::InfinitePast();  // answer
  int missing = 0;                         // probes in a row since then
};

Answers AnswersOf(const Facts& facts, const Group& group, const std::string& route) {
  const VoiceLayer& layer = facts.fleet.voice_layers[static_cast<std::size_t>(group.voice_layer)];
  Answers best;
  for (const RouteHops& known : facts.routers.standing(group.voice_layer).report.routes) {
    if (known.route != route) continue;
    for (const std::string& hop : known.hops) {
      const TargetIndex target = TargetOfHop(facts.fleet, hop);
      if (target == kNone) continue;
      const PathHealth* const path = facts.observations.Find(layer.vantage, target);
      if (path == nullptr) continue;
      const Answers of_hop{true, path->last_good_sent(), path->bad_streak()};
      if (!best.is_probed || of_hop.missing < best.missing ||
          (of_hop.missing == best.missing && of_hop.last > best.last)) {
        best = of_hop;
      }
    }
  }
  return best;
}

// Why a backup that is looked at proves nothing.
std::string WhyUnproven(const Answers& answers) {
  if (answers.missing >= kDoubtedAfter) {
    return absl::StrCat("its last ", answers.missing, " probes got no good answer");
  }
  return absl::StrCat("no answer to OPTIONS within ", absl::FormatDuration(kProofLasts));
}

}  // namespace

std::string BackupProof::InBrackets() const {
  return absl::StrCat(route, " (", absl::StripPrefix(words, absl::StrCat(route, ": ")), ")");
}

BackupProof ProofOf(const Facts& facts, GroupIndex group, absl::string_view route, absl::Time now) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const RouterGroup* const known = facts.routers.Find(what);
  if (known == nullptr) return {.words = "its router does not know it"};
  if (known->backup_routes.empty()) return {.words = "it has no backup route"};
  if (const ActiveDiagnosis* const down = Disarming(facts, group)) {
    return {.words =
                absl::StrCat("its voice layer is in trouble itself: ", down->diagnosis.sentence)};
  }
  const SiteIndex vantage = VantageOf(facts, what);
  const bool is_heard = facts.attendance.is_heard(vantage) || !facts.attendance.is_known(vantage);
  const absl::Time silent_since = facts.attendance.last_batch(vantage);
  std::vector<std::string> why_not;
  for (const std::string& backup : known->backup_routes) {
    if (!route.empty() && backup != route) continue;
    const Answers answers = AnswersOf(facts, what, backup);
    if (!answers.is_probed) {
      why_not.push_back(absl::StrCat(backup, ": no probe looks at it from the vantage"));
      continue;
    }
    const int too_many = IsInUse(*known, backup) ? kLeftAfter : kDoubtedAfter;
    if (answers.missing < too_many && answers.last + kProofLasts > now) {
      return {.route = backup, .words = absl::StrCat(backup, ": proven by OPTIONS only")};
    }
    if (answers.missing < too_many && !is_heard && answers.last + kProofLasts > silent_since &&
        silent_since + kSilentProofLasts > now) {
      return {.route = backup,
              .words = absl::StrCat(backup, ": proven by OPTIONS until its agent fell silent")};
    }
    why_not.push_back(absl::StrCat(backup, ": ", WhyUnproven(answers)));
  }
  if (why_not.empty()) {
    return {.words = absl::StrCat("route ", route, " is not one of its backup routes (",
                                  absl::StrJoin(known->backup_routes, ", "), ")")};
  }
  return {.words = absl::StrJoin(why_not, "; "), .is_known = facts.started + kProofLasts <= now};
}

bool MayMove(const Facts& facts, const Diagnosis& diagnosis, GroupIndex group) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const Movers movers = MoversOf(diagnosis.domain);
  const auto is_hit = [&](SiteIndex site) {
    return Has(diagnosis.sites, site) || GoesAlong(facts, diagnosis, what, site);
  };
  if (movers.only_if_avoided && !what.backup_avoids_uplink) return false;
  return (movers.at_site && is_hit(what.site)) ||
         (movers.at_vantage && is_hit(VantageOf(facts, what)));
}

bool IsInScope(const Site& site, const Diagnosis& diagnosis) {
  switch (diagnosis.scope) {
    case Scope::kGlobal:
      return true;
    case Scope::kRegion:
      return site.region == diagnosis.scope_name;
    case Scope::kIsp:
      return site.isp == diagnosis.scope_name;
    case Scope::kSite:
    case Scope::kPath:
      return site.name == diagnosis.scope_name;
  }
  return false;
}

bool IspsCarry(const Fleet& fleet, const Diagnosis& diagnosis) {
  std::set<std::string> carrying;
  for (const SiteIndex site : diagnosis.sites) {
    carrying.insert(fleet.sites[static_cast<std::size_t>(site)].isp);
    if (carrying.size() >= 2) return true;  // mostly the second site; every group asks
  }
  return std::all_of(fleet.sites.begin(), fleet.sites.end(),
                     [&](const Site& site) { return carrying.contains(site.isp); });
}

bool IsCarried(const Facts& facts, const Diagnosis& diagnosis, SiteIndex but) {
  return std::any_of(diagnosis.sites.begin(), diagnosis.sites.end(), [&](SiteIndex site) {
    return site != but && facts.attendance.is_heard(site);
  });
}

bool IsOurs(const Fleet& fleet, VoiceLayerIndex voice_layer, absl::string_view group) {
  return std::any_of(fleet.groups.begin(), fleet.groups.end(), [&](const Group& ours) {
    return ours.voice_layer == voice_layer && ours.name == group;
  });
}

double ShareHurt(const Facts& facts, const ActiveDiagnosis& active) {
  constexpr int kMildest = kSeverityCount - 1;
  constexpr double kRoom = 1.4;
  const double share = ShareFor(active.severity, /*is_stream=*/true);
  if (active.severity != kMildest) return share;
  const Score& score = ScoreOf(facts.observations, active);
  return score.all == 0 ? 0 : std::min(share, kRoom * score.bads / score.all);
}

absl::Duration PersistenceOf(const Policy& policy, const Diagnosis& diagnosis) {
  if (Domains::IsNetwork(diagnosis.domain) || diagnosis.domain == FaultDomain::kMediaPath) {
    return policy.persistence_network;
  }
  switch (diagnosis.scope) {
    case Scope::kGlobal:
    case Scope::kRegion:
      return policy.persistence_wide;
    case Scope::kIsp:
      return policy.persistence_isp;
    case Scope::kSite:
    case Scope::kPath:
      return policy.persistence_site;
  }
  return policy.persistence_site;
}

absl::Time MaturesAt(const Facts& facts, const ActiveDiagnosis& active, GroupIndex group) {
  const Diagnosis& diagnosis = active.diagnosis;
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  absl::Time joined = absl::InfiniteFuture();  // the first of its own
  const auto note = [&](SiteIndex site) {
    if (!Has(diagnosis.sites, site)) return;
    const auto late = active.joined.find(site);
    joined = std::min(joined, late == active.joined.end() ? absl::InfinitePast() : late->second);
  };
  const Movers movers = MoversOf(diagnosis.domain);
  if (movers.at_site) note(what.site);
  if (movers.at_vantage) note(VantageOf(facts, what));
  if (joined == absl::InfiniteFuture()) joined = absl::InfinitePast();  // it goes along
  return std::max(active.lasts_since, joined) + PersistenceOf(facts.policy, diagnosis);
}

const ActiveDiagnosis* MovingDiagnosis(const Facts& facts, GroupIndex group) {
  const ActiveDiagnosis* suspected = nullptr;
  const ActiveDiagnosis* confirmed = nullptr;
  absl::Time matures = absl::InfiniteFuture();
  for (const ActiveDiagnosis& active : facts.active) {
    if (!MayMove(facts, active.diagnosis, group)) continue;
    const bool is_confirmed = IsConfirmed(active);
    if (!is_confirmed && (suspected != nullptr || confirmed != nullptr)) continue;
    if (!is_confirmed) {
      suspected = &active;
      continue;
    }
    const absl::Time then = MaturesAt(facts, active, group);
    if (confirmed == nullptr || then < matures) {
      confirmed = &active;
      matures = then;
    }
  }
  return confirmed != nullptr ? confirmed : suspected;
}

}  // namespace dialtone::detector
