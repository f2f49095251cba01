#include "cli/arguments.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dialtone::cli {
namespace {

constexpr std::size_t kMostSlips = 2;

// Levenshtein's distance: one row of the table at a time.
std::size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, exchanged});
    }
  }
  return row.back();
}

}  // namespace

absl::StatusOr<v1::ScopeSelector> ParseScope(const std::vector<std::string>& words) {
  v1::ScopeSelector scope;
  if (words.size() == 2 && words[0] == "site") {
    scope.set_site(words[1]);
  } else if (words.size() == 2 && words[0] == "group") {
    scope.set_group(words[1]);
  } else if (words.size() == 1 && words[0] == "all") {
    scope.set_all(true);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("given scope \"", absl::StrJoin(words, " "),
                                                   "\", expected site NAME, group NAME or all"));
  }
  return scope;
}

absl::StatusOr<absl::Duration> ParseHoldTime(absl::string_view flag, const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::Minutes(1) ||
      duration > absl::Hours(720)) {
    return absl::InvalidArgumentError(
        absl::StrCat("given ", flag, " \"", text, "\", expected 1m to 720h, for example 4h"));
  }
  return duration;
}

std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t least = kMostSlips + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    // As many slips as letters would make anything near a short word.
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace dialtone::cli
