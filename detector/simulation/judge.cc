#include "detector/simulation/judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/check.h"
#include "detector/simulation/expectation_judge.h"
#include "detector/simulation/run_facts.h"
#include "detector/simulation/truth_book.h"

namespace dialtone::detector::simulation {
namespace {

constexpr double kMovedShare = 0.95;  // rule 1: of all (site, run) pairs
constexpr double kNamedShare = 0.9;   // rule 2: of the runs
// Rule 2, `flip no`: how long after the first confirmation the name must be right.
constexpr absl::Duration kNameSettles = absl::Seconds(10);

bool AtLeast(int holding, int all, double share) { return holding >= share * all - 1e-9; }

std::string NameOf(const Scenario& scenario, std::size_t truth) {
  std::string domains;
  for (const DomainName domain : scenario.truths[truth].domains) {
    absl::StrAppend(&domains, domains.empty() ? "" : " or ", Word(domain));
  }
  return absl::StrCat("line ", scenario.truths[truth].line, ": ", domains);
}

// Rule 1: where numbers ought to move they do, before the truth ends.
Finding JudgeMoves(const Scenario& scenario, const std::vector<KnownTruth>& truths,
                   const std::vector<RunFacts>& runs) {
  Finding finding{.condition = "moves"};
  int pairs = 0;
  int moved = 0;
  for (std::size_t t = 0; t < truths.size(); ++t) {
    if (truths[t].flip() != FlipWish::kYes) continue;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      std::vector<SiteIndex> left;
      for (const SiteIndex site : truths[t].sites()) {
        const bool has_moved = ArrivalDelay(runs[run], truths[t], site) < absl::InfiniteDuration();
        if (!has_moved) left.push_back(site);
      }
      pairs += static_cast<int>(truths[t].sites().size());
      moved += static_cast<int>(truths[t].sites().size() - left.size());
      if (!left.empty()) {
        finding.reasons.push_back(absl::StrCat("run ", run, ", ", NameOf(scenario, t), ": ",
                                               left.size(), " of ", truths[t].sites().size(),
                                               " sites did not move (", SiteList(left), ")"));
      }
    }
  }
  finding.holds = AtLeast(moved, pairs, kMovedShare);
  finding.figures = absl::StrCat(moved, " of ", pairs, " pairs of site and run moved in time");
  return finding;
}

// The edition in force at `at` that is about `truth`: the one that moved numbers if it is given,
// else the one with most sites in common, of equals the one that names the truth's domain.
const ConfirmedEdition* InForce(const RunFacts& facts, const std::vector<KnownTruth>& truths,
                                const KnownTruth& truth, absl::Duration at, std::uint64_t mover) {
  const ConfirmedEdition* best = nullptr;
  std::pair<int, bool> best_rank;
  for (const ConfirmedEdition& edition : facts.confirmed) {
    if (!edition.when.Contains(at)) continue;
    if (mover != 0 && edition.id == mover) return &edition;
    if (TruthOf(edition, truths, facts.noise) != &truth) continue;
    const std::pair<int, bool> rank = {truth.Common(edition.edition->sites),
                                       truth.Names(edition.edition->domain)};
    if (best == nullptr || rank > best_rank) {
      best = &edition;
      best_rank = rank;
    }
  }
  return best;
}

std::optional<std::string> WhyWrong(const ConfirmedEdition* edition, const KnownTruth& truth) {
  if (edition == nullptr) return "no diagnosis in force was about it";
  if (!truth.Names(edition->edition->domain)) {
    return absl::StrCat("the diagnosis was ", Name(*edition->edition));
  }
  if (!truth.IsScope(edition->edition->sites)) {
    return absl::StrCat("the diagnosis was ", Name(*edition->edition), ", the truth is for ",
                        truth.sites().size(), " (", SiteList(truth.sites()), ")");
  }
  return std::nullopt;
}

// Why the name was wrong when numbers first moved; nothing when it was right.
std::optional<std::string> WhyWrongAtMove(const RunFacts& facts,
                                          const std::vector<KnownTruth>& truths,
                                          const KnownTruth& truth) {
  const std::optional<BackupStay> move = FirstMove(facts, truth);
  if (!move.has_value()) {
    const auto is_there = [&](SiteIndex site) {
      return ArrivalDelay(facts, truth, site) < absl::InfiniteDuration();
    };
    // Staying moved is no move, and nothing was named for it.
    if (std::any_of(truth.sites().begin(), truth.sites().end(), is_there)) return std::nullopt;
    return "no site moved";
  }
  const ConfirmedEdition* edition = InForce(facts, truths, truth, move->when.from, move->diagnosis);
  std::optional<std::string> why = WhyWrong(edition, truth);
  if (!why.has_value()) return std::nullopt;
  return absl::StrCat("at ", ShortTime(move->when.from), ", when site ", move->site, " moved, ",
                      *why);
}

// The same 10 s after the first confirmation.
std::optional<std::string> WhyWrongWhenSettled(const RunFacts& facts,
                                               const std::vector<KnownTruth>& truths,
                                               const KnownTruth& truth) {
  const ConfirmedEdition* first = nullptr;
  for (const ConfirmedEdition& edition : facts.confirmed) {
    if (TruthOf(edition, truths, facts.noise) != &truth) continue;
    if (first == nullptr || edition.when.from < first->when.from) first = &edition;
  }
  if (first == nullptr) return std::nullopt;  // nothing confirmed passes
  const absl::Duration at = std::max(first->when.from, truth.when().from) + kNameSettles;
  const ConfirmedEdition* judged = InForce(facts, truths, truth, at, /*mover=*/0);
  if (judged == nullptr) {  // all over by then: the last word counts
    for (const ConfirmedEdition& edition : facts.confirmed) {
      if (edition.when.from >= at || TruthOf(edition, truths, facts.noise) != &truth) continue;
      if (judged == nullptr || edition.when.to > judged->when.to) judged = &edition;
    }
  }
  std::optional<std::string> why = WhyWrong(judged, truth);
  if (!why.has_value()) return std::nullopt;
  return absl::StrCat("at ", ShortTime(at), " ", *why);
}

// Rule 2: the right owner and the right scope.
Finding JudgeNames(const Scenario& scenario, const std::vector<KnownTruth>& truths,
                   const std::vector<RunFacts>& runs) {
  Finding finding{.condition = "diagnosis"};
  for (std::size_t t = 0; t < truths.size(); ++t) {
    if (truths[t].flip() == FlipWish::kMay) continue;
    int right = 0;
    std::vector<std::string> reasons;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      const std::optional<std::string> why =
          truths[t].flip() == FlipWish::kYes ? WhyWrongAtMove(runs[run], truths, truths[t])
                                             : WhyWrongWhenSettled(runs[run], truths, truths[t]);
      if (!why.has_value()) {
        ++right;
      } else {
        reasons.push_back(absl::StrCat("run ", run, ", ", NameOf(scenario, t), ": ", *why));
      }
    }
    const bool holds = AtLeast(right, static_cast<int>(runs.size()), kNamedShare);
    finding.holds = finding.holds && holds;
    absl::StrAppend(&finding.figures, finding.figures.empty() ? "" : "; ", NameOf(scenario, t),
                    ": right in ", right, " of ", runs.size(), " runs");
    if (!holds) std::move(reasons.begin(), reasons.end(), std::back_inserter(finding.reasons));
  }
  return finding;
}

// Rule 3: nothing moves that nobody asked for.
Finding JudgeFalseMoves(const std::vector<KnownTruth>& truths, const std::vector<RunFacts>& runs) {
  Finding finding{.condition = "no false move"};
  std::size_t count = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const FalseMove& move : FalseMovesOf(runs[run], truths)) {
      ++count;
      finding.reasons.push_back(absl::StrCat("run ", run, ", site ", move.site, ": ", move.what,
                                             " at ", ShortTime(move.at), " without cause"));
    }
  }
  finding.holds = count == 0;
  finding.figures = absl::StrCat(count, " false moves in ", runs.size(), " runs");
  return finding;
}

bool HasTruth(const Scenario& scenario, FlipWish wish) {
  return std::any_of(scenario.truths.begin(), scenario.truths.end(),
                     [wish](const Truth& truth) { return truth.flip == wish; });
}

}  // namespace

bool Judgement::holds() const {
  return std::all_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.holds; });
}

Judgement Judge(const Scenario& scenario, const std::vector<RunRecord>& runs) {
  CHECK(!runs.empty()) << "a scenario is judged over its runs";
  const std::vector<KnownTruth> truths = TruthsOf(scenario);
  std::vector<RunFacts> facts;
  facts.reserve(runs.size());
  for (const RunRecord& run : runs) facts.emplace_back(run, scenario.site_count());

  Judgement judgement;
  if (HasTruth(scenario, FlipWish::kYes)) {
    judgement.findings.push_back(JudgeMoves(scenario, truths, facts));
  }
  if (HasTruth(scenario, FlipWish::kYes) || HasTruth(scenario, FlipWish::kNo)) {
    judgement.findings.push_back(JudgeNames(scenario, truths, facts));
  }
  const bool is_replaced = std::any_of(
      scenario.expectations.begin(), scenario.expectations.end(),
      [](const Expectation& term) { return term.kind == Expectation::Kind::kFalseSiteFlips; });
  if (!is_replaced) judgement.findings.push_back(JudgeFalseMoves(truths, facts));
  for (const Expectation& term : scenario.expectations) {
    judgement.findings.push_back(JudgeExpectation(term, scenario, truths, facts));
  }
  for (Finding& finding : judgement.findings) {
    if (finding.holds) finding.reasons.clear();
    if (finding.reasons.size() > kMaxReasons) {
      const std::size_t more = finding.reasons.size() - kMaxReasons + 1;
      finding.reasons.resize(kMaxReasons - 1);
      finding.reasons.push_back(absl::StrCat("and ", more, " more"));
    }
  }
  return judgement;
}

}  // namespace dialtone::detector::simulation
