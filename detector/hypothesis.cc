#include "detector/hypothesis.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_format.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostRunnersUp = 5;
// Two bad results in a row on one path are a suspicion.
constexpr int kSuspectStreak = 2;

// The sites of one scope that are heard.
struct ScopeSites {
  Scope scope = Scope::kSite;
  std::string name = {};
  std::vector<SiteIndex> sites = {};
};

// One hypothesis of a scope, weighed.
struct Weighed {
  DomainIndex domain = kNone;
  std::vector<SiteIndex> implicated = {};
  int able = 0;       // heard sites that probe the domain
  double raw = 0;     // sum over the implicated
  double pooled = 0;  // the same, each site limited
  int severity = 0;
  absl::Time onset = absl::InfiniteFuture();
  absl::Time rose = absl::InfiniteFuture();
};

class Weighing {
 public:
  Weighing(const Fleet& fleet, const Observations& observations, const Attendance& attendance)
      : fleet_(fleet), observations_(observations) {
    for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()); ++site) {
      if (attendance.is_heard(site)) heard_.push_back(site);
    }
  }

  std::vector<ScopeSites> WidestFirst() const;
  // Hypotheses of one scope that do not overlap, best first.
  std::vector<Hypothesis> Of(const ScopeSites& scope) const;

 private:
  const Site& site(SiteIndex index) const { return fleet_.sites[static_cast<std::size_t>(index)]; }
  Weighed Weigh(DomainIndex domain, const ScopeSites& scope) const;
  bool IsPresent(SiteIndex site, DomainIndex domain) const;
  absl::Time Rose(SiteIndex site, DomainIndex domain) const;
  bool IsBroad(const Weighed& weighed, const ScopeSites& scope) const;
  bool PathIsSuspect(const Weighed& weighed) const;
  double BestRival(const Weighed& weighed, std::vector<RunnerUp>* runners_up, Scope scope) const;
  Hypothesis Name(const Weighed& weighed, const ScopeSites& scope) const;

  const Fleet& fleet_;
  const Observations& observations_;
  std::vector<SiteIndex> heard_;
};

std::vector<ScopeSites> Weighing::WidestFirst() const {
  std::vector<ScopeSites> scopes = {{.scope = Scope::kGlobal, .sites = heard_}};
  std::set<std::string> regions;
  std::set<std::string> isps;
  for (const SiteIndex index : heard_) {
    regions.insert(site(index).region);
    isps.insert(site(index).isp);
  }
  const auto add = [&](Scope scope, const std::string& name, auto&& belongs) {
    ScopeSites sites{.scope = scope, .name = name};
    std::copy_if(heard_.begin(), heard_.end(), std::back_inserter(sites.sites), belongs);
    if (sites.sites.size() >= 2 && sites.sites.size() < heard_.size()) scopes.push_back(sites);
  };
  for (const std::string& isp : isps) {
    add(Scope::kIsp, isp, [&](SiteIndex index) { return site(index).isp == isp; });
  }
  for (const std::string& region : regions) {
    add(Scope::kRegion, region, [&](SiteIndex index) { return site(index).region == region; });
  }
  for (const SiteIndex index : heard_) {
    scopes.push_back({.scope = Scope::kSite, .name = site(index).name, .sites = {index}});
  }
  return scopes;
}

// A hard fault that is still there shows in the latest result of some path.
bool Weighing::IsPresent(SiteIndex site, DomainIndex domain) const {
  if (observations_.score(site, domain).severity() > 0) return true;
  for (const TargetIndex target : observations_.domains()[domain].targets) {
    const PathHealth* const path = observations_.Find(site, target);
    if (path != nullptr && path->bad_streak() > 0) return true;
  }
  return false;
}

// Since when the fault lasts: a hard one since the losses that are still unanswered began, so that
// a lone loss from minutes ago starts no clock; a partial one since its score left the ground.
absl::Time Weighing::Rose(SiteIndex site, DomainIndex domain) const {
  const Score& score = observations_.score(site, domain);
  if (score.severity() > 0) return score.rose;
  absl::Time rose = absl::InfiniteFuture();
  for (const TargetIndex target : observations_.domains()[domain].targets) {
    const PathHealth* const path = observations_.Find(site, target);
    if (path != nullptr && path->bad_streak() > 0) rose = std::min(rose, path->streak_began());
  }
  return rose;
}

Weighed Weighing::Weigh(DomainIndex domain, const ScopeSites& scope) const {
  Weighed weighed{.domain = domain};
  double most = 0;
  for (const SiteIndex site : scope.sites) {
    const std::vector<TargetIndex>& targets = observations_.domains()[domain].targets;
    if (std::none_of(targets.begin(), targets.end(), [&](TargetIndex target) {
          return observations_.Find(site, target) != nullptr;
        })) {
      continue;
    }
    ++weighed.able;
    const Score& score = observations_.score(site, domain);
    const double best = static_cast<double>(score.best());
    if (best <= kImplicatedNats || !MayAccuse(fleet_, observations_, site, domain) ||
        !IsPresent(site, domain)) {
      continue;
    }
    weighed.implicated.push_back(site);
    weighed.raw += best;
    weighed.pooled += std::min(best, kMostNatsOfOneSite);
    weighed.onset = std::min(weighed.onset, score.onset);
    weighed.rose = std::min(weighed.rose, Rose(site, domain));
    if (best > most) {
      most = best;
      weighed.severity = score.severity();
    }
  }
  return weighed;
}

bool Weighing::IsBroad(const Weighed& weighed, const ScopeSites& scope) const {
  if (scope.scope == Scope::kSite) return !weighed.implicated.empty();
  if (weighed.implicated.size() < 2) return false;
  if (static_cast<double>(weighed.implicated.size()) < kBreadth * weighed.able) return false;
  if (scope.scope == Scope::kIsp) return true;
  std::set<std::string> isps;
  for (const SiteIndex index : weighed.implicated) isps.insert(site(index).isp);
  std::set<std::string> all;
  for (const SiteIndex index : scope.sites) all.insert(site(index).isp);
  return isps.size() >= 2 || all.size() == 1;
}

bool Weighing::PathIsSuspect(const Weighed& weighed) const {
  for (const SiteIndex site : weighed.implicated) {
    for (const TargetIndex target : observations_.domains()[weighed.domain].targets) {
      const PathHealth* const path = observations_.Find(site, target);
      if (path != nullptr && path->bad_streak() >= kSuspectStreak &&
          observations_.last_internet_good(site) >= path->streak_began()) {
        return true;
      }
    }
  }
  return false;
}

// The best score, at the same sites, of a hypothesis that would lead to another action.
double Weighing::BestRival(const Weighed& weighed, std::vector<RunnerUp>* runners_up,
                           Scope scope) const {
  const Domains& domains = observations_.domains();
  double best = 0;
  for (DomainIndex rival = 0; rival < domains.size(); ++rival) {
    if (rival == weighed.domain || !domains[rival].is_candidate) continue;
    if (!domains.Overlap(rival, weighed.domain)) continue;
    double raw = 0;
    for (const SiteIndex site : weighed.implicated) {
      raw += static_cast<double>(observations_.score(site, rival).best());
    }
    if (raw <= 0) continue;
    if (domains[rival].remedy != domains[weighed.domain].remedy) best = std::max(best, raw);
    runners_up->push_back(
        {.domain = domains[rival].name,
         .hub = domains[rival].name == FaultDomain::kHub ? domains[rival].alone : kNone,
         .scope = scope,
         .score = raw,
         .why = absl::StrFormat("explains less: %.1f against %.1f nats", raw, weighed.raw)});
  }
  std::sort(runners_up->begin(), runners_up->end(),
            [](const RunnerUp& a, const RunnerUp& b) { return a.score > b.score; });
  if (runners_up->size() > kMostRunnersUp) runners_up->resize(kMostRunnersUp);
  return best;
}

Hypothesis Weighing::Name(const Weighed& weighed, const ScopeSites& scope) const {
  Hypothesis hypothesis{.domain = weighed.domain,
                        .name = observations_.domains()[weighed.domain].name,
                        .scope = scope.scope,
                        .scope_name = scope.name,
                        .sites = weighed.implicated,
                        .score = weighed.raw,
                        .severity = weighed.severity,
                        .onset = weighed.onset,
                        .rose = weighed.rose};
  const double rival = BestRival(weighed, &hypothesis.runners_up, scope.scope);
  const bool is_site = scope.scope == Scope::kSite;
  const double enough =
      is_site ? weighed.raw - kConfirmedNatsSite : weighed.pooled - kConfirmedNatsWide;
  hypothesis.is_confirmed = enough >= 0 && weighed.raw - rival >= kLeadNats;
  return hypothesis;
}

std::vector<Hypothesis> Weighing::Of(const ScopeSites& scope) const {
  const Domains& domains = observations_.domains();
  std::vector<Weighed> all;
  for (DomainIndex domain = 0; domain < domains.size(); ++domain) {
    const Domain& what = domains[domain];
    if (!what.is_candidate || what.name == FaultDomain::kUnknown) continue;
    // A network belongs to one site, an ISP's core to the sites of that ISP.
    if (Domains::IsNetwork(what.name) && scope.scope != Scope::kSite &&
        !(what.name == FaultDomain::kIspCore && scope.scope == Scope::kIsp)) {
      continue;
    }
    Weighed weighed = Weigh(domain, scope);
    if (IsBroad(weighed, scope)) all.push_back(std::move(weighed));
  }
  // Sets come before single targets: with equal evidence the set speaks.
  std::stable_sort(all.begin(), all.end(),
                   [](const Weighed& a, const Weighed& b) { return a.raw > b.raw; });
  std::vector<Hypothesis> found;
  for (const Weighed& weighed : all) {
    if (std::any_of(found.begin(), found.end(), [&](const Hypothesis& better) {
          return domains.Overlap(better.domain, weighed.domain);
        })) {
      continue;
    }
    if (weighed.pooled < kSuspectedNats && !PathIsSuspect(weighed)) continue;
    found.push_back(Name(weighed, scope));
  }
  return found;
}

bool IsWithin(const std::vector<SiteIndex>& inner, const std::vector<SiteIndex>& outer) {
  return std::includes(outer.begin(), outer.end(), inner.begin(), inner.end());
}

// Whether every internet witness of the site has failed since `since`. Not heard is not failing.
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

// Where Teams and all witnesses fail but something off the LAN still answers, nobody is accused.
std::optional<Hypothesis> Unaccusable(const Fleet& fleet, const Observations& observations,
                                      SiteIndex site) {
  const Domains& domains = observations.domains();
  const DomainIndex signalling = domains.Find(FaultDomain::kTeamsSignalling);
  if (signalling == kNone) return std::nullopt;
  const Score& score = observations.score(site, signalling);
  const double best = static_cast<double>(score.best());
  if (best < kSuspectedNats || !WitnessesFail(fleet, observations, site, score.onset)) {
    return std::nullopt;
  }
  return Hypothesis{.domain = signalling,
                    .name = FaultDomain::kUnknown,
                    .scope = Scope::kSite,
                    .scope_name = fleet.sites[static_cast<std::size_t>(site)].name,
                    .sites = {site},
                    .score = best,
                    .severity = score.severity(),
                    .is_confirmed = best >= kConfirmedNatsSite,
                    .onset = score.onset};
}

}  // namespace

bool MayAccuse(const Fleet& fleet, const Observations& observations, SiteIndex site,
               DomainIndex domain) {
  const Domain& what = observations.domains()[domain];
  if (Domains::IsMicrosoft(what.name)) {
    return observations.last_internet_good(site) >= observations.score(site, domain).onset;
  }
  if (!Domains::IsNetwork(what.name)) return true;
  const std::uint32_t bit = 1U << domain;
  std::set<TargetRole> probed;
  std::set<TargetRole> bad;
  for (const TargetIndex target : what.targets) {
    const PathHealth* const path = observations.Find(site, target);
    if (path == nullptr || (observations.domains().SetsOf(target, site) & bit) == 0) continue;
    const TargetRole role = fleet.targets[static_cast<std::size_t>(target)].role;
    if (role == TargetRole::kBackupHop) continue;  // may stand in the branch itself
    probed.insert(role);
    if (path->bad_streak() > 0) bad.insert(role);
  }
  return probed == bad;
}

std::vector<Hypothesis> Hypotheses(const Fleet& fleet, const Observations& observations,
                                   const Attendance& attendance) {
  bool any = false;
  for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()) && !any; ++site) {
    any = attendance.is_heard(site) && observations.HasSigns(site);
  }
  if (!any) return {};
  const Weighing weighing(fleet, observations, attendance);
  std::vector<Hypothesis> found;
  for (const ScopeSites& scope : weighing.WidestFirst()) {
    std::vector<Hypothesis> here = weighing.Of(scope);
    if (here.empty() && scope.scope == Scope::kSite) {
      if (auto unknown = Unaccusable(fleet, observations, scope.sites[0])) here.push_back(*unknown);
    }
    for (Hypothesis& hypothesis : here) {
      const bool is_explained =
          std::any_of(found.begin(), found.end(), [&](const Hypothesis& wider) {
            return observations.domains().Overlap(wider.domain, hypothesis.domain) &&
                   IsWithin(hypothesis.sites, wider.sites);
          });
      if (!is_explained) found.push_back(std::move(hypothesis));
    }
  }
  return found;
}

}  // namespace dialtone::detector
