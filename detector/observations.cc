#include "detector/observations.h"

#include <algorithm>

#include "detector/testimony.h"

namespace dialtone::detector {
namespace {

// An answer that says no is no packet loss (detection page, section 2).
constexpr double kRefusalByChance = 0.001;
// Targets bad for this many probes are no burst of the line but a state.
constexpr int kState = 5;
// Probes faster than this are not independent: they speak only for the hard hypothesis.
constexpr absl::Duration kSlowestBurst = absl::Milliseconds(500);

bool IsOffLan(TargetRole role) {
  // The uplink of another site says nothing about the line it is probed from.
  return role != TargetRole::kLanGateway && role != TargetRole::kSiteUplink;
}

}  // namespace

Observations::Observations(const Fleet& fleet, const Policy& policy)
    : fleet_(fleet),
      fast_bursts_(policy.burst_interval < kSlowestBurst),
      domains_(fleet),
      paths_(fleet),
      health_(static_cast<std::size_t>(paths_.size())),
      over_since_(static_cast<std::size_t>(paths_.size()), absl::InfinitePast()),
      links_(fleet.sites.size()),
      internet_good_(fleet.sites.size(), absl::InfinitePast()),
      signs_(fleet.sites.size(), false),
      scores_(fleet.sites.size() * static_cast<std::size_t>(domains_.size())) {
  for (const Target& target : fleet.targets) intervals_.push_back(IntervalOf(target, policy));
}

const PathHealth* Observations::Find(SiteIndex site, TargetIndex target) const {
  const PathIndex path = paths_.Find(site, target);
  return path == kNone ? nullptr : &health_[static_cast<std::size_t>(path)];
}

void Observations::OnResult(SiteIndex site, const ProbeResult& result) {
  const PathIndex path = paths_.Find(site, result.target);
  const Testimony testimony = Testify(result);
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  PathHealth& health = health_[static_cast<std::size_t>(path)];
  Link& link = links_[static_cast<std::size_t>(site)];

  const bool is_bad = testimony.of_target == Says::kBad || testimony.of_network == Says::kBad;
  if (is_bad && result.sent < over_since_[static_cast<std::size_t>(path)]) return;
  const Nats bad = is_bad ? BadNatsOf(site, path, result, testimony.is_refusal) : Nats{};
  health.OnResult(result, testimony);
  if (testimony.of_network == Says::kBad && IsOffLan(role) && health.bad_streak() < kState) {
    link.OnBad(result.target, result.sent);
  }
  if (testimony.of_target == Says::kGood && IsWitness(role)) {
    link.OnWitnessGood(result.sent);
    if (role == TargetRole::kInternetWitness) {
      absl::Time& last = internet_good_[static_cast<std::size_t>(site)];
      last = std::max(last, result.sent);
    }
  }
  Weigh(site, result, testimony, bad);
}

// What a bad result of `path` is worth, given how likely it is though nothing is wrong.
Nats Observations::BadNatsOf(SiteIndex site, PathIndex path, const ProbeResult& result,
                             bool is_refusal) {
  if (is_refusal) return BadNats(kRefusalByChance);
  const PathHealth& health = health_[static_cast<std::size_t>(path)];
  const double a = health.baseline();
  const double b = links_[static_cast<std::size_t>(site)].BurstChance(result.target, result.sent);
  const double c = health.StutterChance(result.sent);
  return BadNats(1 - (1 - a) * (1 - b) * (1 - c));
}

void Observations::Weigh(SiteIndex site, const ProbeResult& result, const Testimony& testimony,
                         const Nats& bad) {
  const int severities = result.in_burst && fast_bursts_ ? 1 : static_cast<int>(kSeverities.size());
  std::vector<DomainIndex> concerned;
  const std::uint32_t sets = domains_.SetsOf(result.target, site);
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    if ((sets >> set & 1U) != 0) concerned.push_back(set);
  }
  concerned.push_back(domains_.alone(result.target));

  float excess = 0;
  for (const DomainIndex domain : concerned) {
    const Says says =
        Domains::IsNetwork(domains_[domain].name) ? testimony.of_network : testimony.of_target;
    if (says == Says::kNothing) continue;
    const bool is_bad = says == Says::kBad;
    Score& score = scores_[At(site, domain)];
    score.Add(is_bad ? bad : GoodNats(), severities, is_bad, result.sent);
    excess = std::max(excess, score.best() - kCeiling);
  }
  if (excess > 0) {
    for (const DomainIndex domain : concerned) scores_[At(site, domain)].Slide(excess);
  }
  NoteSigns(site);
}

void Observations::NoteSigns(SiteIndex site) {
  bool any = false;
  for (DomainIndex domain = 0; domain < domains_.size() && !any; ++domain) {
    any = score(site, domain).best() > 0;
  }
  signs_[static_cast<std::size_t>(site)] = any;
}

void Observations::Clear(SiteIndex site, DomainIndex domain, absl::Time now) {
  for (DomainIndex other = 0; other < domains_.size(); ++other) {
    if (other == domain || domains_.Overlap(domain, other)) scores_[At(site, other)].Clear();
  }
  for (const TargetIndex target : domains_[domain].targets) {
    const PathIndex path = paths_.Find(site, target);
    if (path == kNone) continue;
    health_[static_cast<std::size_t>(path)].ForgetUnlearned();
    over_since_[static_cast<std::size_t>(path)] = now;
  }
  NoteSigns(site);
}

}  // namespace dialtone::detector
