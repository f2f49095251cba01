// Scenario files from disk, played over all cores of the machine, judged and told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "detector/fleet.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"
#include "dialtone/v1/simulation.pb.h"

namespace dialtone::detector::simulation {

inline constexpr int kUsualRuns = 20;
inline constexpr int kMaxRuns = 10000;

// What `dialtone simulate` was asked for.
struct SimulationRequest {
  std::vector<std::string> files = {};
  int runs = kUsualRuns;                   // 0: the files are only read
  std::optional<std::uint64_t> seed = {};  // replaces those of the files
  std::string policy_file = {};            // replaces those of the files; empty: theirs
  int threads = 0;                         // 0: one per core
};

// Plays and judges every file. INVALID_ARGUMENT, with every error of every file as
// FILE:LINE:COLUMN, when a scenario or a policy cannot be read: nothing is played then.
absl::StatusOr<v1::SimulationReport> Simulate(const SimulationRequest& request);

// The runs 0 to `runs` - 1 of a scenario, in their order, whatever thread played them.
std::vector<RunRecord> PlayRuns(const Scenario& scenario, const Policy& policy, std::uint64_t seed,
                                int runs, int threads);

}  // namespace dialtone::detector::simulation
