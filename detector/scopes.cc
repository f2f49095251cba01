#include "detector/scopes.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace dialtone::detector {

Scopes::Scopes(const Fleet& fleet) : of_site_(fleet.sites.size()) {
  const std::size_t all = fleet.sites.size();
  std::map<std::string, std::vector<SiteIndex>> isps;
  std::map<std::string, std::vector<SiteIndex>> regions;
  for (SiteIndex site = 0; site < static_cast<int>(all); ++site) {
    const Site& what = fleet.sites[static_cast<std::size_t>(site)];
    isps[what.isp].push_back(site);
    regions[what.region].push_back(site);
  }
  isp_of_.resize(all);
  for (const auto& [name, sites] : isps) {
    for (const SiteIndex site : sites) isp_of_[static_cast<std::size_t>(site)] = isps_;
    ++isps_;
  }
  std::vector<SiteIndex> everyone(all);
  std::iota(everyone.begin(), everyone.end(), 0);
  scopes_.push_back({.kind = Scope::kGlobal, .sites = std::move(everyone)});
  for (const auto& [name, sites] : regions) {
    if (std::any_of(isps.begin(), isps.end(),
                    [&sites = sites](const auto& isp) { return isp.second == sites; })) {
      continue;
    }
    Add(Scope::kRegion, name, sites, all);
  }
  for (const auto& [name, sites] : isps) Add(Scope::kIsp, name, sites, all);
  for (ScopeIndex scope = 0; scope < size(); ++scope) {
    for (const SiteIndex site : (*this)[scope].sites) {
      of_site_[static_cast<std::size_t>(site)].push_back(scope);
    }
  }
}

void Scopes::Add(Scope kind, const std::string& name, std::vector<SiteIndex> sites,
                 std::size_t all) {
  if (sites.size() < 2 || sites.size() == all) return;
  scopes_.push_back({.kind = kind, .name = name, .sites = std::move(sites)});
}

bool Scopes::Contains(ScopeIndex scope, SiteIndex site) const {
  const absl::Span<const ScopeIndex> scopes = OfSite(site);
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

}  // namespace dialtone::detector
