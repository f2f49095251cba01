#include "detector/simulation/truth_book.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace dialtone::detector::simulation {

bool Overlap(const Span& a, const Span& b) { return a.from < b.to && b.from < a.to; }

KnownTruth::KnownTruth(Span when, std::vector<DomainName> domains,
                       const std::vector<SiteIndex>& sites, FlipWish flip, int fleet)
    : when_(when),
      domains_(std::move(domains)),
      sites_(sites),
      flip_(flip),
      covers_(static_cast<std::size_t>(fleet), false) {
  for (const SiteIndex site : sites_) covers_[static_cast<std::size_t>(site)] = true;
}

bool KnownTruth::Names(DomainName domain) const {
  return std::find(domains_.begin(), domains_.end(), domain) != domains_.end();
}

int KnownTruth::Common(const std::vector<SiteIndex>& sites) const {
  return static_cast<int>(
      std::count_if(sites.begin(), sites.end(), [this](SiteIndex site) { return Covers(site); }));
}

bool KnownTruth::IsScope(const std::vector<SiteIndex>& sites) const {
  const auto fleet = static_cast<double>(covers_.size());
  const int common = Common(sites);
  const int excess = static_cast<int>(sites.size()) - common;
  return common >= 0.8 * static_cast<double>(sites_.size()) && excess <= std::max(1.0, fleet / 10);
}

std::vector<KnownTruth> TruthsOf(const Scenario& scenario) {
  std::vector<KnownTruth> truths;
  for (const Truth& truth : scenario.truths) {
    truths.emplace_back(truth.when, truth.domains, SitesOf(truth.where, scenario), truth.flip,
                        scenario.site_count());
  }
  return truths;
}

std::vector<KnownTruth> NoiseOf(const RunRecord& run, int fleet) {
  std::vector<KnownTruth> noise;
  for (const NoiseEpisode& episode : run.noise) {
    noise.emplace_back(episode.when, episode.domains, episode.sites, FlipWish::kMay, fleet);
  }
  return noise;
}

std::vector<ConfirmedEdition> ConfirmedOf(const RunRecord& run) {
  std::vector<ConfirmedEdition> confirmed;
  for (const RecordedDiagnosis& diagnosis : run.diagnoses) {
    for (std::size_t i = 0; i < diagnosis.editions.size(); ++i) {
      const DiagnosisEdition& edition = diagnosis.editions[i];
      if (edition.state != DiagnosisState::kConfirmed) continue;
      const absl::Duration until = i + 1 < diagnosis.editions.size() ? diagnosis.editions[i + 1].at
                                                                     : absl::InfiniteDuration();
      confirmed.push_back(
          {.when = {.from = edition.at, .to = until}, .edition = &edition, .id = diagnosis.id});
    }
  }
  return confirmed;
}

const KnownTruth* TruthOf(const ConfirmedEdition& edition, const std::vector<KnownTruth>& truths,
                          const std::vector<KnownTruth>& noise) {
  const KnownTruth* best = nullptr;
  std::tuple<int, bool, int> best_rank;
  for (const std::vector<KnownTruth>* book : {&truths, &noise}) {
    for (const KnownTruth& truth : *book) {
      if (!Overlap(edition.when, truth.AroundSpan())) continue;
      const int common = truth.Common(edition.edition->sites);
      if (common == 0) continue;
      const std::tuple<int, bool, int> rank = {common, truth.Names(edition.edition->domain),
                                               -static_cast<int>(truth.sites().size())};
      if (best == nullptr || rank > best_rank) {
        best = &truth;
        best_rank = rank;
      }
    }
  }
  return best;
}

}  // namespace dialtone::detector::simulation
