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

bool FailsAlone(const Observations& observations, SiteIndex site, DomainIndex part,
                DomainIndex whole) {
  const Domains& domains = observations.domains();
  absl::Time rest_answered = absl::InfiniteFuture();
  absl::Time part_failed = absl::InfinitePast();
  for (const TargetIndex target : domains[whole].targets) {
    const PathHealth* const path = observations.Find(site, target);
    if (path == nullptr) continue;
    if (domains.Contains(part, target)) {
      part_failed = std::max(part_failed, path->last_bad_sent());
    } else if (path->good_streak() > 0) {
      rest_answered = std::min(rest_answered, path->streak_began());
    }
  }
  return part_failed > rest_answered;
}

}  // namespace dialtone::detector
