#include "detector/simulation/simulate.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "detector/policy_codec.h"
#include "detector/simulation/judge.h"
#include "detector/simulation/player.h"
#include "detector/simulation/policies.h"
#include "detector/simulation/report.h"
#include "detector/simulation/scenario_reader.h"

namespace dialtone::detector::simulation {
namespace {

// A scenario and the policy it is played by.
struct Prepared {
  std::string file = {};
  Scenario scenario = {};
  Policy policy = {};
};

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxScenarioBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": error: cannot be read"));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// A policy that a scenario names lies beside it, or below the working directory.
std::string PathOf(const std::string& policy, const std::string& scenario) {
  const std::filesystem::path beside = std::filesystem::path(scenario).parent_path() / policy;
  std::error_code ignored;
  return std::filesystem::exists(beside, ignored) ? beside.string() : policy;
}

absl::StatusOr<Prepared> Prepare(const std::string& file, const SimulationRequest& request) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(file));
  ScenarioOrErrors read = ReadScenario(file, text);
  if (!read.scenario.has_value()) {
    return absl::InvalidArgumentError(absl::StrJoin(read.errors, "\n"));
  }
  Prepared prepared{.file = file, .scenario = *std::move(read.scenario), .policy = {}};
  if (request.seed.has_value()) prepared.scenario.seed = *request.seed;
  const std::string& named = prepared.scenario.policy_file;
  if (!request.policy_file.empty()) {
    ASSIGN_OR_RETURN(prepared.policy, ReadPolicy(request.policy_file));
  } else if (!named.empty()) {
    ASSIGN_OR_RETURN(prepared.policy, ReadPolicy(PathOf(named, file)));
  } else {
    prepared.policy = LaboratoryPolicy();
  }
  return prepared;
}

}  // namespace

std::vector<RunRecord> PlayRuns(const Scenario& scenario, const Policy& policy, std::uint64_t seed,
                                int runs, int threads) {
  std::vector<RunRecord> records(static_cast<std::size_t>(runs));
  std::atomic<int> next = 0;
  const auto play = [&] {
    for (int run = next++; run < runs; run = next++) {
      records[static_cast<std::size_t>(run)] = Play(scenario, policy, SeedOfRun(seed, run));
    }
  };
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int players = std::min(threads > 0 ? threads : cores, runs);
  std::vector<std::thread> others;
  for (int i = 1; i < players; ++i) others.emplace_back(play);
  play();
  for (std::thread& other : others) other.join();
  return records;
}

absl::StatusOr<v1::SimulationReport> Simulate(const SimulationRequest& request) {
  std::vector<Prepared> all;
  std::vector<std::string> errors;
  for (const std::string& file : request.files) {
    absl::StatusOr<Prepared> prepared = Prepare(file, request);
    if (prepared.ok()) {
      all.push_back(*std::move(prepared));
    } else {
      errors.emplace_back(prepared.status().message());
    }
  }
  if (!errors.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));

  v1::SimulationReport report;
  report.set_holds(true);
  if (request.runs == 0) return report;
  for (const Prepared& one : all) {
    const std::vector<RunRecord> runs =
        PlayRuns(one.scenario, one.policy, one.scenario.seed, request.runs, request.threads);
    v1::ScenarioReport* told = report.add_scenarios();
    *told = ReportOf(one.scenario, runs, Judge(one.scenario, runs));
    told->set_file(one.file);
    report.set_holds(report.holds() && told->holds());
  }
  return report;
}

}  // namespace dialtone::detector::simulation
