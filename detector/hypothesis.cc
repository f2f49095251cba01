#include "detector/hypothesis.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "detector/accusation.h"
#include "detector/clearance.h"
#include "detector/reach.h"
#include "detector/unaccusable.h"
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
        now_(now),
        votes_(observations, attendance),
        clearance_(observations, attendance, now),
        reach_(fleet, observations, attendance, votes_, clearance_) {}

  std::vector<Hypothesis> All() const;

 private:
  const Domains& domains() const { return observations_.domains(); }
  const Thresholds& thresholds() const { return observations_.thresholds(); }
  std::vector<Hypothesis> InScope(ScopeIndex scope) const;
  std::vector<Hypothesis> AtSite(SiteIndex site, const std::vector<Hypothesis>& wider) const;
  std::optional<Hypothesis> Pooled(ScopeIndex scope, DomainIndex domain) const;
  bool PoolConvicts(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  bool VotesConvict(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  bool IsBroad(ScopeIndex scope, int sites) const;
  bool SpansIsps(ScopeIndex scope, const Tally& tally) const;
  bool IsConcentrated(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  bool NarrowerSpeaks(ScopeIndex scope, DomainIndex domain, const Tally& tally) const;
  std::optional<Hypothesis> OneSite(SiteIndex site, DomainIndex domain,
                                    const std::vector<Hypothesis>& wider) const;
  bool Explains(const Hypothesis& wide, DomainIndex domain,
                absl::Span<const SiteIndex> sites) const;
  bool IsExplained(const Hypothesis& narrow, const std::vector<Hypothesis>& wider) const;
  bool IsExplained(SiteIndex site, DomainIndex domain, const std::vector<Hypothesis>& wider) const;
  Charge ChargeOf(DomainIndex domain, const Score& score, absl::Span<const SiteIndex> sites) const;
  bool Lasts(const Hypothesis& at_site) const;
  // Whether a score leads those of its rivals: other action, same evidence, not refuted.
  template <typename ScoreOf>
  bool Leads(DomainIndex domain, absl::Span<const SiteIndex> sites,
             const std::vector<DomainIndex>& accused, const ScoreOf& score_of) const;

  const Fleet& fleet_;
  const Observations& observations_;
  const Attendance& attendance_;
  const absl::Time now_;
  const Votes votes_;
  const Clearance clearance_;
  const ReachFinder reach_;
};

bool IsOnPeak(const Score& score) {
  return static_cast<double>(score.peak - score.best()) <= kOffPeakNats;
}

bool StandsWithoutStrongest(const Tally& tally, const Thresholds& thresholds) {
  return tally.odds + kImplicatedNats * tally.implicated - tally.largest >= thresholds.rest();
}

// Of hypotheses that one cause explains, the best one.
std::vector<Hypothesis> Unexplained(const Observations& observations, std::vector<Hypothesis> all) {
  const Domains& domains = observations.domains();
  // What each of several sites has of its own fails at one of them at a time.
  const auto is_of_each = [](const Hypothesis& one) {
    return one.pool != kNone &&
           (one.name == FaultDomain::kSiteNetwork || one.name == FaultDomain::kLan);
  };
  // Sets come before single targets: with equal evidence the set speaks. What sites say each for
  // itself is another measure than what they say together.
  std::stable_sort(all.begin(), all.end(), [&](const Hypothesis& a, const Hypothesis& b) {
    return std::tuple(b.is_confirmed, b.is_pooled, b.score, is_of_each(a)) <
           std::tuple(a.is_confirmed, a.is_pooled, a.score, is_of_each(b));
  });
  const auto is_consequence = [&](const Hypothesis& one) {
    return std::any_of(all.begin(), all.end(), [&](const Hypothesis& cause) {
      if (cause.is_confirmed < one.is_confirmed) return false;
      if (std::includes(cause.hit.begin(), cause.hit.end(), one.hit.begin(), one.hit.end()) &&
          std::all_of(one.hit.begin(), one.hit.end(), [&](SiteIndex site) {
            return domains[one.domain].remedy != domains[cause.domain].remedy &&
                   IsPartOf(observations, site, one.domain, cause.domain);
          })) {
        return true;
      }
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
  std::vector<Hypothesis> kept;
  for (const Hypothesis& one : all) {
    const bool is_said = std::ranges::any_of(kept, [&](const Hypothesis& better) {
      return domains.Explains(better.domain, one.domain);
    });
    if (!is_said && !is_consequence(one)) kept.push_back(one);
  }
  return kept;
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
  const std::vector<Hypothesis> wide = found;
  for (const SiteIndex site : votes_.sites()) add(AtSite(site, wide));
  return found;
}

bool Hearing::Explains(const Hypothesis& wide, DomainIndex domain,
                       absl::Span<const SiteIndex> sites) const {
  return domains().Explains(wide.domain, domain) && std::ranges::includes(wide.sites, sites);
}

// A wider scope that is confirmed explains a narrower one, unless a site's own fault, of another
// kind, explains it better.
bool Hearing::IsExplained(const Hypothesis& narrow, const std::vector<Hypothesis>& wider) const {
  if (narrow.is_confirmed && narrow.pool == kNone) {
    return IsExplained(narrow.sites[0], narrow.domain, wider);
  }
  return std::ranges::any_of(wider, [&](const Hypothesis& wide) {
    return (wide.is_confirmed || !narrow.is_confirmed) &&
           Explains(wide, narrow.domain, narrow.sites);
  });
}

bool Hearing::IsExplained(SiteIndex site, DomainIndex domain,
                          const std::vector<Hypothesis>& wider) const {
  return std::ranges::any_of(wider, [&](const Hypothesis& wide) {
    return wide.is_confirmed && Explains(wide, domain, absl::MakeConstSpan(&site, 1)) &&
           !IsItsOwn(observations_, site, domain, wide.domain);
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
  const bool is_lossy = score_of(domain).severity() >= kLossy;
  return std::none_of(accused.begin(), accused.end(), [&](DomainIndex rival) {
    // Audio is sampled less often than requests are, and confirmed later: not before it is beaten.
    if (is_lossy && domains()[rival].name == FaultDomain::kTeamsMedia &&
        Domains::IsMicrosoft(domains()[domain].name) && rival != domain) {
      return nats < static_cast<double>(score_of(rival).best());
    }
    if (rival == domain || !domains()[rival].is_candidate ||
        domains()[rival].remedy == domains()[domain].remedy || !domains().Overlap(rival, domain)) {
      return false;
    }
    if (sites.size() == 1 && IsPartOf(observations_, sites[0], rival, domain)) return false;
    const Score& score = score_of(rival);
    return nats - static_cast<double>(score.best()) <
               LeadOver(domains()[domain].name, domains()[rival].name) &&
           clearance_.Refuter(sites, ChargeOf(rival, score, sites),
                              Domains::IsNetwork(domains()[rival].name)
                                  ? Clearance::kCleanNetworkNats
                                  : Clearance::kCleanNats) == kNone;
  });
}

// ---- several sites

std::vector<Hypothesis> Hearing::InScope(ScopeIndex scope) const {
  std::vector<Hypothesis> all;
  for (const DomainIndex domain : votes_.DomainsIn(scope)) {
    if (domains()[domain].name == FaultDomain::kUnknown) continue;
    if (std::optional<Hypothesis> one = Pooled(scope, domain)) all.push_back(*std::move(one));
  }
  return Unexplained(observations_, std::move(all));
}

std::optional<Hypothesis> Hearing::Pooled(ScopeIndex scope, DomainIndex domain) const {
  const Tally& tally = *votes_.Find(scope, domain);
  const Score& pool = observations_.pooled(scope, domain);
  const double nats = std::max(static_cast<double>(pool.best()), tally.votes);
  if (tally.implicated < 2 || nats < kSuspectedNats || IsConcentrated(scope, domain, tally)) {
    return std::nullopt;
  }
  const bool pool_convicts = PoolConvicts(scope, domain, tally);
  const bool convicts = pool_convicts || VotesConvict(scope, domain, tally);
  if (convicts && NarrowerSpeaks(scope, domain, tally)) return std::nullopt;
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
                   .score = pool_convicts ? static_cast<double>(pool.best()) : nats,
                   .is_pooled = pool_convicts,
                   .severity = charge.severity,
                   .onset = std::min(pool.onset, tally.onset),
                   .rose = std::min(pool.rose, tally.rose)};
  Reach reach = reach_.Find(scope, pool_convicts, charge);
  found.sites = std::move(reach.sites);
  found.hit = std::move(reach.hit);
  found.is_part = reach.is_part;
  if (found.hit.size() < 2) return std::nullopt;  // the others prove health
  if (clearance_.Refuter(pool_convicts ? where.sites : found.sites, charge) != kNone) {
    return std::nullopt;
  }
  found.is_confirmed =
      convicts &&
      clearance_.OthersAreWell(
          observations_.scopes()[Scopes::kEveryone].sites, pool_convicts ? where.sites : found.hit,
          charge, [&](SiteIndex site) { return observations_.scopes().Contains(scope, site); },
          /*if_none=*/true);
  return found;
}

bool Hearing::PoolConvicts(ScopeIndex scope, DomainIndex domain, const Tally& tally) const {
  const Score& pool = observations_.pooled(scope, domain);
  return static_cast<double>(pool.best()) >= thresholds().wide && IsOnPeak(pool) &&
         pool.is_present() &&
         tally.accusers >= LeastAccusers(observations_, scope, domain, tally.implicated) &&
         IsBroad(scope, tally.implicated) && SpansIsps(scope, tally) &&
         StandsWithoutStrongest(tally, thresholds()) &&
         !IsExplainedInside(observations_, scope, domain) &&
         Leads(domain, observations_.scopes()[scope].sites, observations_.AccusedIn(scope),
               [&](DomainIndex one) -> const Score& { return observations_.pooled(scope, one); });
}

bool Hearing::VotesConvict(ScopeIndex scope, DomainIndex domain, const Tally& tally) const {
  return tally.votes >= thresholds().votes && IsBroad(scope, tally.voters) &&
         SpansIsps(scope, tally) && StandsWithoutStrongest(tally, thresholds()) &&
         !IsNetworkAhead(observations_, scope, domain);
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

// One narrower scope convicts with most of the odds, and those outside of it are well, for what is
// seen inside.
bool Hearing::NarrowerSpeaks(ScopeIndex scope, DomainIndex domain, const Tally& tally) const {
  const Scopes& scopes = observations_.scopes();
  if (scopes[scope].kind == Scope::kIsp) return false;
  for (ScopeIndex inner = 1; inner < scopes.size(); ++inner) {
    const Tally* const part = votes_.Find(inner, domain);
    if (inner == scope || part == nullptr || part->implicated < 2 ||
        part->odds < kMost * tally.odds || scopes[inner].kind == scopes[scope].kind) {
      continue;
    }
    const DomainIndex said = BestIn(observations_, inner, domain);
    const Score& pool = observations_.pooled(inner, said);
    if (static_cast<double>(pool.best()) < thresholds().wide) continue;
    const std::vector<SiteIndex>& sites = scopes[inner].sites;
    Charge charge = ChargeOf(said, pool, sites);
    std::vector<SiteIndex> others;
    std::ranges::set_difference(scopes[scope].sites, sites, std::back_inserter(others));
    // They may have been well until a moment ago: a second region fails after a first.
    if (charge.severity == 0) {
      charge.since = std::max(charge.since, clearance_.Spread(others, domain));
    }
    if (clearance_.OthersAreWell(
            others, sites, charge, [](SiteIndex) { return false; }, /*if_none=*/false)) {
      return true;
    }
  }
  return false;
}

// ---- one site

std::vector<Hypothesis> Hearing::AtSite(SiteIndex site,
                                        const std::vector<Hypothesis>& wider) const {
  std::vector<Hypothesis> all;
  for (const DomainIndex domain : observations_.AccusedAt(site)) {
    if (!domains()[domain].is_candidate || domains()[domain].name == FaultDomain::kUnknown) {
      continue;
    }
    if (std::optional<Hypothesis> one = OneSite(site, domain, wider))
      all.push_back(*std::move(one));
  }
  std::vector<Hypothesis> kept = Unexplained(observations_, std::move(all));
  if (!kept.empty()) return kept;
  if (auto unknown = Unaccusable(fleet_, observations_, site)) kept.push_back(*std::move(unknown));
  return kept;
}

bool Hearing::Lasts(const Hypothesis& at_site) const {
  if (Domains::IsNetwork(at_site.name)) return now_ - at_site.rose >= kLastsAsNetwork;
  return domains()[at_site.domain].remedy != Remedy::kMove || now_ - at_site.rose >= kLastsToMove;
}

std::optional<Hypothesis> Hearing::OneSite(SiteIndex site, DomainIndex domain,
                                           const std::vector<Hypothesis>& wider) const {
  const Score& score = observations_.score(site, domain);
  const double nats = static_cast<double>(score.best());
  if (!MayAccuse(observations_, site, domain) || !score.is_present()) return std::nullopt;
  if (nats < kSuspectedNats && !HasSuspectPath(observations_, site, domain)) return std::nullopt;
  const std::vector<SiteIndex> sites = {site};
  Charge charge = ChargeOf(domain, score, sites);
  if (clearance_.Refuter(sites, charge) != kNone) return std::nullopt;
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
      nats >= thresholds().site && IsOnPeak(score) && Lasts(found) &&
      // What all have is asked once, not of every site against all the others.
      !IsExplained(site, domain, wider) && VoiceFailsToo(observations_, site, charge) &&
      Leads(domain, sites, observations_.AccusedAt(site),
            [&](DomainIndex one) -> const Score& { return observations_.score(site, one); }) &&
      clearance_.OthersAreWell(
          observations_.scopes()[Scopes::kEveryone].sites, sites, charge,
          [site](SiteIndex one) { return one == site; }, /*if_none=*/true);
  return found;
}

}  // namespace

std::vector<Hypothesis> Hypotheses(const Fleet& fleet, const Observations& observations,
                                   const Attendance& attendance, absl::Time now) {
  if (!MayAnythingBeUp(observations)) return {};
  return Hearing(fleet, observations, attendance, now).All();
}

}  // namespace dialtone::detector
