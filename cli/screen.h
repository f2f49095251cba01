// Text on a terminal: aligned columns, colour only where a person looks.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::cli {

// How a word is coloured. A state is always a word too: colour only repeats it.
enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

// One cell of a table.
struct Cell {
  Cell(std::string cell_text, Tone cell_tone = Tone::kPlain)  // NOLINT(google-explicit-constructor)
      : text(std::move(cell_text)), tone(cell_tone) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT(google-explicit-constructor)

  std::string text;
  Tone tone = Tone::kPlain;
};

// Columns as wide as their widest cell, two blanks between them. Rows may be shorter than the
// header.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  std::string ToString(bool colour) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// `text` in the colour of `tone`, or as it is.
std::string Paint(absl::string_view text, Tone tone, bool colour);

// "0.4 s", "12 s", "3 min", "5 h", "2 d".
std::string ShortDuration(absl::Duration duration);

// "10:32:05 UTC (12 s ago)".
std::string TimeAndAge(absl::Time time, absl::Time now);

}  // namespace dialtone::cli
