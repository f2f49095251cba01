// What was true in one run: the truths of the scenario and the noise's own episodes, with their
// sites, and which of them a diagnosis is about.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// What begins within this after a truth's end still belongs to it: a fault that is over is still
// being told, and calls are still on their way.
inline constexpr absl::Duration kAftermath = absl::Seconds(15);

// A truth with the sites it means.
class KnownTruth {
 public:
  KnownTruth(Span when, std::vector<DomainName> domains, const std::vector<SiteIndex>& sites,
             FlipWish flip, int fleet);

  const Span& when() const { return when_; }
  FlipWish flip() const { return flip_; }
  const std::vector<SiteIndex>& sites() const { return sites_; }
  bool Covers(SiteIndex site) const { return covers_[static_cast<std::size_t>(site)]; }
  bool Names(DomainName domain) const;
  // Its own time and the aftermath.
  bool IsAround(absl::Duration at) const { return AroundSpan().Contains(at); }
  Span AroundSpan() const { return {.from = when_.from, .to = when_.to + kAftermath}; }
  int Common(const std::vector<SiteIndex>& sites) const;
  // Whether a list of sites covers 80 % of this truth's sites and exceeds them by at most one site
  // or a tenth of the fleet.
  bool IsScope(const std::vector<SiteIndex>& sites) const;

 private:
  Span when_;
  std::vector<DomainName> domains_;
  std::vector<SiteIndex> sites_;
  FlipWish flip_;
  std::vector<bool> covers_;
};

// The truths of a scenario, in the order of its lines, without the noise's.
std::vector<KnownTruth> TruthsOf(const Scenario& scenario);

// The noise's own episodes of one run.
std::vector<KnownTruth> NoiseOf(const RunRecord& run, int fleet);

// A diagnosis while it was confirmed, as one of its editions had it.
struct ConfirmedEdition {
  Span when = {};
  const DiagnosisEdition* edition = nullptr;
  std::uint64_t id = 0;
};

// All confirmed editions of a run, by diagnosis and then by time. They point into `run`.
std::vector<ConfirmedEdition> ConfirmedOf(const RunRecord& run);

// The truth that a confirmed edition is about: of those around during it, the one with most sites
// in common; of equals the one that names its domain, then the smallest. Null when there is none.
const KnownTruth* TruthOf(const ConfirmedEdition& edition, const std::vector<KnownTruth>& truths,
                          const std::vector<KnownTruth>& noise);

// Whether two half-open spans share a moment.
bool Overlap(const Span& a, const Span& b);

}  // namespace dialtone::detector::simulation
