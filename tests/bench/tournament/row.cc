#include "tests/bench/tournament/row.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace dialtone::bench {
namespace {

// The figures of a row by name; words and whole numbers stand before them.
struct Field {
  const char* name;
  double Row::*value;
};
constexpr Field kFields[] = {
    {"cpu_seconds", &Row::cpu_seconds},
    {"recognised", &Row::recognised},
    {"recognised_low", &Row::recognised_low},
    {"recognised_high", &Row::recognised_high},
    {"recognised_p99", &Row::recognised_p99},
    {"away", &Row::away},
    {"away_low", &Row::away_low},
    {"away_high", &Row::away_high},
    {"away_p99", &Row::away_p99},
    {"due", &Row::due},
    {"missed", &Row::missed},
    {"moves", &Row::moves},
    {"most_moves", &Row::most_moves},
    {"false_flips", &Row::false_flips},
    {"false_numbers", &Row::false_numbers},
    {"brief", &Row::brief},
    {"brief_calls", &Row::brief_calls},
    {"judged", &Row::judged},
    {"wrong_owner", &Row::wrong_owner},
    {"wrong_scope", &Row::wrong_scope},
    {"lost", &Row::lost},
    {"back", &Row::back},
    {"back_p99", &Row::back_p99},
    {"site_years", &Row::site_years},
    {"episodes", &Row::episodes},
    {"physical", &Row::physical},
    {"lorden", &Row::lorden},
};
constexpr std::size_t kWords = 5;

std::string Header() {
  std::string line = "class\tsites\tcontestant\trevision\truns";
  for (const Field& field : kFields) absl::StrAppend(&line, "\t", field.name);
  return line;
}

std::string LineOf(const Row& row) {
  std::string line = absl::StrJoin({row.class_name, absl::StrCat(row.sites), row.contestant,
                                    row.revision, absl::StrCat(row.runs)},
                                   "\t");
  for (const Field& field : kFields) {
    absl::StrAppend(&line, "\t",
                    row.*field.value == kNever ? "-" : absl::StrFormat("%.6g", row.*field.value));
  }
  return line;
}

std::optional<Row> ParseRow(const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, '\t');
  if (words.size() != kWords + std::size(kFields)) return std::nullopt;
  Row row = {.class_name = words[0], .contestant = words[2], .revision = words[3]};
  if (!absl::SimpleAtoi(words[1], &row.sites) || !absl::SimpleAtoi(words[4], &row.runs)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    double& value = row.*kFields[i].value;
    value = kNever;
    if (words[kWords + i] != "-" && !absl::SimpleAtod(words[kWords + i], &value)) {
      return std::nullopt;
    }
  }
  return row;
}

}  // namespace

Row RowOf(const Score& score) {
  constexpr double kYear = 365.25 * 86400;
  const Interval recognised = MedianInterval(score.recognised);
  const Interval away = MedianInterval(score.delays);
  return {.runs = score.runs,
          .recognised = Quantile(score.recognised, 0.5),
          .recognised_low = recognised.low,
          .recognised_high = recognised.high,
          .recognised_p99 = Quantile(score.recognised, 0.99),
          .away = Quantile(score.delays, 0.5),
          .away_low = away.low,
          .away_high = away.high,
          .away_p99 = Quantile(score.delays, 0.99),
          .due = score.due,
          .missed = score.missed,
          .moves = score.due > 0 ? score.moves / score.due : 0,
          .most_moves = score.most_moves,
          .false_flips = score.false_flips,
          .false_numbers = score.false_numbers,
          .brief = score.brief,
          .brief_calls = score.brief_calls,
          .judged = score.judged,
          .wrong_owner = score.wrong_owner,
          .wrong_scope = score.wrong_scope,
          .lost = score.hurt > 0 ? score.left / score.hurt : kNever,
          .back = Quantile(score.back, 0.5),
          .back_p99 = Quantile(score.back, 0.99),
          .site_years = score.site_seconds / kYear,
          .episodes = score.episodes};
}

bool Results::Read(const std::string& file, std::string* error) {
  file_ = file;
  rows_.clear();
  std::ifstream stream(file);
  if (!stream) return true;
  std::string line;
  std::getline(stream, line);
  if (line != Header()) {
    *error = absl::StrCat(file, ":1: other columns than this program writes: remove the file");
    return false;
  }
  for (int number = 2; std::getline(stream, line); ++number) {
    std::optional<Row> row = ParseRow(line);
    if (!row.has_value()) {
      *error = absl::StrCat(file, ":", number, ": not a row of results");
      return false;
    }
    rows_.push_back(*std::move(row));
  }
  return true;
}

bool Results::Put(const FaultClass& what, int sites, std::vector<Row> rows, std::string* error) {
  rows_.erase(std::remove_if(rows_.begin(), rows_.end(),
                             [&](const Row& row) { return row.IsOf(what, sites); }),
              rows_.end());
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  // Never half a file: a run may be stopped at any time.
  const std::string beside = file_ + ".new";
  std::ofstream stream(beside);
  stream << Header() << "\n";
  for (const Row& row : rows_) stream << LineOf(row) << "\n";
  stream.close();
  std::error_code failed;
  if (stream) std::filesystem::rename(beside, file_, failed);
  if (stream && !failed) return true;
  *error = absl::StrCat(file_, ": cannot be written");
  return false;
}

std::vector<Row> Results::Of(const FaultClass& what, int sites) const {
  std::vector<Row> found;
  for (const Row& row : rows_) {
    if (row.IsOf(what, sites)) found.push_back(row);
  }
  return found;
}

const Row* Results::Find(const FaultClass& what, int sites, const std::string& contestant) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) {
    return row.IsOf(what, sites) && row.contestant == contestant;
  });
  return found == rows_.end() ? nullptr : &*found;
}

}  // namespace dialtone::bench
