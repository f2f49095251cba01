// The scopes that hold several sites: everyone, each ISP, each region.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// Position in Scopes. 0 is everyone.
using ScopeIndex = int;

// One of them.
struct ScopeSites {
  Scope kind = Scope::kGlobal;
  std::string name = {};
  std::vector<SiteIndex> sites = {};  // ascending
};

// Numbers the scopes of a fleet, widest first: everyone, regions, ISPs. An ISP or a region of one
// site is that site, one of all sites is everyone, and a region with the sites of one ISP is that
// ISP: the smaller word.
class Scopes {
 public:
  explicit Scopes(const Fleet& fleet);

  static constexpr ScopeIndex kEveryone = 0;

  int size() const { return static_cast<int>(scopes_.size()); }
  const ScopeSites& operator[](ScopeIndex scope) const {
    return scopes_[static_cast<std::size_t>(scope)];
  }
  // The scopes that hold a site, widest first.
  absl::Span<const ScopeIndex> OfSite(SiteIndex site) const {
    return of_site_[static_cast<std::size_t>(site)];
  }
  bool Contains(ScopeIndex scope, SiteIndex site) const;

  // Number of the ISP of a site, 0 ... isps() - 1, whether it is a scope or not.
  int IspOf(SiteIndex site) const { return isp_of_[static_cast<std::size_t>(site)]; }
  int isps() const { return isps_; }

 private:
  void Add(Scope kind, const std::string& name, std::vector<SiteIndex> sites, std::size_t all);

  std::vector<ScopeSites> scopes_;
  std::vector<std::vector<ScopeIndex>> of_site_;
  std::vector<int> isp_of_;
  int isps_ = 0;
};

}  // namespace dialtone::detector
