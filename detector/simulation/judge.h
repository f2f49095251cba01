// Whether a scenario holds over its runs, and if not, why: the rules of judging of
// tests/scenarios/README.md.
#pragma once

#include <string>
#include <vector>

#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// One thing that was to hold.
struct Finding {
  std::string condition = {};  // "moves", "diagnosis", "no false move", or a term of `expect`
  bool holds = true;
  std::string figures = {};               // what was seen, in one line
  std::vector<std::string> reasons = {};  // why not, in plain words, at most kMaxReasons
};
inline constexpr std::size_t kMaxReasons = 5;

// What became of a scenario.
struct Judgement {
  std::vector<Finding> findings = {};
  bool holds() const;
};

// Judges all runs of a scenario; `runs` is not empty.
Judgement Judge(const Scenario& scenario, const std::vector<RunRecord>& runs);

}  // namespace dialtone::detector::simulation
