#include "detector/clearance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace dialtone::detector {
namespace {

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

// That some targets of several are spared by all losses so far has a small chance if all fail
// alike. This much smaller than one to the number of ways to choose so many of them: of three hubs
// one is clean when five losses in a row have spared it.
constexpr double kUnseenNats = 0.9;

double ChoiceNats(double all, double chosen) {
  return std::lgamma(all + 1) - std::lgamma(chosen + 1) - std::lgamma(all - chosen + 1);
}

// n ln(n / all) of those that are bad and those that are good.
double LogLikelihood(const PathHealth::Count& count) {
  const auto part = [&count](int n) { return n == 0 ? 0 : n * std::log(1.0 * n / count.all); };
  return part(count.bad) + part(count.all - count.bad);
}

// What a target says of a domain that has to spoil it.
struct OfTarget {
  TargetIndex target = kNone;
  bool is_stream = false;
  PathHealth::Count count = {};
  int lost = 0;       // though not all losses are known yet
  double weight = 0;  // results a second
};

// A target that was spared by losses of the others that are too many for chance; kNone: none was.
// Two hubs of three that are dead look for a moment like three that fail in part: losses are known
// before it is that the third has none.
TargetIndex SparedByAll(const std::vector<OfTarget>& asked) {
  int lost = 0;
  double weight = 0;
  double unseen = 0;
  double unseen_weight = 0;
  const OfTarget* spared = nullptr;
  for (const OfTarget& one : asked) {
    lost += one.lost;
    weight += one.weight;
    if (one.lost > 0) continue;
    ++unseen;
    unseen_weight += one.weight;
    if (spared == nullptr || one.weight > spared->weight) spared = &one;
  }
  if (spared == nullptr || lost == 0) return kNone;
  const double nats = -lost * std::log(1 - unseen_weight / weight);
  const double choice = ChoiceNats(static_cast<double>(asked.size()), unseen);
  return nats >= kUnseenNats + choice ? spared->target : kNone;
}

}  // namespace

double GoodHere(double share) { return -std::log(1 - share); }
double BadHere(double share) { return std::log(1 + share * (1 / kByChance - 1)); }

double SplitNats(const PathHealth::Count& these, const PathHealth::Count& those) {
  const PathHealth::Count all{.bad = these.bad + those.bad, .all = these.all + those.all};
  if (1.0 * those.bad * these.all >= 1.0 * these.bad * those.all) return 0;
  return LogLikelihood(these) + LogLikelihood(those) - LogLikelihood(all);
}

bool Clearance::Probes(SiteIndex site, DomainIndex domain) const {
  const std::vector<TargetIndex>& targets = observations_.domains()[domain].targets;
  return std::any_of(targets.begin(), targets.end(), [&](TargetIndex target) {
    return observations_.Find(site, target) != nullptr;
  });
}

Clearance::Terms Clearance::TermsOf(const Charge& charge) const {
  Terms terms{.since_us = absl::ToUnixMicros(charge.since), .counts_all = charge.severity == 0};
  for (const bool is_stream : {false, true}) {
    const double share = charge.ShareOf(is_stream);
    terms.nats[is_stream] = {.good = GoodHere(share), .bad = BadHere(share)};
  }
  return terms;
}

PathHealth::Count Clearance::CountOf(const PathHealth& path, const Terms& terms) const {
  return path.Between(terms.since_us,
                      terms.counts_all ? kEver : now_us_ - path.loss_known_after_us());
}

Clearance::Health Clearance::Of(SiteIndex site, DomainIndex domain, const Terms& terms) const {
  Health health;
  const Domains& domains = observations_.domains();
  for (const PathIndex index : observations_.paths().OfSite(site)) {
    if (!domains.Requires(domain, observations_.paths().target(index), site)) continue;
    const PathHealth& path = observations_.path(index);
    const PathHealth::Count count = CountOf(path, terms);
    const Terms::Nats& nats = terms.nats[path.is_stream()];
    health.nats += nats.good * (count.all - count.bad) - nats.bad * count.bad;
    health.count += count;
  }
  health.testified = health.count.all > 0;
  return health;
}

absl::Time Clearance::Spread(absl::Span<const SiteIndex> sites, DomainIndex domain) const {
  std::vector<absl::Time> began;
  VisitSample(sites, [&](SiteIndex site) {
    if (!attendance_.is_heard(site)) return;
    for (const PathIndex index : observations_.paths().OfSite(site)) {
      const TargetIndex target = observations_.paths().target(index);
      const PathHealth& path = observations_.path(index);
      if (path.bad_streak() == 0) continue;
      if (!observations_.domains().Requires(domain, target, site)) continue;
      began.push_back(path.streak_began());
    }
  });
  if (began.empty()) return absl::InfinitePast();
  const auto middle = began.begin() + static_cast<std::ptrdiff_t>(began.size() / 2);
  std::nth_element(began.begin(), middle, began.end());
  return *middle;
}

TargetIndex Clearance::Refuter(absl::Span<const SiteIndex> sites, const Charge& charge,
                               double nats_needed) const {
  const Domains& domains = observations_.domains();
  std::vector<OfTarget> asked;
  const Terms terms = TermsOf(charge);
  // What loses packets spoils streams and requests each to their own share.
  const auto kind = [&charge](bool is_stream) {
    return charge.severity >= kLossy && is_stream ? std::size_t{1} : std::size_t{0};
  };
  // Of what loses packets streams show more than requests do.
  const FaultDomain name = domains[charge.domain].name;
  const bool is_mild = charge.severity > 0 && charge.severity < kLossy &&
                       (Domains::IsMicrosoft(name) || name == FaultDomain::kDns);
  std::array<PathHealth::Count, 2> sums;
  for (const TargetIndex target : domains[charge.domain].targets) {
    OfTarget one{.target = target};
    VisitSample(sites, [&](SiteIndex site) {
      if (!attendance_.is_heard(site) || !domains.Requires(charge.domain, target, site)) return;
      const PathHealth* const path = observations_.Find(site, target);
      if (path == nullptr) return;
      const PathHealth::Count count = CountOf(*path, terms);
      one.is_stream = path->is_stream();
      one.count += count;
      if (!is_mild) return;
      one.lost += path->Between(terms.since_us, kEver).bad;
      one.weight += 1 / absl::ToDoubleSeconds(observations_.interval(target));
    });
    sums[kind(one.is_stream)] += one.count;
    if (one.count.all > 0 || one.weight > 0) asked.push_back(one);
  }
  if (is_mild) {
    const TargetIndex spared = SparedByAll(asked);
    if (spared != kNone) return spared;
  }
  double of_clean = 0;
  double most = 0;
  TargetIndex cleanest = kNone;
  for (const OfTarget& one : asked) {
    if (one.count.all == 0) continue;
    // The share that fails, if it were the same everywhere.
    const PathHealth::Count& sum = sums[kind(one.is_stream)];
    const double share = std::clamp(static_cast<double>(sum.bad) / sum.all,
                                    ShareFor(charge.severity, one.is_stream), kSeverities[0]);
    const double nats =
        GoodHere(share) * (one.count.all - one.count.bad) - BadHere(share) * one.count.bad;
    if (one.count.bad == 0) of_clean += nats;
    if (nats <= most) continue;
    most = nats;
    cleanest = one.target;
  }
  return std::max(most, of_clean) >= nats_needed ? cleanest : kNone;
}

}  // namespace dialtone::detector
