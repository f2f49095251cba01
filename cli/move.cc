// dialtone failover, dialtone failback: the plan is shown, confirmed by typing the scope, applied
// as shown, and followed until every router has confirmed it.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "cli/arguments.h"
#include "cli/move_outcome.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include "base/status.h"

namespace dialtone::cli {
namespace {

// How often the routers are looked at while they confirm.
constexpr absl::Duration kLookInterval = absl::Milliseconds(200);

struct MoveFlags {
  std::vector<std::string> scope;
  std::string to_route;
  std::string reason;
  std::string hold;
  std::string confirm;
  std::vector<std::string> override_guards;
  bool dry_run = false;
};

absl::StatusOr<v1::ApplyRequest> ApplicationOf(const MoveFlags& flags, const std::string& plan_id) {
  v1::ApplyRequest request;
  request.set_plan_id(plan_id);
  request.set_reason(flags.reason);
  if (!flags.hold.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration hold, ParseHoldTime("--hold", flags.hold));
    request.mutable_hold()->set_seconds(absl::ToInt64Seconds(hold));
  }
  return request;
}

// Asks for the scope's name. OK when confirmed, otherwise the exit code to end with.
ExitCode Confirm(const std::string& expected, const MoveFlags& flags) {
  if (!flags.confirm.empty()) {
    if (flags.confirm == expected) return ExitCode::kDone;
    std::fprintf(stderr,
                 "error: given --confirm=\"%s\", expected --confirm=\"%s\". Nothing was changed.\n",
                 flags.confirm.c_str(), expected.c_str());
    return ExitCode::kUsageOrConfig;
  }
  if (isatty(STDIN_FILENO) == 0) {
    std::fprintf(stderr,
                 "error: this changes routes and there is no terminal to confirm on.\n"
                 "  Add --confirm=\"%s\" (the plan alone is shown by --dry-run).\n",
                 expected.c_str());
    return ExitCode::kUsageOrConfig;
  }
  std::fprintf(stderr, "Type \"%s\" to go on, anything else stops: ", expected.c_str());
  std::string typed;
  std::getline(std::cin, typed);
  if (typed == expected) return ExitCode::kDone;
  std::fputs("Declined. Nothing was changed.\n", stderr);
  return ExitCode::kDeclined;
}

// Looks until every group of the plan is where it should be, or the time is over.
ExitCode Follow(Session& session, const v1::PlanResponse& plan, const v1::ApplyResponse& applied) {
  MoveOutcome outcome;
  for (;;) {
    v1::StatusResponse status;
    const absl::Status result = session.Call(&Session::Stub::Status, v1::StatusRequest(), &status);
    if (!result.ok()) {
      std::fprintf(stderr, "cannot look any more: %s\n", std::string(result.message()).c_str());
      break;
    }
    outcome = OutcomeOf(plan, applied, status);
    if (outcome.waiting.empty()) break;
    if (absl::Now() + kLookInterval > session.deadline()) break;
    absl::SleepFor(kLookInterval);
  }
  std::fprintf(stderr, "%s\n", outcome.sentence.c_str());
  return outcome.exit_code;
}

ExitCode Move(Session& session, v1::Action action, const MoveFlags& flags) {
  const absl::StatusOr<v1::ScopeSelector> scope = ParseScope(flags.scope);
  if (!scope.ok()) return session.Fail(scope.status(), RpcKind::kRead);
  v1::PlanRequest request;
  request.set_action(action);
  *request.mutable_scope() = *scope;
  request.set_to_route(flags.to_route);
  for (const std::string& guard : flags.override_guards) request.add_override_guards(guard);
  v1::PlanResponse plan;
  absl::Status result = session.Call(&Session::Stub::Plan, request, &plan);
  if (!result.ok()) return session.Fail(result, RpcKind::kRead);
  const absl::StatusOr<v1::ApplyRequest> application = ApplicationOf(flags, plan.plan_id());
  if (!application.ok()) return session.Fail(application.status(), RpcKind::kRead);

  if (flags.dry_run && session.json()) {
    session.PrintJson(plan);
  } else {
    std::fputs(ShowPlan(plan, session.colour()).c_str(), flags.dry_run ? stdout : stderr);
  }
  if (flags.dry_run) return ExitCode::kDone;
  if (plan.moves().empty()) {
    std::fputs("Nothing to do.\n", stderr);
    return plan.stays().empty() ? ExitCode::kNothingMatches : ExitCode::kDone;
  }
  if (const ExitCode confirmed = Confirm(plan.confirmation(), flags);
      confirmed != ExitCode::kDone) {
    return confirmed;
  }
  session.RenewDeadline();
  v1::ApplyResponse applied;
  result = session.Call(&Session::Stub::Apply, *application, &applied);
  if (!result.ok()) return session.Fail(result, RpcKind::kWrite);
  if (session.json()) session.PrintJson(applied);
  return Follow(session, plan, applied);
}

}  // namespace

void AddMove(CLI::App& program, Run* run) {
  for (const v1::Action action : {v1::FAILOVER, v1::FAILBACK}) {
    const bool failover = action == v1::FAILOVER;
    CLI::App* verb = program.add_subcommand(
        failover ? "failover" : "failback",
        failover ? "Move numbers to a backup route and hold them there. The plan is shown first."
                 : "Bring numbers home and end their hold. The plan is shown first.");
    auto flags = std::make_shared<MoveFlags>();
    verb->add_option("SCOPE", flags->scope, "site NAME, group NAME or all")->required();
    verb->add_option("--reason", flags->reason, "Why (kept in the journal)")->required();
    verb->add_option(
        "--confirm", flags->confirm,
        "What would have to be typed, for scripts: the scope's name, \"all COUNT\" for all");
    verb->add_flag("--dry-run", flags->dry_run, "Show the plan, change nothing");
    if (failover) {
      verb->add_option("--to", flags->to_route,
                       "Backup route; without it each group's first proven one");
      verb->add_option("--hold", flags->hold,
                       "How long to hold it there, for example 4h; without it until failback");
    } else {
      verb->add_option("--override", flags->override_guards,
                       "evidence: go home though the fault is still confirmed, and be held there");
    }
    verb->callback([run, action, flags] {
      *run = [action, flags](Session& session) { return Move(session, action, *flags); };
    });
  }
}

}  // namespace dialtone::cli
