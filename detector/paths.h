// Which paths there are: a path is one target seen from one site.
#pragma once

#include <vector>

#include "detector/fleet.h"

namespace dialtone::detector {

// Position of a path; those of one target follow each other.
using PathIndex = int;

// Numbers the paths of a fleet densely, so that the hot way from a result to its state is an
// addition (targets that every site probes) or a binary search.
class Paths {
 public:
  explicit Paths(const Fleet& fleet);

  int size() const { return static_cast<int>(ends_.size()); }
  SiteIndex site(PathIndex path) const { return ends_[static_cast<std::size_t>(path)].site; }
  TargetIndex target(PathIndex path) const { return ends_[static_cast<std::size_t>(path)].target; }
  const std::vector<PathIndex>& OfSite(SiteIndex site) const {
    return of_site_[static_cast<std::size_t>(site)];
  }

  // kNone when the site does not probe the target.
  PathIndex Find(SiteIndex site, TargetIndex target) const;

 private:
  struct Ends {
    SiteIndex site = kNone;
    TargetIndex target = kNone;
  };
  struct Span {
    PathIndex first = 0;
    int count = 0;
    bool is_dense = false;  // all sites: path = first + site
  };

  std::vector<Ends> ends_;
  std::vector<Span> of_target_;
  std::vector<std::vector<PathIndex>> of_site_;
};

// Time between two periodic probes of a target.
absl::Duration IntervalOf(const Target& target, const Policy& policy);

}  // namespace dialtone::detector
