// What speaks for health since a fault is said to have begun: who is spared, and what is acquitted.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

#include "detector/attendance.h"
#include "detector/observations.h"

namespace dialtone::detector {

// A fault as it is said to be, to test others against.
struct Charge {
  DomainIndex domain = kNone;
  int severity = 0;
  absl::Time since = absl::InfinitePast();
  // Share of the probes that fail where it was seen, when that is known better than by severity.
  double share = 0;

  double ShareOf(bool is_stream) const { return share > 0 ? share : ShareFor(severity, is_stream); }
};

// Share of the results that are bad though nothing is wrong, whatever the moment: a rather bad
// line.
inline constexpr double kByChance = 0.02;
// What a good result, and a bad one, is worth against a fault that spoils a share of the probes,
// and for it, whatever the moment.
double GoodHere(double share);
double BadHere(double share);

// By how many nats "these fail more often than those" explains the results better than "it is the
// same everywhere", each with the shares that suit it best: 0 when those fail as often. What was
// estimated from a dozen probes proves no difference.
double SplitNats(const PathHealth::Count& these, const PathHealth::Count& those);

// Adds up, for probes sent since a fault began, what speaks against it: ln 1/(1-q) nats for every
// good one, less ln(1 + q (1/p - 1)) for every bad one. Read from what each path remembers, at the
// moment of a decision; no running sum can do that, because the beginning is known only then.
class Clearance {
 public:
  Clearance(const Observations& observations, const Attendance& attendance, absl::Time now)
      : observations_(observations), attendance_(attendance), now_us_(absl::ToUnixMicros(now)) {}

  // Nats of health; `testified`: whether any probe was sent since and has its result.
  struct Health {
    double nats = 0;
    bool testified = false;
    PathHealth::Count count = {};
  };
  // Of one site, over the targets that the domain requires.
  Health Of(SiteIndex site, const Charge& charge) const {
    return Of(site, charge.domain, TermsOf(charge));
  }
  // Of the heard sites of `sites` for which `counts` holds, together.
  template <typename Counts>
  Health OfThose(absl::Span<const SiteIndex> sites, const Charge& charge,
                 const Counts& counts) const {
    Health all;
    const Terms terms = TermsOf(charge);
    VisitSample(sites, [&](SiteIndex site) {
      if (!attendance_.is_heard(site) || !counts(site)) return;
      const Health one = Of(site, charge.domain, terms);
      all.nats += one.nats;
      all.testified |= one.testified;
      all.count += one.count;
    });
    return all;
  }

  // Whether those of `sites` that are not inside suffer less than `hit`; `if_none`: what holds when
  // nobody there probes what the domain spoils.
  template <typename IsInside>
  bool OthersAreWell(absl::Span<const SiteIndex> sites, absl::Span<const SiteIndex> hit,
                     const Charge& charge, const IsInside& is_inside, bool if_none) const {
    bool any = false;
    const Health others = OfThose(sites, charge, [&](SiteIndex site) {
      if (is_inside(site)) return false;
      any = any || Probes(site, charge.domain);
      return true;
    });
    if (!any) return if_none;
    const Health those = OfThose(hit, charge, [](SiteIndex) { return true; });
    return SplitNats(those.count, others.count) > kOutsideHealthyNats;
  }
  // "Healthy", of those outside a scope: 20 to 1.
  static constexpr double kOutsideHealthyNats = 3;

  // When half of the paths that are bad now had become so: before that a hard fault was not
  // everywhere yet (streams, probes in flight, a lone loss just before it), and a good probe is no
  // health. InfinitePast when none is bad.
  absl::Time Spread(absl::Span<const SiteIndex> sites, DomainIndex domain) const;

  // A target that the domain would have to spoil and that is clean at those sites: then it is not
  // that domain. kNone: none is. Several targets without any bad result count together: that each
  // of them was spared by chance grows unlikely sooner.
  TargetIndex Refuter(absl::Span<const SiteIndex> sites, const Charge& charge,
                      double nats = kCleanNats) const;

  // e^4.6 = 100 to 1: of up to ten targets of a fault that really is partial, one seems clean by
  // chance in a tenth of the cases at most, and for a moment.
  static constexpr double kCleanNats = 4.6;
  // To acquit the network, that Microsoft may be accused, it takes one answer more: of the answers
  // in a burst of the line a third come through.
  static constexpr double kCleanNetworkNats = 6.9;

  // Of a large fleet a sample decides: 200 sites say in a second what 10,000 would.
  static constexpr std::size_t kMostAsked = 200;
  // In golden steps without a divisor in common with their number: lists of sites often take turns,
  // and every second one may be of one ISP.
  template <typename Visit>
  static void VisitSample(absl::Span<const SiteIndex> sites, const Visit& visit) {
    std::size_t step = 1;
    if (sites.size() > kMostAsked) {
      constexpr double kGolden = 0.618;
      step = static_cast<std::size_t>(kGolden * static_cast<double>(sites.size()));
      while (std::gcd(step, sites.size()) > 1) ++step;
    }
    for (std::size_t i = 0, at = 0; i < std::min(sites.size(), kMostAsked); ++i) {
      visit(sites[at]);
      at = (at + step) % sites.size();
    }
  }

 private:
  bool Probes(SiteIndex site, DomainIndex domain) const;

  // A charge as every path of every site is tested against it.
  struct Terms {
    std::int64_t since_us = 0;
    bool counts_all = false;  // of a hard fault there is no good part that is known too early
    struct Nats {
      double good = 0;
      double bad = 0;
    };
    std::array<Nats, 2> nats = {};  // of a request, and of a stream
  };
  Terms TermsOf(const Charge& charge) const;
  // Of what a path remembers, what is to be tested.
  PathHealth::Count CountOf(const PathHealth& path, const Terms& terms) const;
  Health Of(SiteIndex site, DomainIndex domain, const Terms& terms) const;

  const Observations& observations_;
  const Attendance& attendance_;
  const std::int64_t now_us_;
};

}  // namespace dialtone::detector
