#include "detector/simulation/expectation_judge.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/simulation/quantile.h"

namespace dialtone::detector::simulation {
namespace {

using Kind = Expectation::Kind;

// A delay of each run against a limit: its median within it, its 95th percentile within twice it.
void JudgeDelays(const std::vector<absl::Duration>& delays, absl::Duration within,
                 absl::string_view of_what, bool judge_p95, Finding* finding) {
  const absl::Duration median = Quantile(delays, 0.5);
  const absl::Duration p95 = Quantile(delays, 0.95);
  absl::StrAppend(&finding->figures, finding->figures.empty() ? "" : "; ", of_what,
                  of_what.empty() ? "" : ": ", "median ", ShortTime(median), ", p95 ",
                  ShortTime(p95));
  const bool is_median_late = median > within;
  const bool is_p95_late = judge_p95 && p95 > 2 * within;
  if (!is_median_late && !is_p95_late) return;
  finding->holds = false;
  finding->reasons.push_back(absl::StrCat(
      of_what, of_what.empty() ? "" : ": ", is_median_late ? "the median of " : "the p95 of ",
      delays.size(), " runs is ", ShortTime(is_median_late ? median : p95), ", expected at most ",
      ShortTime(is_median_late ? within : 2 * within)));
}

// The truths that a delay is measured from: those with `flip yes`, or all when there is none.
std::vector<std::size_t> Measured(const std::vector<KnownTruth>& truths) {
  std::vector<std::size_t> yes, all;
  for (std::size_t t = 0; t < truths.size(); ++t) {
    all.push_back(t);
    if (truths[t].flip() == FlipWish::kYes) yes.push_back(t);
  }
  return yes.empty() ? all : yes;
}

// The site in the middle of a truth's sites.
absl::Duration FlipDelay(const RunFacts& facts, const KnownTruth& truth) {
  std::vector<absl::Duration> delays;
  for (const SiteIndex site : truth.sites()) delays.push_back(ArrivalDelay(facts, truth, site));
  return delays.empty() ? absl::InfiniteDuration() : Quantile(delays, 0.5);
}

void JudgeWithin(const Expectation& term, const Scenario& scenario,
                 const std::vector<KnownTruth>& truths, const std::vector<RunFacts>& runs,
                 Finding* finding) {
  const std::vector<std::size_t> measured = Measured(truths);
  for (const std::size_t t : measured) {
    std::vector<absl::Duration> delays;
    for (const RunFacts& run : runs) {
      delays.push_back(term.kind == Kind::kDetectWithin ? DetectionDelay(run, truths[t])
                                                        : FlipDelay(run, truths[t]));
    }
    const std::string what = measured.size() == 1
                                 ? std::string()
                                 : absl::StrCat("truth of line ", scenario.truths[t].line);
    JudgeDelays(delays, term.within, what, /*judge_p95=*/true, finding);
  }
}

// From the end of the last truth until the last site is home; 0 when none was away.
absl::Duration FailbackDelay(const RunFacts& facts, absl::Duration last_end) {
  absl::Duration home = last_end;
  for (const BackupStay& stay : facts.stays) {
    if (stay.when.from < last_end + kAftermath) home = std::max(home, stay.when.to);
  }
  return home - last_end;
}

void JudgeFailback(const Expectation& term, const std::vector<KnownTruth>& truths,
                   const std::vector<RunFacts>& runs, Finding* finding) {
  absl::Duration last_end = absl::ZeroDuration();
  for (const KnownTruth& truth : truths) last_end = std::max(last_end, truth.when().to);
  std::vector<absl::Duration> delays;
  for (const RunFacts& run : runs) delays.push_back(FailbackDelay(run, last_end));
  JudgeDelays(delays, term.within, "", /*judge_p95=*/false, finding);
}

void JudgeFlipsPerSite(const Expectation& term, const std::vector<RunFacts>& runs,
                       Finding* finding) {
  std::vector<int> most;
  for (const RunFacts& run : runs) {
    std::map<SiteIndex, int> moves;
    int largest = 0;
    for (const BackupStay& stay : run.stays) largest = std::max(largest, ++moves[stay.site]);
    most.push_back(largest);
  }
  const int median = Quantile(most, 0.5);
  finding->figures = absl::StrCat("median ", median, ", most ", Quantile(most, 1));
  if (median <= term.count) return;
  finding->holds = false;
  finding->reasons.push_back(absl::StrCat("the median of ", runs.size(), " runs is ", median,
                                          " moves of one site, expected at most ", term.count));
}

void JudgeFalseSiteFlips(const Expectation& term, const std::vector<KnownTruth>& truths,
                         const std::vector<RunFacts>& runs, Finding* finding) {
  double count = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const FalseMove& move : FalseMovesOf(runs[run], truths)) {
      ++count;
      finding->reasons.push_back(absl::StrCat("run ", run, ", site ", move.site, ": ", move.what,
                                              " at ", ShortTime(move.at), " without cause"));
    }
  }
  const double mean = count / static_cast<double>(runs.size());
  finding->figures = absl::StrFormat("%.2f a run", mean);
  finding->holds = mean <= term.count;
}

// no-flip and no-flip-before: no site moves before `limit`.
void JudgeNoFlip(absl::Duration limit, const std::vector<RunFacts>& runs, Finding* finding) {
  int moves = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const BackupStay& stay : runs[run].stays) {
      if (stay.when.from >= limit) continue;
      ++moves;
      finding->reasons.push_back(
          absl::StrCat("run ", run, ": site ", stay.site, " moved at ", ShortTime(stay.when.from)));
    }
  }
  finding->figures = absl::StrCat(moves, " moves");
  finding->holds = moves == 0;
}

void JudgeNoBlame(const Expectation& term, const std::vector<RunFacts>& runs, Finding* finding) {
  int blames = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    std::uint64_t told = 0;
    for (const ConfirmedEdition& edition : runs[run].confirmed) {
      const bool is_blamed = std::find(term.domains.begin(), term.domains.end(),
                                       edition.edition->domain) != term.domains.end();
      if (!is_blamed || edition.id == told) continue;
      told = edition.id;
      ++blames;
      finding->reasons.push_back(absl::StrCat("run ", run, ": ", Name(*edition.edition),
                                              " was confirmed at ", ShortTime(edition.when.from)));
    }
  }
  finding->figures = absl::StrCat(blames, " blamed");
  finding->holds = blames == 0;
}

void JudgeQuiet(const std::vector<RunFacts>& runs, Finding* finding) {
  int noises = 0;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const ConfirmedEdition& edition : runs[run].confirmed) {
      const bool is_noise = std::any_of(runs[run].noise.begin(), runs[run].noise.end(),
                                        [&edition](const KnownTruth& episode) {
                                          return Overlap(edition.when, episode.AroundSpan()) &&
                                                 episode.Names(edition.edition->domain) &&
                                                 episode.Common(edition.edition->sites) > 0;
                                        });
      if (is_noise) continue;
      ++noises;
      finding->reasons.push_back(absl::StrCat("run ", run, ": ", Name(*edition.edition),
                                              " was confirmed at ", ShortTime(edition.when.from)));
    }
  }
  finding->figures = absl::StrCat(noises, " confirmed beside noise's own");
  finding->holds = noises == 0;
}

}  // namespace

Finding JudgeExpectation(const Expectation& term, const Scenario& scenario,
                         const std::vector<KnownTruth>& truths, const std::vector<RunFacts>& runs) {
  Finding finding{.condition = term.text};
  switch (term.kind) {
    case Kind::kDetectWithin:
    case Kind::kFlipWithin:
      JudgeWithin(term, scenario, truths, runs, &finding);
      break;
    case Kind::kFailbackWithin:
      JudgeFailback(term, truths, runs, &finding);
      break;
    case Kind::kFlipsPerSite:
      JudgeFlipsPerSite(term, runs, &finding);
      break;
    case Kind::kFalseSiteFlips:
      JudgeFalseSiteFlips(term, truths, runs, &finding);
      break;
    case Kind::kNoFlip:
      JudgeNoFlip(absl::InfiniteDuration(), runs, &finding);
      break;
    case Kind::kNoFlipBefore:
      JudgeNoFlip(term.within, runs, &finding);
      break;
    case Kind::kNoBlame:
      JudgeNoBlame(term, runs, &finding);
      break;
    case Kind::kQuiet:
      JudgeQuiet(runs, &finding);
      break;
  }
  return finding;
}

}  // namespace dialtone::detector::simulation
