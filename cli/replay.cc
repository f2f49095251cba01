// dialtone replay RECORDING... [--policy FILE]: decides again what was recorded, and shows where
// that differs. Exit 0 when nothing differs, 10 when something does.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/show.h"
#include "cli/verbs.h"

#include "detector/simulation/recording.h"

namespace dialtone::cli {
namespace {

struct ReplayFlags {
  std::vector<std::string> recordings;
  std::string policy;
};

ExitCode Replay(const Session& session, const ReplayFlags& flags) {
  const absl::StatusOr<v1::ReplayReport> report =
      detector::simulation::ReplayRecordings(flags.recordings, flags.policy);
  if (!report.ok()) return session.Fail(report.status(), RpcKind::kRead);
  if (session.json()) {
    session.PrintJson(*report);
  } else {
    std::fputs(ShowReplay(*report, session.colour()).c_str(), stdout);
  }
  // The same policy must do the same to the last bit; another one is asked for its decisions.
  const bool same = report->differences().empty() &&
                    (report->identical() || report->other_policy() || !report->complete());
  return same ? ExitCode::kDone : ExitCode::kDoesNotHold;
}

}  // namespace

void AddReplay(CLI::App& program, OfflineRun* run) {
  CLI::App* verb = program.add_subcommand(
      "replay",
      "Decide again what a detector recorded, perhaps by another policy, and show what differs. "
      "Needs no detector. Exit 10 if anything differs.");
  auto flags = std::make_shared<ReplayFlags>();
  verb->add_option("RECORDING", flags->recordings,
                   "Files of one start in order, or a directory: the newest start in it")
      ->required();
  verb->add_option("--policy", flags->policy,
                   "Decide by this policy file, not by the recorded one");
  verb->callback(
      [run, flags] { *run = [flags](const Session& session) { return Replay(session, *flags); }; });
}

}  // namespace dialtone::cli
