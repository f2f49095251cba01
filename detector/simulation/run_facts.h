// One run as the rules of judging look at it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/site_moves.h"
#include "detector/simulation/truth_book.h"

namespace dialtone::detector::simulation {

// Derived once from a record, which must outlive it.
struct RunFacts {
  RunFacts(const RunRecord& record, int fleet);

  const RunRecord* run;
  std::vector<BackupStay> stays;  // automatic ones; what an operator moves is not judged
  std::vector<FullSkip> skips;
  std::vector<ConfirmedEdition> confirmed;
  std::vector<KnownTruth> noise;
};

// Since the truth's start, when the site's numbers were first on backup before the truth ended; 0
// when they were there already. Infinite: never.
absl::Duration ArrivalDelay(const RunFacts& facts, const KnownTruth& truth, SiteIndex site);

// The first move to backup of one of the truth's sites while the truth is around.
std::optional<BackupStay> FirstMove(const RunFacts& facts, const KnownTruth& truth);

// Since the truth's start, until a diagnosis of a right domain with one of its sites was confirmed;
// 0 when one was in force already. Infinite: never.
absl::Duration DetectionDelay(const RunFacts& facts, const KnownTruth& truth);

// The moves that no truth asks for or allows, and the skips of every hub where no such fault was.
struct FalseMove {
  SiteIndex site = kNone;
  absl::Duration at = {};
  std::string what = {};  // "its numbers moved to backup", "all its hubs were skipped"
};
std::vector<FalseMove> FalseMovesOf(const RunFacts& facts, const std::vector<KnownTruth>& truths);

// "5.3 s", "4 m 10 s", "never".
std::string ShortTime(absl::Duration duration);

// "teams-media for 3 sites (4, 9, 14)".
std::string Name(const DiagnosisEdition& edition);

// "1, 4, 7 and 12 more".
std::string SiteList(const std::vector<SiteIndex>& sites);

}  // namespace dialtone::detector::simulation
