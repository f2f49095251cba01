// dialtone simulate FILE... [--runs N] [--seed N] [--policy FILE]: plays scenario files in virtual
// time over the real decision. Exit 0 when everything in the files holds, 10 when something does
// not, 2 for a file that cannot be read.
#include "detector/simulation/simulate.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/show_simulation.h"
#include "cli/verbs.h"

namespace dialtone::cli {
namespace {

using detector::simulation::SimulationRequest;

struct SimulateFlags {
  SimulationRequest request;
  bool quiet = false;
};

ExitCode Simulate(const Session& session, const SimulateFlags& flags) {
  const absl::StatusOr<v1::SimulationReport> report = detector::simulation::Simulate(flags.request);
  if (!report.ok()) {  // every line has its file, line and column
    std::fprintf(stderr, "%s\n", std::string(report.status().message()).c_str());
    return ExitCode::kUsageOrConfig;
  }
  if (session.json()) {
    session.PrintJson(*report);
  } else {
    for (const v1::ScenarioReport& scenario : report->scenarios()) {
      if (flags.quiet) break;
      std::fputs(absl::StrCat(ShowScenario(scenario, session.colour()), "\n").c_str(), stdout);
    }
    if (flags.quiet || report->scenarios_size() > 1) {
      std::fputs(ShowSimulationSummary(*report, session.colour()).c_str(), stdout);
    }
  }
  return report->holds() ? ExitCode::kDone : ExitCode::kDoesNotHold;
}

}  // namespace

void AddSimulate(CLI::App& program, OfflineRun* run) {
  CLI::App* verb = program.add_subcommand(
      "simulate",
      "Play scenario files (*.scn) in virtual time over the real decision and judge what comes of "
      "them. Needs no detector. Exit 10 if something in the files does not hold.");
  auto flags = std::make_shared<SimulateFlags>();
  SimulationRequest& request = flags->request;
  verb->add_option("FILE", request.files, "Scenario files; the language: tests/scenarios/README.md")
      ->required();
  verb->add_option("--runs", request.runs,
                   "Runs of each file, with other seeds; 0: only read the files")
      ->check(CLI::Range(0, detector::simulation::kMaxRuns))
      ->capture_default_str();
  verb->add_option("--seed", request.seed, "Replaces the seed of every file");
  verb->add_option("--policy", request.policy_file,
                   "Decide by this policy file, not by the shipped one at laboratory rates");
  verb->add_option("--threads", request.threads, "Runs played side by side; 0: one per core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  verb->add_flag("--quiet", flags->quiet, "Only the line per scenario");
  verb->callback([run, flags] {
    *run = [flags](const Session& session) { return Simulate(session, *flags); };
  });
}

}  // namespace dialtone::cli
