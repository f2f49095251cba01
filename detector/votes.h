// What each site says for itself, counted up by scope.
#pragma once

#include <vector>

#include "detector/attendance.h"
#include "detector/observations.h"

namespace dialtone::detector {

// What one domain has for it in one scope, site by site.
struct Tally {
  int implicated = 0;
  int accusers = 0;    // sites with odds
  double odds = 0;     // their sum, above kImplicatedNats each
  double largest = 0;  // of one site
  SiteIndex strongest = kNone;
  int voters = 0;                            // sites whose own best explanation this is
  double votes = 0;                          // their nats, less the discount each
  absl::Time rose = absl::InfiniteFuture();  // earliest of the implicated
  absl::Time onset = absl::InfiniteFuture();
  std::vector<double> by_isp = {};  // odds
};

// Nats that a site's vote for a domain is worth less. Lone losses at many sites must not add up to
// a vote (3); lines burst more often than Teams fails (9 for what accuses a line); a call is one
// probe that stands for a minute or more, and domains seen in few targets are rivals of many (6).
double DiscountOf(FaultDomain name);

// Whether any hypothesis may be worth a look. Lone losses come and go all day at some site, and
// what they leave at mild severities lingers: counting it up ten times a second would cost more
// than the probes.
bool MayAnythingBeUp(const Observations& observations);

// All sites that show signs, are heard, and whose evidence is present, counted once.
class Votes {
 public:
  Votes(const Observations& observations, const Attendance& attendance);

  // Null: no site says anything for it.
  const Tally* Find(ScopeIndex scope, DomainIndex domain) const;
  // The sites that were counted, and what each says for a domain: for one that means moving, also
  // by the domains that are parts of it.
  const std::vector<SiteIndex>& sites() const { return sites_; }
  double OddsOf(SiteIndex site, DomainIndex domain) const;
  // The domain that explains a site's evidence best and leads those that would lead to another
  // action; kNone: none does.
  DomainIndex OpinionOf(SiteIndex site) const;
  // Domains with any tally in a scope.
  std::vector<DomainIndex> DomainsIn(ScopeIndex scope) const;

 private:
  double OddsOf(SiteIndex site, DomainIndex domain, bool if_may_accuse) const;
  struct Entry {
    ScopeIndex scope;
    DomainIndex domain;
    Tally tally;
  };
  Tally& At(ScopeIndex scope, DomainIndex domain);
  void Count(SiteIndex site);

  const Observations& observations_;
  std::vector<SiteIndex> sites_;
  std::vector<Tally> tallies_;  // by scope and set
  std::vector<Entry> alone_;    // of single targets; few at a time
};

}  // namespace dialtone::detector
