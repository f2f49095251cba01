#include "detector/reach.h"

#include <algorithm>
#include <cmath>

#include "detector/accusation.h"
#include "detector/hypothesis.h"

namespace dialtone::detector {
namespace {

// ln of the chance of just these results, in their order, where a share of all is bad.
double LogChance(const PathHealth::Count& count, double share) {
  return count.bad * std::log(share) + (count.all - count.bad) * std::log(1 - share);
}

// By how many nats "so many of the sites lose that share, the others are well" explains the results
// of each better than "all lose the same": a mixture, for which ones they are is not known.
double SomeNats(const std::vector<PathHealth::Count>& of_each, double hit, double share) {
  PathHealth::Count sum;
  for (const PathHealth::Count& one : of_each) sum += one;
  const double of_all = std::clamp(1.0 * sum.bad / sum.all, kByChance, kSeverities[0]);
  double nats = 0;
  for (const PathHealth::Count& one : of_each) {
    const double is_hit = std::log(hit) + LogChance(one, share);
    const double is_well = std::log(1 - hit) + LogChance(one, kByChance);
    nats += std::max(is_hit, is_well) + std::log1p(std::exp(-std::abs(is_hit - is_well))) -
            LogChance(one, of_all);
  }
  return nats;
}

}  // namespace

Reach ReachFinder::Find(ScopeIndex scope, bool pool_convicts, const Charge& charge) const {
  Said said = Hear(scope, charge);
  // A pool rises and falls with the luck of all; where the fault is seen it may last for long, and
  // who has been well meanwhile is not undecided.
  const absl::Time since = std::min(charge.since, LastsSince(said.implicated, charge.domain));
  if (since < charge.since) {
    Charge earlier = charge;
    earlier.since = since;
    return FindSince(scope, pool_convicts, earlier, Hear(scope, earlier));
  }
  return FindSince(scope, pool_convicts, charge, std::move(said));
}

// Since when half of those sites have evidence without a pause.
absl::Time ReachFinder::LastsSince(const std::vector<SiteIndex>& sites, DomainIndex domain) const {
  std::vector<absl::Time> rose;
  for (const SiteIndex site : sites) rose.push_back(observations_.score(site, domain).rose);
  if (rose.empty()) return absl::InfiniteFuture();
  const auto middle = rose.begin() + static_cast<std::ptrdiff_t>(rose.size() / 2);
  std::nth_element(rose.begin(), middle, rose.end());
  return *middle;
}

Reach ReachFinder::FindSince(ScopeIndex scope, bool pool_convicts, const Charge& charge,
                             Said said) const {
  const double told = said.told;  // of the fault as the pool has seen it
  // Where only a part of a scope is hit, its pool has seen a milder fault than those have.
  // Laplace's rule of succession.
  const double share = (said.of_implicated.bad + 1.0) / (said.of_implicated.all + 2.0);
  if (charge.severity < kLossy && share > ShareFor(charge.severity, /*is_stream=*/false)) {
    Charge harder = charge;
    harder.share = share;
    said = Hear(scope, harder);
  }
  const auto hit = static_cast<double>(said.implicated.size());
  const double testified = hit + said.others;
  Reach reach{.sites = said.implicated, .hit = std::move(said.implicated)};
  reach.is_part =
      said.others > 0 && hit > 0 &&
      SomeNats(said.of_each, hit / testified, std::clamp(share, kByChance, kSeverities[0])) >
          Clearance::kOutsideHealthyNats;
  const bool are_most = hit >= kMost * testified;
  if (reach.is_part || (!are_most && !(pool_convicts && hit >= kMany * (hit + told)))) return reach;
  reach.sites.insert(reach.sites.end(), said.undecided.begin(), said.undecided.end());
  std::sort(reach.sites.begin(), reach.sites.end());
  return reach;
}

ReachFinder::Said ReachFinder::Hear(ScopeIndex scope, const Charge& charge) const {
  Said said;
  // The mute go along with what two ISPs carry.
  const bool takes_mute = observations_.scopes()[scope].kind != Scope::kIsp;
  for (const SiteIndex site : observations_.scopes()[scope].sites) {
    if (!attendance_.is_heard(site)) {
      if (takes_mute && GoesAlong(site)) said.undecided.push_back(site);
      continue;
    }
    const Clearance::Health health = clearance_.Of(site, charge);
    const bool is_spared = health.nats >= kSparedNats;
    const bool has_odds = votes_.OddsOf(site, charge.domain) >
                          (is_spared ? observations_.thresholds().convinced() : kImplicatedNats);
    // Who was well until now joins later, and only by what its own line does not explain.
    const bool is_line = has_odds && LineLeads(observations_, site, charge.domain) >=
                                         kLeadNats * (is_spared ? -1 : 1);
    if (has_odds && !is_line) {
      said.implicated.push_back(site);
      said.of_implicated += health.count;
      if (health.testified) said.of_each.push_back(health.count);
      continue;
    }
    if (!is_spared) said.undecided.push_back(site);
    if (is_line || !health.testified) continue;
    ++said.others;
    said.told += 1 - std::exp(-std::max(health.nats, 0.0));
    said.of_each.push_back(health.count);
  }
  return said;
}

// A vantage that stands for others does not.
bool ReachFinder::GoesAlong(SiteIndex mute) const {
  return attendance_.is_known(mute) && !fleet_.sites[static_cast<std::size_t>(mute)].is_vantage;
}

}  // namespace dialtone::detector
