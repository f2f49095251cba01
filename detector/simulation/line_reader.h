// Takes the words of one line of a scenario file one after another and notes what is wrong.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/simulation/scenario.h"
#include "detector/simulation/scenario_words.h"

namespace dialtone::detector::simulation {

// Something wrong, and where.
struct FileError {
  int line = 0;
  int column = 0;
  std::string text = {};  // "given X, expected Y"
};

// How many sites, ISPs and regions the file declares, for the limits of lists; 0 while unknown.
struct FleetSize {
  int sites = 0;
  int isps = 0;
  int regions = 0;
};

// A cursor over the words of a line. Each Take returns nothing when the word is missing or wrong;
// the error is then noted and the rest of the line is to be left alone.
class LineReader {
 public:
  LineReader(const FileLine& line, FleetSize size, std::vector<FileError>* errors)
      : line_(line), size_(size), errors_(errors) {}

  bool AtEnd() const { return next_ >= line_.words.size(); }
  int number() const { return line_.number; }
  const std::string& rest() const { return line_.rest; }
  const FleetSize& size() const { return size_; }

  // The next word, whatever it is; `expected` says what for.
  const FileWord* TakeWord(absl::string_view expected);
  // Whether there is a next word with `part` in it.
  bool NextContains(absl::string_view part) const;
  // The next word must be `word`.
  bool TakeExactly(absl::string_view word);
  // The next word must be one of a table's; `expected` names them.
  template <typename Value, std::size_t kSize>
  std::optional<Value> TakeOneOf(const std::pair<absl::string_view, Value> (&table)[kSize],
                                 absl::string_view expected);

  std::optional<int> TakeCount(int lowest, int highest, absl::string_view what);
  std::optional<double> TakeNumber(double highest, absl::string_view what);
  std::optional<absl::Duration> TakeDuration(absl::string_view what);
  std::optional<absl::Duration> TakeStep(absl::string_view what);  // may be negative
  std::optional<double> TakeShare(absl::string_view what);
  std::optional<std::vector<int>> TakeNumbers(int count, absl::string_view what);
  std::optional<Where> TakeWhere();                                    // the SCOPE
  std::optional<std::vector<DomainName>> TakeDomains();                // D[,D]
  std::optional<ProbedSet> TakeTargets();                              // T[,T]
  std::optional<std::pair<absl::Duration, absl::Duration>> TakeSplit(  // ON/OFF
      absl::string_view what);

  // Nothing may follow.
  bool ExpectEnd();
  // Notes an error at a word, or at the end of the line when there is none.
  void Note(const FileWord* word, absl::string_view expected);
  // Notes an error at the line's first word.
  void NoteLine(absl::string_view text);
  // Notes that the line lacks `word`.
  void NoteMissing(absl::string_view word);

 private:
  const FileLine& line_;
  FleetSize size_;
  std::vector<FileError>* errors_;
  std::size_t next_ = 0;
};

// The fault domains that `list` ("hub1,teams-media", "network") names. Nothing when a word is no
// fault domain.
std::optional<std::vector<DomainName>> ParseDomains(absl::string_view list);

template <typename Value, std::size_t kSize>
std::optional<Value> LineReader::TakeOneOf(
    const std::pair<absl::string_view, Value> (&table)[kSize], absl::string_view expected) {
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  for (const auto& [name, value] : table) {
    if (name == word->text) return value;
  }
  Note(word, expected);
  return std::nullopt;
}

}  // namespace dialtone::detector::simulation
