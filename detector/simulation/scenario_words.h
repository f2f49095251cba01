// The words of a scenario file: where each stands, and what numbers, durations, shares and lists of
// numbers mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::detector::simulation {

// A word of a line and the column (from 1) where it begins.
struct FileWord {
  std::string text = {};
  int column = 1;
};

// One line that says something.
struct FileLine {
  int number = 1;                    // from 1
  std::vector<FileWord> words = {};  // never empty
  int end_column = 1;                // just after its last word, where a missing word would stand
  std::string rest = {};             // everything after the first word, comments included, trimmed
};

// The lines of a text that say something. `#` begins a comment, except on the lines `source` and
// `note`, whose text is theirs.
std::vector<FileLine> SplitScenario(absl::string_view text);

// A decimal number without sign or exponent, at most `highest`.
std::optional<double> ParseNumber(absl::string_view word, double highest);

// A whole number from `lowest` to `highest`.
std::optional<int> ParseCount(absl::string_view word, int lowest, int highest);

// "250ms", "8s", "10m", "2h", "1m30s" or "0": not negative, at most kLongestDuration.
std::optional<absl::Duration> ParseDuration(absl::string_view word);
inline constexpr absl::Duration kLongestDuration = absl::Hours(24 * 400);

// "35%" as 0.35: 0 to 100 %.
std::optional<double> ParseShare(absl::string_view word);

// "3,9,14" or "0-7,12": ascending and without doubles whatever the order in the text; numbers from
// 0 to `highest`.
std::optional<std::vector<int>> ParseNumbers(absl::string_view word, int highest);

}  // namespace dialtone::detector::simulation
