// dialtone freeze, dialtone unfreeze: the big red button. One word, no scope.
#include <cstdio>
#include <memory>
#include <string>

#include "cli/verbs.h"

namespace dialtone::cli {
namespace {

// What the detector does now that it may: best effort, the order is carried out already.
void ShowNextSteps(Session& session) {
  v1::ExplainResponse explanation;
  if (!session.Call(&Session::Stub::Explain, v1::ExplainRequest(), &explanation).ok()) return;
  for (const std::string& step : explanation.next_steps()) {
    std::fprintf(stderr, "  next: %s\n", step.c_str());
  }
}

ExitCode SetFrozen(Session& session, bool frozen, const std::string& reason) {
  v1::FreezeRequest request;
  request.set_frozen(frozen);
  request.set_reason(reason);
  v1::FreezeResponse response;
  const absl::Status result = session.Call(&Session::Stub::Freeze, request, &response);
  if (!result.ok()) return session.Fail(result, RpcKind::kWrite);
  if (session.json()) {
    session.PrintJson(response);
  } else {
    std::puts(response.frozen()
                  ? "Frozen: no automatic step is started; those in force stay in force.\n"
                    "Undo: dialtone unfreeze --reason TEXT"
                  : "Not frozen: the detector acts by its policy again.");
  }
  if (!frozen && !session.json()) ShowNextSteps(session);
  return response.frozen() == frozen ? ExitCode::kDone : ExitCode::kUnknown;
}

}  // namespace

void AddFreeze(CLI::App& program, Run* run) {
  for (const bool frozen : {true, false}) {
    CLI::App* verb = program.add_subcommand(
        frozen ? "freeze" : "unfreeze",
        frozen ? "No automatic step at all, until unfrozen. Operators can still move numbers."
               : "Let the detector act by its policy again.");
    auto reason = std::make_shared<std::string>();
    verb->add_option("--reason", *reason, "Why (kept in the journal)")->required();
    verb->callback([run, frozen, reason] {
      *run = [frozen, reason](Session& session) { return SetFrozen(session, frozen, *reason); };
    });
  }
}

}  // namespace dialtone::cli
