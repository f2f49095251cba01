// Dialtone's own outcome, read from the record of a run.
#include <algorithm>
#include <array>
#include <optional>

#include "absl/time/time.h"

#include "detector/simulation/run_facts.h"
#include "detector/simulation/truth_book.h"
#include "tests/bench/tournament/contest.h"

namespace dialtone::bench {
namespace {

using detector::Scope;
using detector::simulation::BackupStay;
using detector::simulation::ConfirmedEdition;
using detector::simulation::KnownTruth;
using detector::simulation::RunFacts;
using detector::simulation::Where;

constexpr std::size_t kHubs = 3;
// Where nothing moves the name is judged this long after the first confirmation.
constexpr absl::Duration kNameSettles = absl::Seconds(10);
// Of a truth's sites, for a diagnosis to be about all of it.
constexpr double kMostSites = 0.8;

Scope ScopeOf(const Where& where) {
  switch (where.kind) {
    case Where::Kind::kGlobal:
      return Scope::kGlobal;
    case Where::Kind::kRegion:
      return Scope::kRegion;
    case Where::Kind::kIsp:
      return Scope::kIsp;
    case Where::Kind::kSite:
    case Where::Kind::kFraction:
      return Scope::kSite;
  }
  return Scope::kSite;
}

Moment Recognised(const RunFacts& facts, const KnownTruth& truth, Scope scope) {
  absl::Duration first = absl::InfiniteDuration();
  for (const ConfirmedEdition& one : facts.confirmed) {
    if (!detector::simulation::Overlap(one.when, truth.when()) ||
        !truth.Names(one.edition->domain) || one.edition->scope < scope ||
        truth.Common(one.edition->sites) <
            (scope == Scope::kSite ? 1 : kMostSites * static_cast<double>(truth.sites().size()))) {
      continue;
    }
    first = std::min(first, std::max(one.when.from - truth.when().from, absl::ZeroDuration()));
  }
  return absl::ToDoubleSeconds(first);
}

// The edition that moved numbers; where none were to move the one that most of the truth's sites
// had ten seconds after the first, or the last before.
const ConfirmedEdition* Judged(const RunFacts& facts, const std::vector<KnownTruth>& truths,
                               const KnownTruth& truth) {
  const std::optional<BackupStay> move = FirstMove(facts, truth);
  absl::Duration at = absl::InfiniteDuration();
  if (move.has_value()) {
    at = move->when.from;
  } else {
    for (const ConfirmedEdition& one : facts.confirmed) {
      if (TruthOf(one, truths, facts.noise) != &truth) continue;
      at = std::min(at, std::max(one.when.from, truth.when().from) + kNameSettles);
    }
  }
  const ConfirmedEdition* best = nullptr;
  for (const ConfirmedEdition& one : facts.confirmed) {
    if (move.has_value() && one.id == move->diagnosis && one.when.Contains(at)) return &one;
    if (one.when.from > at || TruthOf(one, truths, facts.noise) != &truth) continue;
    const auto rank = [&](const ConfirmedEdition& edition) {
      return std::pair(std::min(edition.when.to, at), truth.Common(edition.edition->sites));
    };
    if (best == nullptr || rank(one) > rank(*best)) best = &one;
  }
  return best;
}

std::vector<Naming> NamingsOf(const Scenario& scenario, const RunRecord& record) {
  const RunFacts facts(record, scenario.site_count());
  const std::vector<KnownTruth> truths = detector::simulation::TruthsOf(scenario);
  std::vector<Naming> namings;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    Naming naming = {.recognised = Recognised(facts, truths[i], ScopeOf(scenario.truths[i].where))};
    if (const ConfirmedEdition* const judged = Judged(facts, truths, truths[i])) {
      naming.is_judged = true;
      naming.is_owner_wrong = !truths[i].Names(judged->edition->domain);
      naming.is_scope_wrong = !truths[i].IsScope(judged->edition->sites);
    }
    namings.push_back(naming);
  }
  return namings;
}

// Where a site's calls go.
struct Standing {
  bool on_backup = false;
  std::array<bool, kHubs> is_skipped = {};  // tried after every backup route
  std::array<bool, kHubs> is_last = {};     // tried last of the hubs, or skipped
};

void Note(const Standing& now, absl::Duration at, SiteTurns* turns) {
  const double moment = absl::ToDoubleSeconds(at);
  for (std::size_t hub = 0; hub < kHubs; ++hub) {
    bench::Note(now.is_last[hub] || now.on_backup, moment, &turns->hubs[hub]);
  }
  const bool all_skipped = now.is_skipped[0] && now.is_skipped[1] && now.is_skipped[2];
  bench::Note(now.on_backup || all_skipped, moment, &turns->calls);
  bench::Note(now.on_backup, moment, &turns->numbers);
}

}  // namespace

Outcome OutcomeOf(const Scenario& scenario, const RunRecord& record) {
  using detector::HopState;
  Outcome outcome;
  outcome.sites.resize(static_cast<std::size_t>(scenario.site_count()));
  std::vector<Standing> standing(outcome.sites.size());
  auto share = record.shares.begin();
  auto hop = record.hops.begin();
  while (share != record.shares.end() || hop != record.hops.end()) {
    const bool is_share =
        hop == record.hops.end() || (share != record.shares.end() && share->at <= hop->at);
    const auto site = static_cast<std::size_t>(is_share ? share->site : hop->site);
    const absl::Duration at = is_share ? share->at : hop->at;
    if (is_share) {
      standing[site].on_backup = share->backup_percent > 0;
      ++share;
    } else {
      const auto hub = static_cast<std::size_t>(hop->hub - 1);
      standing[site].is_last[hub] = hop->state != HopState::kNormal;
      standing[site].is_skipped[hub] = hop->state == HopState::kAfterBackups;
      ++hop;
    }
    Note(standing[site], at, &outcome.sites[site]);
  }
  outcome.namings = NamingsOf(scenario, record);
  return outcome;
}

}  // namespace dialtone::bench
