// Reads a scenario file (`*.scn`, version 1): the language of tests/scenarios/README.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// A longer file, or one with more lines that say something, is an error.
inline constexpr std::size_t kMaxScenarioBytes = 1 << 20;
inline constexpr int kMaxSites = 10000;

// What reading gave: the scenario, or everything that is wrong with the file.
struct ScenarioOrErrors {
  std::optional<Scenario> scenario = {};
  // "FILE:LINE:COLUMN: error: what was given and what was expected", in the order of the lines.
  std::vector<std::string> errors = {};
};

// `file` is the name for the errors. The scenario's policy file is as the text says it.
ScenarioOrErrors ReadScenario(absl::string_view file, absl::string_view text);

}  // namespace dialtone::detector::simulation
