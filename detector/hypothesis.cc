#include "detector/hypothesis.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "detector/accusation.h"
#include "detector/clearance.h"
#include "detector/votes.h"

namespace dialtone::detector {
namespace {

// Hears what speaks for and against every hypothesis, once.
class Hearing {
 public:
  Hearing(const Fleet& fleet, const Observations& observations, const Attendance& attendance,
          absl::Time now)
      : fleet_(fleet),
        observations_(observations),
        attendance_(attendance),
        votes_(observations, attendance),
        clearance_(observations, attendance, now) {}

  std::vector<Hypothesis> All() const;

 private:
  const Domains& domains() const { return observations_.domains(); }
  const Thresholds& thresholds() const { return observations_.thresholds(); }
  std::vector<Hypothesis> InScope(ScopeIndex scope) const;
  std::vector<Hypothesis> AtSite(SiteIndex site) const;
  std::optional<Hypothesis> Pooled(ScopeIndex scope, DomainIndex domain) const;
  bool PoolConvicts(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  bool VotesConvict(ScopeIndex scope, const Tally& tally) const;
  bool IsBroad(ScopeIndex scope, int sites) const;
  bool SpansIsps(ScopeIndex scope, const Tally& tally) const;
  bool IsConcentrated(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  template <typename IsInside>
  bool OthersAreWell(absl::Span<const SiteIndex> sites, const Charge& charge,
                     const IsInside& is_inside, bool if_none) const;
  void FindSites(bool pool_convicts, const Charge& charge, Hypothesis* hypothesis) const;
  std::optional<Hypothesis> OneSite(SiteIndex site, DomainIndex domain) const;
  std::optional<Hypothesis> Unaccusable(SiteIndex site) const;
  bool IsExplained(const Hypothesis& narrow, const std::vector<Hypothesis>& wider) const;
  Charge ChargeOf(DomainIndex domain, const Score& score, absl::Span<const SiteIndex> sites) const;
  // Whether a score leads those of its rivals: other action, same evidence, not refuted.
  template <typename ScoreOf>
  bool Leads(DomainIndex domain, absl::Span<const SiteIndex> sites,
             const std::vector<DomainIndex>& accused, const ScoreOf& score_of) const;

  const Fleet& fleet_;
  const Observations& observations_;
  const Attendance& attendance_;
  const Votes votes_;
  const Clearance clearance_;
};

bool IsOnPeak(const Score& score) {
  return static_cast<double>(score.peak - score.best()) <= kOffPeakNats;
}

bool StandsWithoutStrongest(const Tally& tally, const Thresholds& thresholds) {
  return tally.odds + kImplicatedNats * tally.implicated - tally.largest >= thresholds.rest();
}

// Of hypotheses that one cause explains, the best one.
void KeepUnexplained(const Domains& domains, std::vector<Hypothesis> all,
                     std::vector<Hypothesis>* kept) {
  // Sets come before single targets: with equal evidence the set speaks.
  std::stable_sort(all.begin(), all.end(), [](const Hypothesis& a, const Hypothesis& b) {
    if (a.is_confirmed != b.is_confirmed) return a.is_confirmed;
    return a.score > b.score;
  });
  const auto is_consequence = [&](const Hypothesis& one) {
    return std::any_of(all.begin(), all.end(), [&](const Hypothesis& cause) {
      if (cause.is_confirmed < one.is_confirmed) return false;
      // What may stand behind a line that is dead is silent because of it.
      const TargetIndex alone = domains[one.domain].alone;
      if (Domains::IsNetwork(cause.name) && alone != kNone &&
          domains.Contains(cause.domain, alone) &&
          !domains.Requires(cause.domain, alone, one.sites[0])) {
        return true;
      }
      return !domains.Overlap(cause.domain, one.domain) &&
             domains.Explains(cause.domain, one.domain);
    });
  };
  for (const Hypothesis& one : all) {
    if (is_consequence(one)) continue;
    if (std::none_of(kept->begin(), kept->end(), [&](const Hypothesis& better) {
          return domains.Explains(better.domain, one.domain);
        })) {
      kept->push_back(one);
    }
  }
}

std::vector<Hypothesis> Hearing::All() const {
  std::vector<Hypothesis> found;
  const auto add = [&](std::vector<Hypothesis> here) {
    const std::vector<Hypothesis> wider = found;
    for (Hypothesis& one : here) {
      if (!IsExplained(one, wider)) found.push_back(std::move(one));
    }
  };
  for (ScopeIndex scope = 0; scope < observations_.scopes().size(); ++scope) add(InScope(scope));
  for (const SiteIndex site : votes_.sites()) add(AtSite(site));
  return found;
}

// A wider scope that is confirmed explains a narrower one, unless a site's own fault, of another
// kind, explains it better.
bool Hearing::IsExplained(const Hypothesis& narrow, const std::vector<Hypothesis>& wider) const {
  return std::any_of(wider.begin(), wider.end(), [&](const Hypothesis& wide) {
    if (narrow.is_confirmed && !wide.is_confirmed) return false;
    if (!domains().Explains(wide.domain, narrow.domain) ||
        !std::includes(wide.sites.begin(), wide.sites.end(), narrow.sites.begin(),
                       narrow.sites.end())) {
      return false;
    }
    return narrow.pool != kNone || !narrow.is_confirmed ||
           !IsItsOwn(observations_, narrow.sites[0], narrow.domain, wide.domain);
  });
}

Charge Hearing::ChargeOf(DomainIndex domain, const Score& score,
                         absl::Span<const SiteIndex> sites) const {
  const absl::Time rose = score.rose == absl::InfiniteFuture() ? score.onset : score.rose;
  return {.domain = domain,
          .severity = score.severity(),
          .since = score.severity() == 0 ? std::max(rose, clearance_.Spread(sites, domain)) : rose};
}

template <typename ScoreOf>
bool Hearing::Leads(DomainIndex domain, absl::Span<const SiteIndex> sites,
                    const std::vector<DomainIndex>& accused, const ScoreOf& score_of) const {
  const double nats = static_cast<double>(score_of(domain).best());
  return std::none_of(accused.begin(), accused.end(), [&](DomainIndex rival) {
    if (rival == domain || !domains()[rival].is_candidate ||
        domains()[rival].remedy == domains()[domain].remedy || !domains().Overlap(rival, domain)) {
      return false;
    }
    const Score& score = score_of(rival);
    return nats - static_cast<double>(score.best()) < kLeadNats &&
           clearance_.Refuter(sites, ChargeOf(rival, score, sites)) == kNone;
  });
}

// ---- several sites

std::vector<Hypothesis> Hearing::InScope(ScopeIndex scope) const {
  std::vector<Hypothesis> all;
  for (const DomainIndex domain : votes_.DomainsIn(scope)) {
    if (domains()[domain].name == FaultDomain::kUnknown) continue;
    if (std::optional<Hypothesis> one = Pooled(scope, domain)) all.push_back(*std::move(one));
  }
  std::vector<Hypothesis> kept;
  KeepUnexplained(domains(), std::move(all), &kept);
  return kept;
}

std::optional<Hypothesis> Hearing::Pooled(ScopeIndex scope, DomainIndex domain) const {
  const Tally& tally = *votes_.Find(scope, domain);
  const Score& pool = observations_.pooled(scope, domain);
  const double nats = std::max(static_cast<double>(pool.best()), tally.votes);
  if (tally.implicated < 2 || nats < kSuspectedNats || IsConcentrated(scope, domain, tally)) {
    return std::nullopt;
  }
  const bool pool_convicts = PoolConvicts(scope, domain, tally);
  const bool convicts = pool_convicts || VotesConvict(scope, tally);
  const ScopeSites& where = observations_.scopes()[scope];
  // A vote is about those who voted: what one of them says of its severity, and since when.
  Charge charge =
      pool_convicts || !convicts
          ? ChargeOf(domain, pool, where.sites)
          : Charge{.domain = domain,
                   .severity = observations_.score(tally.strongest, domain).severity(),
                   .since = tally.rose == absl::InfiniteFuture() ? tally.onset : tally.rose};
  Hypothesis found{.domain = domain,
                   .name = domains()[domain].name,
                   .scope = where.kind,
                   .scope_name = where.name,
                   .pool = scope,
                   .score = nats,
                   .severity = charge.severity,
                   .onset = std::min(pool.onset, tally.onset),
                   .rose = std::min(pool.rose, tally.rose)};
  FindSites(pool_convicts, charge, &found);
  if (found.sites.empty()) return std::nullopt;  // all of them prove health
  if (clearance_.Refuter(pool_convicts ? where.sites : found.sites, charge) != kNone) {
    return std::nullopt;
  }
  charge.share = clearance_.ShareAt(pool_convicts ? where.sites : found.hit, charge);
  found.is_confirmed =
      convicts && OthersAreWell(
                      observations_.scopes()[Scopes::kEveryone].sites, charge,
                      [&](SiteIndex site) { return observations_.scopes().Contains(scope, site); },
                      /*if_none=*/true);
  return found;
}

bool Hearing::PoolConvicts(ScopeIndex scope, DomainIndex domain, const Tally& tally) const {
  const Score& pool = observations_.pooled(scope, domain);
  return static_cast<double>(pool.best()) >= thresholds().wide && IsOnPeak(pool) &&
         pool.is_present() && IsBroad(scope, tally.implicated) && SpansIsps(scope, tally) &&
         StandsWithoutStrongest(tally, thresholds()) &&
         Leads(domain, observations_.scopes()[scope].sites, observations_.AccusedIn(scope),
               [&](DomainIndex one) -> const Score& { return observations_.pooled(scope, one); });
}

bool Hearing::VotesConvict(ScopeIndex scope, const Tally& tally) const {
  return tally.votes >= thresholds().votes && IsBroad(scope, tally.voters) &&
         SpansIsps(scope, tally) && StandsWithoutStrongest(tally, thresholds());
}

bool Hearing::IsBroad(ScopeIndex scope, int sites) const {
  const std::vector<SiteIndex>& all = observations_.scopes()[scope].sites;
  const auto heard = std::count_if(all.begin(), all.end(),
                                   [this](SiteIndex site) { return attendance_.is_heard(site); });
  return sites >= 2 && sites >= kLeastBreadth * static_cast<double>(heard);
}

bool Hearing::SpansIsps(ScopeIndex scope, const Tally& tally) const {
  const ScopeSites& where = observations_.scopes()[scope];
  if (where.kind == Scope::kIsp) return true;
  const int first = observations_.scopes().IspOf(where.sites[0]);
  const bool has_several = std::any_of(where.sites.begin(), where.sites.end(), [&](SiteIndex site) {
    return attendance_.is_heard(site) && observations_.scopes().IspOf(site) != first;
  });
  if (!has_several || tally.by_isp.empty()) return true;
  const double most = *std::max_element(tally.by_isp.begin(), tally.by_isp.end());
  return tally.odds - most >= kBeyondOneIsp * tally.odds;
}

// Whether all those of `sites` that are not inside are well; `if_none`: what holds when nobody
// there can say.
template <typename IsInside>
bool Hearing::OthersAreWell(absl::Span<const SiteIndex> sites, const Charge& charge,
                            const IsInside& is_inside, bool if_none) const {
  bool any = false;
  const Clearance::Health health = clearance_.OfThose(sites, charge, [&](SiteIndex site) {
    if (is_inside(site)) return false;
    any = any || std::any_of(domains()[charge.domain].targets.begin(),
                             domains()[charge.domain].targets.end(), [&](TargetIndex target) {
                               return observations_.Find(site, target) != nullptr;
                             });
    return true;
  });
  return any ? health.nats > kOutsideHealthyNats : if_none;
}

// One narrower scope has most of the odds, and the rest next to none.
bool Hearing::IsConcentrated(ScopeIndex scope, DomainIndex domain, const Tally& tally) const {
  const Scopes& scopes = observations_.scopes();
  if (scopes[scope].kind == Scope::kIsp) return false;
  const auto has_most = [&](double part, double most) {
    return part >= most * tally.odds &&
           tally.odds - part < std::max(thresholds().rest(), kBeyondOneIsp * tally.odds);
  };
  if (scopes.isps() > 1 && std::any_of(tally.by_isp.begin(), tally.by_isp.end(), [&](double part) {
        return has_most(part, kConcentratedIsp);
      })) {
    return true;
  }
  if (scopes[scope].kind != Scope::kGlobal) return false;
  for (ScopeIndex inner = 1; inner < scopes.size(); ++inner) {
    if (scopes[inner].kind != Scope::kRegion) continue;
    const Tally* const part = votes_.Find(inner, domain);
    if (part != nullptr && has_most(part->odds, kConcentratedRegion)) return true;
  }
  return false;
}

// Whom it hits: all of the scope when most of those that can tell are implicated, else those that
// are. Sites that prove health are spared; the mute go along with the rest.
void Hearing::FindSites(bool pool_convicts, const Charge& charge, Hypothesis* hypothesis) const {
  std::vector<SiteIndex> implicated;
  std::vector<SiteIndex> undecided;
  int testified = 0;
  // The mute go along with what two ISPs carry; a vantage that stands for others does not.
  const bool takes_mute = hypothesis->scope != Scope::kIsp;
  for (const SiteIndex site : observations_.scopes()[hypothesis->pool].sites) {
    if (!attendance_.is_heard(site)) {
      if (takes_mute && attendance_.is_known(site) &&
          !fleet_.sites[static_cast<std::size_t>(site)].is_vantage) {
        undecided.push_back(site);
      }
      continue;
    }
    const Clearance::Health health = clearance_.Of(site, charge);
    const double odds = votes_.OddsOf(site, charge.domain);
    if (odds > (health.nats < kSparedNats ? kImplicatedNats : thresholds().convinced())) {
      implicated.push_back(site);
      ++testified;
      continue;
    }
    if (health.testified) ++testified;
    if (health.nats < kSparedNats) undecided.push_back(site);
  }
  const auto hit = static_cast<double>(implicated.size());
  hypothesis->hit = implicated;
  hypothesis->sites = std::move(implicated);
  if (hit < kMost * testified && !(pool_convicts && hit >= kMany * testified)) return;
  const std::size_t middle = hypothesis->sites.size();
  hypothesis->sites.insert(hypothesis->sites.end(), undecided.begin(), undecided.end());
  std::inplace_merge(hypothesis->sites.begin(),
                     hypothesis->sites.begin() + static_cast<std::ptrdiff_t>(middle),
                     hypothesis->sites.end());
}

// ---- one site

std::vector<Hypothesis> Hearing::AtSite(SiteIndex site) const {
  std::vector<Hypothesis> all;
  for (const DomainIndex domain : observations_.AccusedAt(site)) {
    if (!domains()[domain].is_candidate || domains()[domain].name == FaultDomain::kUnknown) {
      continue;
    }
    if (std::optional<Hypothesis> one = OneSite(site, domain)) all.push_back(*std::move(one));
  }
  std::vector<Hypothesis> kept;
  KeepUnexplained(domains(), std::move(all), &kept);
  if (kept.empty()) {
    if (std::optional<Hypothesis> unknown = Unaccusable(site)) kept.push_back(*std::move(unknown));
  }
  return kept;
}

std::optional<Hypothesis> Hearing::OneSite(SiteIndex site, DomainIndex domain) const {
  const Score& score = observations_.score(site, domain);
  const double nats = static_cast<double>(score.best());
  if (!MayAccuse(observations_, site, domain) || !score.is_present()) return std::nullopt;
  if (nats < kSuspectedNats && !HasSuspectPath(observations_, site, domain)) return std::nullopt;
  const std::vector<SiteIndex> sites = {site};
  Charge charge = ChargeOf(domain, score, sites);
  if (clearance_.Refuter(sites, charge) != kNone) return std::nullopt;
  charge.share = clearance_.ShareAt(sites, charge);
  Hypothesis found{.domain = domain,
                   .name = domains()[domain].name,
                   .scope = Scope::kSite,
                   .scope_name = fleet_.sites[static_cast<std::size_t>(site)].name,
                   .sites = sites,
                   .hit = sites,
                   .score = nats,
                   .severity = score.severity(),
                   .onset = score.onset,
                   .rose = AccusedSince(observations_, site, domain)};
  found.is_confirmed =
      nats >= thresholds().site && IsOnPeak(score) && VoiceFailsToo(observations_, site, charge) &&
      Leads(domain, sites, observations_.AccusedAt(site),
            [&](DomainIndex one) -> const Score& { return observations_.score(site, one); }) &&
      OthersAreWell(
          observations_.scopes()[Scopes::kEveryone].sites, charge,
          [site](SiteIndex one) { return one == site; }, /*if_none=*/true);
  return found;
}

// Where Teams and all witnesses fail but something off the LAN still answers, nobody is accused.
std::optional<Hypothesis> Hearing::Unaccusable(SiteIndex site) const {
  const DomainIndex signalling = domains().Find(FaultDomain::kTeamsSignalling);
  if (signalling == kNone) return std::nullopt;
  const Score& score = observations_.score(site, WidestOf(observations_, site, signalling));
  const double nats = static_cast<double>(score.best());
  if (nats < kSuspectedNats || !WitnessesFail(observations_, site, score.onset))
    return std::nullopt;
  return Hypothesis{.domain = signalling,
                    .name = FaultDomain::kUnknown,
                    .scope = Scope::kSite,
                    .scope_name = fleet_.sites[static_cast<std::size_t>(site)].name,
                    .sites = {site},
                    .hit = {site},
                    .score = nats,
                    .severity = score.severity(),
                    .is_confirmed = nats >= thresholds().site,
                    .onset = score.onset,
                    .rose = score.rose};
}

}  // namespace

std::vector<Hypothesis> Hypotheses(const Fleet& fleet, const Observations& observations,
                                   const Attendance& attendance, absl::Time now) {
  if (!MayAnythingBeUp(observations)) return {};
  return Hearing(fleet, observations, attendance, now).All();
}

}  // namespace dialtone::detector
