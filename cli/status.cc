// dialtone status: one screen. Exit 0 when everything is healthy, 10 when anything is not.
#include <cstdio>

#include "cli/show.h"
#include "cli/verbs.h"

namespace dialtone::cli {

void AddStatus(CLI::App& program, Run* run) {
  CLI::App* verb = program.add_subcommand(
      "status",
      "One screen: mode, diagnoses, sites, groups, routers. Exit 10 if anything is not healthy.");
  verb->callback([run] {
    *run = [](Session& session) {
      v1::StatusResponse status;
      const absl::Status result =
          session.Call(&Session::Stub::Status, v1::StatusRequest(), &status);
      if (!result.ok()) return session.Fail(result, RpcKind::kRead);
      if (session.json()) {
        session.PrintJson(status);
      } else {
        std::fputs(ShowStatus(status, session.colour()).c_str(), stdout);
      }
      return status.all_healthy() ? ExitCode::kDone : ExitCode::kDoesNotHold;
    };
  });
}

}  // namespace dialtone::cli
