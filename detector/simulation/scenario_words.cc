#include "detector/simulation/scenario_words.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dialtone::detector::simulation {
namespace {

bool IsPlainNumber(absl::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.';
  });
}

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

std::vector<FileWord> WordsOf(absl::string_view line) {
  std::vector<FileWord> words;
  std::size_t at = 0;
  while (at < line.size()) {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    words.push_back(
        {.text = std::string(line.substr(at, end - at)), .column = static_cast<int>(at) + 1});
    at = end;
  }
  return words;
}

bool IsProse(absl::string_view first_word) {
  return first_word == "source" || first_word == "note";
}

}  // namespace

std::vector<FileLine> SplitScenario(absl::string_view text) {
  std::vector<FileLine> lines;
  int number = 0;
  for (absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    std::vector<FileWord> words = WordsOf(raw);
    if (words.empty()) continue;
    if (!IsProse(words.front().text)) {
      raw = raw.substr(0, raw.find('#'));
      words = WordsOf(raw);
      if (words.empty()) continue;
    }
    FileLine line{.number = number, .words = std::move(words)};
    line.end_column = line.words.back().column + static_cast<int>(line.words.back().text.size());
    const std::size_t after =
        static_cast<std::size_t>(line.words.front().column) - 1 + line.words.front().text.size();
    line.rest = std::string(absl::StripAsciiWhitespace(raw.substr(after)));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::optional<double> ParseNumber(absl::string_view word, double highest) {
  double number = 0;
  if (!IsPlainNumber(word) || !absl::SimpleAtod(word, &number)) return std::nullopt;
  if (!std::isfinite(number) || number > highest) return std::nullopt;
  return number;
}

std::optional<int> ParseCount(absl::string_view word, int lowest, int highest) {
  int number = 0;
  if (!IsPlainNumber(word) || !absl::SimpleAtoi(word, &number)) return std::nullopt;
  if (number < lowest || number > highest) return std::nullopt;
  return number;
}

std::optional<absl::Duration> ParseDuration(absl::string_view word) {
  if (word.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(word.front()))) {
    return std::nullopt;  // no sign
  }
  absl::Duration duration;
  if (!absl::ParseDuration(word, &duration) || duration > kLongestDuration) return std::nullopt;
  return duration;
}

std::optional<double> ParseShare(absl::string_view word) {
  if (!absl::ConsumeSuffix(&word, "%")) return std::nullopt;
  const std::optional<double> percent = ParseNumber(word, 100);
  if (!percent.has_value()) return std::nullopt;
  return *percent / 100;
}

std::optional<std::vector<int>> ParseNumbers(absl::string_view word, int highest) {
  std::set<int> numbers;
  for (const absl::string_view part : absl::StrSplit(word, ',')) {
    const std::vector<absl::string_view> ends = absl::StrSplit(part, '-');
    if (ends.size() > 2) return std::nullopt;
    const std::optional<int> first = ParseCount(ends.front(), 0, highest);
    const std::optional<int> last = ParseCount(ends.back(), 0, highest);
    if (!first.has_value() || !last.has_value() || *first > *last) return std::nullopt;
    for (int number = *first; number <= *last; ++number) numbers.insert(number);
  }
  return std::vector<int>(numbers.begin(), numbers.end());
}

}  // namespace dialtone::detector::simulation
