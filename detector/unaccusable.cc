#include "detector/unaccusable.h"

#include <algorithm>

#include "detector/accusation.h"

namespace dialtone::detector {
namespace {

bool HubsFail(const Observations& observations, SiteIndex site, DomainIndex signalling) {
  const std::vector<TargetIndex>& hubs = observations.domains()[signalling].targets;
  return std::any_of(hubs.begin(), hubs.end(), [&](TargetIndex hub) {
    const PathHealth* const path = observations.Find(site, hub);
    return path != nullptr && path->bad_streak() >= PathHealth::kSuspect;
  });
}

}  // namespace

std::optional<Hypothesis> Unaccusable(const Fleet& fleet, const Observations& observations,
                                      SiteIndex site) {
  const Domains& domains = observations.domains();
  const DomainIndex signalling = domains.Find(FaultDomain::kTeamsSignalling);
  if (signalling == kNone) return std::nullopt;
  // What would explain it best is refuted; how sure it is that something fails, it says
  // nevertheless.
  DomainIndex best = signalling;
  for (const DomainIndex domain : observations.AccusedAt(site)) {
    if (domains.Overlap(domain, signalling) &&
        observations.score(site, domain).best() > observations.score(site, best).best()) {
      best = domain;
    }
  }
  const Score& score = observations.score(site, best);
  const double nats = static_cast<double>(score.best());
  if (nats < kSuspectedNats || !HubsFail(observations, site, signalling) ||
      !WitnessesFail(observations, site, score.onset)) {
    return std::nullopt;
  }
  return Hypothesis{.domain = signalling,
                    .name = FaultDomain::kUnknown,
                    .scope = Scope::kSite,
                    .scope_name = fleet.sites[static_cast<std::size_t>(site)].name,
                    .sites = {site},
                    .hit = {site},
                    .score = nats,
                    .severity = score.severity(),
                    .is_confirmed = nats >= observations.thresholds().site,
                    .onset = score.onset,
                    .rose = score.rose};
}

}  // namespace dialtone::detector
