#include "detector/accusation.h"

#include <algorithm>
#include <limits>

#include "detector/hypothesis.h"

namespace dialtone::detector {

namespace {

// The first internet witness of a site for which something holds; null: none.
template <typename Holds>
const PathHealth* FindWitness(const Observations& observations, SiteIndex site,
                              const Holds& holds) {
  for (const PathIndex index : observations.paths().OfSite(site)) {
    const TargetIndex target = observations.paths().target(index);
    const PathHealth& path = observations.path(index);
    if (observations.fleet().targets[static_cast<std::size_t>(target)].role ==
            TargetRole::kInternetWitness &&
        holds(path)) {
      return &path;
    }
  }
  return nullptr;
}

// What a scope says of the network, of the domains that explain what `domain` does, too; minus
// infinity where there are none.
float NetworkIn(const Observations& observations, ScopeIndex scope, DomainIndex domain) {
  float best = -std::numeric_limits<float>::infinity();
  const Domains& domains = observations.domains();
  for (DomainIndex set = 0; set < domains.sets(); ++set) {
    if (!Domains::IsNetwork(domains[set].name) || !domains.Overlap(set, domain)) continue;
    best = std::max(best, observations.pooled(scope, set).best());
  }
  return best;
}

// Since when a witness that answers proves the line: since it came back, when nothing was heard of
// it for a while before. A lone loss ends no proof.
absl::Time ProvenSince(const PathHealth& witness) {
  constexpr absl::Duration kAWhile = absl::Seconds(3);
  const absl::Time began = witness.streak_began();
  const PathHealth::Count before = witness.Between(began - kAWhile, began);
  return before.bad >= PathHealth::kSuspect && before.bad == before.all ? began
                                                                        : absl::InfinitePast();
}

}  // namespace

bool MayAccuse(const Observations& observations, SiteIndex site, DomainIndex domain) {
  const Domain& accused = observations.domains()[domain];
  if (Domains::IsNetwork(accused.name)) return true;
  if (Domains::IsMicrosoft(accused.name) &&
      observations.last_internet_good(site) < observations.score(site, domain).onset) {
    return false;
  }
  bool any = false;
  const PathHealth* const proof = FindWitness(observations, site, [&](const PathHealth& witness) {
    if (witness.good_streak() == 0) return false;
    any = true;
    const absl::Time since = ProvenSince(witness);
    return std::ranges::any_of(accused.targets, [&](TargetIndex target) {
      const PathHealth* const path = observations.Find(site, target);
      return path != nullptr && path->last_bad_sent() >= since;
    });
  });
  return proof != nullptr || (!any && !Domains::IsMicrosoft(accused.name));
}

int LeastAccusers(const Observations& observations, ScopeIndex scope, DomainIndex domain,
                  int implicated) {
  constexpr int kLeast = 2;
  constexpr int kPart = 4;
  constexpr float kRivalFrom = 0.125;
  const bool has_rival = NetworkIn(observations, scope, domain) >=
                         kRivalFrom * observations.pooled(scope, domain).best();
  return has_rival ? std::max(kLeast, (implicated + kPart - 1) / kPart) : kLeast;
}

bool IsNetworkAhead(const Observations& observations, ScopeIndex scope, DomainIndex domain) {
  if (!Domains::IsMicrosoft(observations.domains()[domain].name)) return false;
  return NetworkIn(observations, scope, domain) >=
         std::max(observations.pooled(scope, domain).best(), static_cast<float>(kSuspectedNats));
}

absl::Time AccusedSince(const Observations& observations, SiteIndex site, DomainIndex domain) {
  const absl::Time rose = observations.score(site, domain).rose;
  if (!Domains::IsMicrosoft(observations.domains()[domain].name)) return rose;
  absl::Time proven = absl::InfiniteFuture();
  FindWitness(observations, site, [&](const PathHealth& witness) {
    if (witness.good_streak() > 0) proven = std::min(proven, ProvenSince(witness));
    return false;
  });
  return std::max(rose, proven);
}

bool HasSuspectPath(const Observations& observations, SiteIndex site, DomainIndex domain) {
  const Domain& what = observations.domains()[domain];
  if (!Domains::IsMicrosoft(what.name) && what.targets.size() > 1) return false;
  return std::ranges::any_of(what.targets, [&](TargetIndex target) {
    const PathHealth* const path = observations.Find(site, target);
    return path != nullptr && path->bad_streak() >= PathHealth::kSuspect &&
           observations.last_internet_good(site) >= path->streak_began();
  });
}

bool VoiceFailsToo(const Observations& observations, SiteIndex site, const Charge& charge) {
  if (charge.severity > 0 || !Domains::IsNetwork(observations.domains()[charge.domain].name)) {
    return true;
  }
  return std::ranges::all_of(observations.paths().OfSite(site), [&](PathIndex index) {
    const TargetIndex target = observations.paths().target(index);
    return observations.fleet().targets[static_cast<std::size_t>(target)].role !=
               TargetRole::kVoiceLayer ||
           !observations.domains().Requires(charge.domain, target, site) ||
           observations.path(index).Since(charge.since).bad > 0;
  });
}

bool WitnessesFail(const Observations& observations, SiteIndex site, absl::Time since) {
  const auto any = [](const PathHealth&) { return true; };
  const auto lives = [since](const PathHealth& witness) {
    return witness.bad_streak() == 0 || witness.last_bad_sent() < since;
  };
  return FindWitness(observations, site, any) != nullptr &&
         FindWitness(observations, site, lives) == nullptr;
}

bool IsItsOwn(const Observations& observations, SiteIndex site, DomainIndex own, DomainIndex wide) {
  if (observations.domains()[own].remedy == observations.domains()[wide].remedy ||
      IsPartOf(observations, site, own, wide)) {
    return false;
  }
  const bool accuses_beyond = Domains::IsMicrosoft(observations.domains()[own].name) &&
                              Domains::IsNetwork(observations.domains()[wide].name);
  return static_cast<double>(observations.score(site, own).best()) >=
             static_cast<double>(observations.score(site, wide).best()) +
                 (accuses_beyond ? Clearance::kCleanNetworkNats : kLeadNats) ||
         IsPartOf(observations, site, wide, own);
}

bool IsPartOf(const Observations& observations, SiteIndex site, DomainIndex part,
              DomainIndex whole) {
  const Domains& domains = observations.domains();
  const std::vector<TargetIndex>& all = domains[whole].targets;
  const std::vector<TargetIndex>& some = domains[part].targets;
  if (!std::includes(all.begin(), all.end(), some.begin(), some.end())) return false;
  return std::none_of(all.begin(), all.end(), [&](TargetIndex target) {
    if (!domains.Requires(whole, target, site)) return false;
    const PathHealth* const path = observations.Find(site, target);
    return path != nullptr && path->bad_streak() < PathHealth::kSuspect;
  });
}

double LineLeads(const Observations& observations, SiteIndex site, DomainIndex domain) {
  double lead = -std::numeric_limits<double>::infinity();
  const Domains& domains = observations.domains();
  if (Domains::IsNetwork(domains[domain].name)) return lead;
  const float own = observations.score(site, domain).best();
  for (DomainIndex set = 0; set < domains.sets(); ++set) {
    if (!Domains::IsNetwork(domains[set].name) || !domains.Overlap(set, domain)) continue;
    lead = std::max(lead, static_cast<double>(observations.score(site, set).best() - own));
  }
  return lead;
}

DomainIndex BestIn(const Observations& observations, ScopeIndex scope, DomainIndex domain) {
  const Domains& domains = observations.domains();
  DomainIndex best = domain;
  for (const DomainIndex one : observations.AccusedIn(scope)) {
    if (domains[one].remedy == domains[domain].remedy && domains.Overlap(one, domain) &&
        observations.pooled(scope, one).best() > observations.pooled(scope, best).best()) {
      best = one;
    }
  }
  return best;
}

bool IsExplainedInside(const Observations& observations, ScopeIndex scope, DomainIndex domain) {
  for (ScopeIndex inner = 1; inner < observations.scopes().size(); ++inner) {
    if (observations.scopes()[inner].kind >= observations.scopes()[scope].kind) continue;
    const double best =
        static_cast<double>(observations.pooled(inner, BestIn(observations, inner, domain)).best());
    if (best < observations.thresholds().wide) continue;
    if (best > static_cast<double>(observations.pooled(inner, domain).best()) + kLeadNats) {
      return true;
    }
  }
  return false;
}

double LeadOver(FaultDomain one, FaultDomain rival) {
  if (Domains::IsNetwork(one) && rival == FaultDomain::kMediaPath) return -kLeadNats;
  if (one == FaultDomain::kMediaPath && Domains::IsNetwork(rival)) {
    return Clearance::kCleanNetworkNats;
  }
  return kLeadNats;
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
