#include "detector/own_configuration.h"

#include <algorithm>
#include <set>

namespace dialtone::detector {
namespace {

// The set of the fewest targets that holds all of them; of a single one, that one alone.
DomainIndex DomainOf(const Domains& domains, const std::set<TargetIndex>& targets) {
  DomainIndex best = domains.alone(*targets.begin());
  if (targets.size() == 1) return best;
  for (DomainIndex set = 0; set < domains.sets(); ++set) {
    const std::vector<TargetIndex>& held = domains[set].targets;
    if (!std::includes(held.begin(), held.end(), targets.begin(), targets.end())) continue;
    if (domains[best].alone != kNone || held.size() < domains[best].targets.size()) best = set;
  }
  return best;
}

// The smallest scope that holds all of them.
ScopeIndex ScopeOfAll(const Scopes& scopes, const std::vector<SiteIndex>& sites) {
  ScopeIndex best = Scopes::kEveryone;
  for (ScopeIndex scope = 0; scope < scopes.size(); ++scope) {
    if (scopes[scope].kind < scopes[best].kind &&
        std::all_of(sites.begin(), sites.end(),
                    [&](SiteIndex site) { return scopes.Contains(scope, site); })) {
      best = scope;
    }
  }
  return best;
}

}  // namespace

std::optional<Hypothesis> OwnConfiguration(const Fleet& fleet, const Observations& observations,
                                           const Attendance& attendance) {
  std::set<TargetIndex> targets;
  std::set<SiteIndex> sites;
  absl::Time onset = absl::InfiniteFuture();
  for (const PathIndex index : observations.OwnConfigurationPaths()) {
    const SiteIndex site = observations.paths().site(index);
    if (!attendance.is_heard(site)) continue;
    targets.insert(observations.paths().target(index));
    sites.insert(site);
    onset = std::min(onset, observations.path(index).last_sent());
  }
  if (sites.empty()) return std::nullopt;
  Hypothesis found{.domain = DomainOf(observations.domains(), targets),
                   .name = FaultDomain::kCertificate,
                   .scope = Scope::kSite,
                   .scope_name = fleet.sites[static_cast<std::size_t>(*sites.begin())].name,
                   .sites = {sites.begin(), sites.end()},
                   .is_confirmed = true,
                   .onset = onset};
  if (sites.size() > 1) {
    const ScopeSites& where = observations.scopes()[ScopeOfAll(observations.scopes(), found.sites)];
    found.scope = where.kind;
    found.scope_name = where.name;
  }
  return found;
}

}  // namespace dialtone::detector
