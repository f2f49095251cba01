#include "detector/votes.h"

#include <algorithm>

#include "detector/accusation.h"
#include "detector/hypothesis.h"

namespace dialtone::detector {
namespace {

// By how much a site's vote must lead those for other actions: less than a confirmation asks,
// because several sites must agree.
constexpr double kVoteLead = 1;

}  // namespace

double DiscountOf(FaultDomain name) {
  constexpr double kUsual = 3;
  constexpr double kRare = 6;
  constexpr double kLine = 9;
  switch (name) {
    case FaultDomain::kSiteNetwork:
    case FaultDomain::kIspCore:
    case FaultDomain::kMediaPath:
      return kLine;
    case FaultDomain::kTeamsCalling:
    case FaultDomain::kCarrier:
    case FaultDomain::kVoiceLayer:
    case FaultDomain::kDns:
    case FaultDomain::kLan:
      return kRare;
    default:
      return kUsual;
  }
}

bool MayAnythingBeUp(const Observations& observations) {
  for (ScopeIndex scope = 0; scope < observations.scopes().size(); ++scope) {
    if (static_cast<double>(observations.pooled_highest(scope)) >= kSuspectedNats) return true;
  }
  double odds = 0;
  for (const SiteIndex site : observations.SitesWithSigns()) {
    if (observations.highest(site) >= kLeftGround) return true;
    odds += static_cast<double>(observations.highest(site));
  }
  return odds >= kSuspectedNats;
}

Votes::Votes(const Observations& observations, const Attendance& attendance)
    : observations_(observations),
      tallies_(static_cast<std::size_t>(observations.scopes().size()) *
               static_cast<std::size_t>(observations.domains().sets())) {
  for (const SiteIndex site : observations.SitesWithSigns()) {
    if (attendance.is_heard(site)) sites_.push_back(site);
  }
  std::sort(sites_.begin(), sites_.end());
  for (const SiteIndex site : sites_) Count(site);
}

double Votes::OddsOf(SiteIndex site, DomainIndex domain) const {
  return OddsOf(site, domain, /*if_may_accuse=*/true);
}

double Votes::OddsOf(SiteIndex site, DomainIndex domain, bool if_may_accuse) const {
  const Domains& domains = observations_.domains();
  const auto own = [&](DomainIndex one) {
    const Score& score = observations_.score(site, one);
    if (score.best() <= 0 || !score.is_present() ||
        (if_may_accuse && !MayAccuse(observations_, site, one)))
      return 0.0;
    return static_cast<double>(score.best());
  };
  double odds = own(domain);
  if (domains[domain].remedy != Remedy::kMove) return odds;
  for (DomainIndex part = 0; part < domains.sets(); ++part) {
    if (part == domain || domains[part].remedy != Remedy::kMove) continue;
    const std::vector<TargetIndex>& whole = domains[domain].targets;
    if (std::includes(whole.begin(), whole.end(), domains[part].targets.begin(),
                      domains[part].targets.end())) {
      odds = std::max(odds, own(part));
    }
  }
  return odds;
}

DomainIndex Votes::OpinionOf(SiteIndex site) const {
  const Domains& domains = observations_.domains();
  const std::vector<DomainIndex> accused = observations_.AccusedAt(site);
  DomainIndex best = kNone;
  for (const DomainIndex domain : accused) {
    if (!domains[domain].is_candidate) continue;
    if (best == kNone ||
        observations_.score(site, domain).best() > observations_.score(site, best).best()) {
      best = domain;
    }
  }
  for (const DomainIndex whole : accused) {
    if (domains[whole].is_candidate && domains[whole].remedy != domains[best].remedy &&
        IsPartOf(observations_, site, best, whole)) {
      best = whole;
      break;
    }
  }
  if (best == kNone || domains[best].name == FaultDomain::kUnknown) return kNone;
  const Score& score = observations_.score(site, best);
  const double nats = static_cast<double>(score.best());
  if (nats < static_cast<double>(score.peak) - kOffPeakNats || !score.is_present() ||
      !MayAccuse(observations_, site, best)) {
    return kNone;
  }
  for (const DomainIndex rival : accused) {
    if (rival == best || !domains[rival].is_candidate ||
        domains[rival].remedy == domains[best].remedy || !domains.Overlap(rival, best)) {
      continue;
    }
    if (IsPartOf(observations_, site, rival, best)) continue;
    if (nats - static_cast<double>(observations_.score(site, rival).best()) < kVoteLead) {
      return kNone;
    }
  }
  return best;
}

void Votes::Count(SiteIndex site) {
  const Domains& domains = observations_.domains();
  const DomainIndex opinion = OpinionOf(site);
  const int isp = observations_.scopes().IspOf(site);
  for (const DomainIndex domain : observations_.AccusedAt(site)) {
    if (!domains[domain].is_candidate) continue;
    const double odds = OddsOf(site, domain, /*if_may_accuse=*/false);
    if (odds <= kImplicatedNats) continue;
    const Score& score = observations_.score(site, domain);
    const bool may_accuse = MayAccuse(observations_, site, domain);
    for (const ScopeIndex scope : observations_.scopes().OfSite(site)) {
      Tally& tally = At(scope, domain);
      ++tally.implicated;
      if (may_accuse) ++tally.accusers;
      tally.odds += odds - kImplicatedNats;
      if (odds > tally.largest) {
        tally.largest = odds;
        tally.strongest = site;
      }
      tally.rose = std::min(tally.rose, score.rose);
      tally.onset = std::min(tally.onset, score.onset);
      tally.by_isp.resize(static_cast<std::size_t>(observations_.scopes().isps()), 0);
      tally.by_isp[static_cast<std::size_t>(isp)] += odds - kImplicatedNats;
      const double vote = odds - DiscountOf(domains[domain].name);
      if (domain != opinion || vote <= 0) continue;
      ++tally.voters;
      tally.votes += vote;
    }
  }
}

Tally& Votes::At(ScopeIndex scope, DomainIndex domain) {
  const int sets = observations_.domains().sets();
  if (domain < sets) {
    return tallies_[static_cast<std::size_t>(scope) * static_cast<std::size_t>(sets) +
                    static_cast<std::size_t>(domain)];
  }
  const auto found = std::find_if(alone_.begin(), alone_.end(), [&](const Entry& entry) {
    return entry.scope == scope && entry.domain == domain;
  });
  if (found != alone_.end()) return found->tally;
  alone_.push_back({.scope = scope, .domain = domain, .tally = {}});
  return alone_.back().tally;
}

const Tally* Votes::Find(ScopeIndex scope, DomainIndex domain) const {
  const int sets = observations_.domains().sets();
  if (domain < sets) {
    const Tally& tally = tallies_[static_cast<std::size_t>(scope) * static_cast<std::size_t>(sets) +
                                  static_cast<std::size_t>(domain)];
    return tally.implicated > 0 ? &tally : nullptr;
  }
  const auto found = std::find_if(alone_.begin(), alone_.end(), [&](const Entry& entry) {
    return entry.scope == scope && entry.domain == domain;
  });
  return found == alone_.end() ? nullptr : &found->tally;
}

std::vector<DomainIndex> Votes::DomainsIn(ScopeIndex scope) const {
  std::vector<DomainIndex> domains;
  for (DomainIndex set = 0; set < observations_.domains().sets(); ++set) {
    if (Find(scope, set) != nullptr) domains.push_back(set);
  }
  for (const Entry& entry : alone_) {
    if (entry.scope == scope) domains.push_back(entry.domain);
  }
  return domains;
}

}  // namespace dialtone::detector
