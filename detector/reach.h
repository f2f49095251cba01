// Whom a fault of several sites hits.
#pragma once

#include <vector>

#include "detector/attendance.h"
#include "detector/clearance.h"
#include "detector/observations.h"
#include "detector/votes.h"

namespace dialtone::detector {

// All sites of a scope go along when so many of those that have testified are implicated ...
inline constexpr double kMost = 0.6;
// ... or so many, while the pooled evidence alone convicts. Of a fault of 5 % a site that answered
// five times has told next to nothing: counted are as many as would have seen it by now.
inline constexpr double kMany = 0.25;
// A site with this much health since the fault began is spared: 1,000 to 1, three good probes of
// what a hard fault would spoil, fourteen of a fault of 40 %.
inline constexpr double kSparedNats = 7;

// The sites that a fault hits, ascending.
struct Reach {
  std::vector<SiteIndex> sites = {};
  std::vector<SiteIndex> hit = {};  // those of them whose own evidence says so
  bool is_part = false;             // the other sites of the scope are well
};

// Tells whom a fault hits, within the sites of one scope.
//
// Implicated is a site with odds of its own, unless it has proven health or its own line explains
// them better. When most of those that can tell are implicated the others go along, too: the mute,
// and those that have not had the time to tell. Unless "some fail and the rest is well" explains
// the results better than "it is the same everywhere"; then it is the implicated alone.
class ReachFinder {
 public:
  ReachFinder(const Fleet& fleet, const Observations& observations, const Attendance& attendance,
              const Votes& votes, const Clearance& clearance)
      : fleet_(fleet),
        observations_(observations),
        attendance_(attendance),
        votes_(votes),
        clearance_(clearance) {}

  Reach Find(ScopeIndex scope, bool pool_convicts, const Charge& charge) const;

 private:
  // Sites by what they say, and what those of each kind counted.
  struct Said {
    std::vector<SiteIndex> implicated = {};
    std::vector<SiteIndex> undecided = {};
    int others = 0;   // testified, and not implicated
    double told = 0;  // how many of these would be implicated by now if the fault hit them
    PathHealth::Count of_implicated = {};
    std::vector<PathHealth::Count> of_each = {};  // of those that have testified
  };
  Said Hear(ScopeIndex scope, const Charge& charge) const;
  absl::Time LastsSince(const std::vector<SiteIndex>& sites, DomainIndex domain) const;
  Reach FindSince(ScopeIndex scope, bool pool_convicts, const Charge& charge, Said said) const;
  bool GoesAlong(SiteIndex mute) const;

  const Fleet& fleet_;
  const Observations& observations_;
  const Attendance& attendance_;
  const Votes& votes_;
  const Clearance& clearance_;
};

}  // namespace dialtone::detector
