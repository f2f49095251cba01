// A line of the results: one contestant in one class, as text that is kept.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/tournament/classes.h"
#include "tests/bench/tournament/score.h"

namespace dialtone::bench {

// Name of Dialtone's own rows.
inline constexpr char kDialtone[] = "Dialtone";

// Seconds unless said otherwise; kNever: never, or not measured.
struct Row {
  std::string class_name = {};
  int sites = 0;
  std::string contestant = {};
  std::string revision = {};
  int runs = 0;
  double cpu_seconds = 0;  // of the whole class, all contestants
  // Dialtone only.
  double recognised = kNever;
  double recognised_low = kNever;
  double recognised_high = kNever;
  double recognised_p99 = kNever;
  // Calls away.
  double away = kNever;
  double away_low = kNever;
  double away_high = kNever;
  double away_p99 = kNever;
  double due = 0;     // sites
  double missed = 0;  // sites
  double moves = 0;   // per due site
  double most_moves = 0;
  double false_flips = 0;
  double false_numbers = 0;
  double brief = 0;
  double brief_calls = 0;
  double judged = 0;       // runs
  double wrong_owner = 0;  // runs
  double wrong_scope = 0;  // runs
  double lost = kNever;    // share of the calls that the fault hurt, 0..1
  double back = kNever;
  double back_p99 = kNever;
  double site_years = 0;
  double episodes = 0;
  double physical = kNever;
  double lorden = kNever;

  bool IsOf(const FaultClass& what, int size) const {
    return class_name == what.name && sites == size;
  }
};

// The figures of a score.
Row RowOf(const Score& score);

// All rows of one rate in a file of tab-separated values with a line of names.
class Results {
 public:
  // What the file has; nothing when it is missing. False with a message when it is no such file.
  bool Read(const std::string& file, std::string* error);
  // Replaces the rows of a class at a size, and writes the file anew.
  bool Put(const FaultClass& what, int sites, std::vector<Row> rows, std::string* error);

  std::vector<Row> Of(const FaultClass& what, int sites) const;
  const Row* Find(const FaultClass& what, int sites, const std::string& contestant) const;
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::string file_;
  std::vector<Row> rows_;
};

}  // namespace dialtone::bench
