#include "detector/simulation/run_facts.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace dialtone::detector::simulation {
namespace {

constexpr std::size_t kMaxListed = 8;  // sites in a sentence

// A skip of every hub is right where the hubs are what is sick.
bool IsHubFault(const KnownTruth& truth) {
  return truth.Names({.domain = FaultDomain::kTeamsSignalling}) ||
         truth.Names({.domain = FaultDomain::kTeamsAll}) ||
         truth.Names({.domain = FaultDomain::kMicrosoft365});
}

bool IsAllowed(const std::vector<KnownTruth>& book, SiteIndex site, absl::Duration at,
               bool is_skip) {
  return std::any_of(book.begin(), book.end(), [&](const KnownTruth& truth) {
    return truth.Covers(site) && truth.IsAround(at) &&
           (truth.flip() != FlipWish::kNo || (is_skip && IsHubFault(truth)));
  });
}

}  // namespace

RunFacts::RunFacts(const RunRecord& record, int fleet)
    : run(&record),
      stays(StaysOf(record)),
      skips(FullSkipsOf(record)),
      confirmed(ConfirmedOf(record)),
      noise(NoiseOf(record, fleet)) {
  const auto is_ordered = [](const BackupStay& stay) { return stay.origin != Origin::kAuto; };
  stays.erase(std::remove_if(stays.begin(), stays.end(), is_ordered), stays.end());
}

absl::Duration ArrivalDelay(const RunFacts& facts, const KnownTruth& truth, SiteIndex site) {
  for (const BackupStay& stay : facts.stays) {
    if (stay.site != site || !Overlap(stay.when, truth.when())) continue;
    return std::max(stay.when.from - truth.when().from, absl::ZeroDuration());
  }
  return absl::InfiniteDuration();
}

std::optional<BackupStay> FirstMove(const RunFacts& facts, const KnownTruth& truth) {
  for (const BackupStay& stay : facts.stays) {
    if (truth.Covers(stay.site) && truth.IsAround(stay.when.from)) return stay;
  }
  return std::nullopt;
}

absl::Duration DetectionDelay(const RunFacts& facts, const KnownTruth& truth) {
  absl::Duration first = absl::InfiniteDuration();
  for (const ConfirmedEdition& edition : facts.confirmed) {
    if (!Overlap(edition.when, truth.AroundSpan()) || !truth.Names(edition.edition->domain) ||
        truth.Common(edition.edition->sites) == 0) {
      continue;
    }
    first = std::min(first, std::max(edition.when.from - truth.when().from, absl::ZeroDuration()));
  }
  return first;
}

std::vector<FalseMove> FalseMovesOf(const RunFacts& facts, const std::vector<KnownTruth>& truths) {
  std::vector<FalseMove> moves;
  const auto check = [&](SiteIndex site, absl::Duration at, bool is_skip, absl::string_view what) {
    if (IsAllowed(truths, site, at, is_skip) || IsAllowed(facts.noise, site, at, is_skip)) return;
    moves.push_back({.site = site, .at = at, .what = std::string(what)});
  };
  for (const BackupStay& stay : facts.stays) {
    check(stay.site, stay.when.from, /*is_skip=*/false, "its numbers moved to backup");
  }
  for (const FullSkip& skip : facts.skips) {
    check(skip.site, skip.when.from, /*is_skip=*/true, "all its hubs were skipped");
  }
  return moves;
}

std::string ShortTime(absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) return "never";
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 120) return absl::StrFormat("%.*f s", seconds < 10 ? 2 : 1, seconds);
  const auto whole = absl::ToInt64Seconds(duration);
  if (whole < 7200) return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %02d min", whole / 3600, whole / 60 % 60);
}

std::string SiteList(const std::vector<SiteIndex>& sites) {
  if (sites.size() <= kMaxListed) return absl::StrJoin(sites, ", ");
  return absl::StrCat(absl::StrJoin(sites.begin(), sites.begin() + kMaxListed, ", "), " and ",
                      sites.size() - kMaxListed, " more");
}

std::string Name(const DiagnosisEdition& edition) {
  return absl::StrCat(Word(edition.domain), " for ", edition.sites.size(),
                      edition.sites.size() == 1 ? " site (" : " sites (", SiteList(edition.sites),
                      ")");
}

}  // namespace dialtone::detector::simulation
