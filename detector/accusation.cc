#include "detector/accusation.h"

#include "detector/hypothesis.h"

namespace dialtone::detector {

bool MayAccuse(const Observations& observations, SiteIndex site, DomainIndex domain) {
  if (!Domains::IsMicrosoft(observations.domains()[domain].name)) return true;
  return observations.last_internet_good(site) >= observations.score(site, domain).onset;
}

bool WitnessesFail(const Fleet& fleet, const Observations& observations, SiteIndex site,
                   absl::Time since) {
  bool any = false;
  for (const PathIndex index : observations.paths().OfSite(site)) {
    const TargetIndex target = observations.paths().target(index);
    if (fleet.targets[static_cast<std::size_t>(target)].role != TargetRole::kInternetWitness) {
      continue;
    }
    const PathHealth& path = observations.path(index);
    if (path.bad_streak() == 0 || path.last_bad_sent() < since) return false;
    any = true;
  }
  return any;
}

bool IsItsOwn(const Observations& observations, SiteIndex site, DomainIndex own, DomainIndex wide) {
  return observations.domains()[own].remedy != observations.domains()[wide].remedy &&
         static_cast<double>(observations.score(site, own).best()) >=
             static_cast<double>(observations.score(site, wide).best()) + kLeadNats;
}

}  // namespace dialtone::detector
