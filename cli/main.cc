// dialtone: one verb a file; this is the table of verbs.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/arguments.h"
#include "cli/verbs.h"

#include "base/log.h"

namespace {

using dialtone::ExitCode;

int Exit(ExitCode code) { return static_cast<int>(code); }

// CLI11 only says that a subcommand is required; a slip deserves the word that was meant.
void SuggestVerb(const CLI::App& program, int argc, char** argv) {
  if (!program.get_subcommands().empty()) return;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : program.get_subcommands({})) verbs.push_back(verb->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string nearest = dialtone::cli::Nearest(argv[i], verbs);
    if (nearest.empty()) continue;
    std::cerr << "Did you mean: dialtone " << nearest << "?\n";
    return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = dialtone::cli;
  dialtone::StartLog("dialtone");

  CLI::App program{"Dialtone: look at, explain and move the routes of phone numbers.", "dialtone"};
  program.set_version_flag("--version", "dialtone " DIALTONE_VERSION);
  program.require_subcommand(1);
  program.fallthrough();
  program.footer(
      "Exit codes: 0 done, 1 internal, 2 usage or configuration, 3 refused, 4 partial, 5 outcome "
      "unknown,\n"
      "6 nothing matches, 7 not permitted, 8 unreachable, 9 declined, 10 a check does not hold.");

  cli::CommonFlags flags;
  program.add_option("--config", flags.config_file, "Detectors and certificate of the operator")
      ->envname("DIALTONE_CONFIG")
      ->capture_default_str();
  program
      .add_option("-o,--output", flags.output, "table or json (proto3 JSON of the API's message)")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  program.add_option("--color", flags.colour, "auto, always or never; NO_COLOR is obeyed")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  program.add_option("--timeout", flags.timeout_seconds, "Seconds for the whole call")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();

  cli::Run run;
  cli::AddStatus(program, &run);
  cli::AddSites(program, &run);
  cli::AddExplain(program, &run);
  cli::AddMove(program, &run);
  cli::AddHold(program, &run);
  cli::AddFreeze(program, &run);
  cli::AddWatch(program, &run);
  cli::OfflineRun offline_run;
  cli::AddSimulate(program, &offline_run);
  cli::AddReplay(program, &offline_run);
  cli::AddPolicy(program, &offline_run);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    if (code != 0) SuggestVerb(program, argc, argv);
    return code == 0 ? 0 : Exit(ExitCode::kUsageOrConfig);
  }

  cli::Session session(flags);
  if (offline_run) return Exit(offline_run(session));
  if (const absl::Status status = session.Connect(); !status.ok()) {
    return Exit(session.Fail(status, cli::RpcKind::kRead));
  }
  return Exit(run(session));
}
