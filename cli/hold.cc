// dialtone hold set|list|clear: pins with an end that no automatic decision overrides.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include "base/status.h"

namespace dialtone::cli {
namespace {

struct HoldFlags {
  std::vector<std::string> scope;
  std::string lasts;
  std::string reason;
  bool dry_run = false;
};

absl::StatusOr<v1::HoldRequest> RequestOf(v1::HoldRequest::Verb verb, const HoldFlags& flags) {
  v1::HoldRequest request;
  request.set_verb(verb);
  if (verb == v1::HoldRequest::LIST) return request;
  ASSIGN_OR_RETURN(*request.mutable_scope(), ParseScope(flags.scope));
  request.set_reason(flags.reason);
  request.set_dry_run(flags.dry_run);
  if (!flags.lasts.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration lasts, ParseHoldTime("--for", flags.lasts));
    request.mutable_duration()->set_seconds(absl::ToInt64Seconds(lasts));
  }
  return request;
}

ExitCode Hold(Session& session, v1::HoldRequest::Verb verb, const HoldFlags& flags) {
  const absl::StatusOr<v1::HoldRequest> request = RequestOf(verb, flags);
  if (!request.ok()) return session.Fail(request.status(), RpcKind::kRead);
  const bool writes = verb != v1::HoldRequest::LIST && !flags.dry_run;
  v1::HoldResponse response;
  const absl::Status result = session.Call(&Session::Stub::Hold, *request, &response);
  if (!result.ok()) return session.Fail(result, writes ? RpcKind::kWrite : RpcKind::kRead);
  if (session.json()) {
    session.PrintJson(response);
    return ExitCode::kDone;
  }
  std::fputs(ShowHold(response, session.colour()).c_str(), stdout);
  if (flags.dry_run) std::fputs("Nothing was changed.\n", stderr);
  return ExitCode::kDone;
}

}  // namespace

void AddHold(CLI::App& program, Run* run) {
  CLI::App* hold = program.add_subcommand(
      "hold", "Pin numbers where they are: nothing automatic moves what a hold covers.");
  hold->require_subcommand(1);
  const auto add = [hold, run](const char* name, const char* help, v1::HoldRequest::Verb verb) {
    CLI::App* const command = hold->add_subcommand(name, help);
    auto flags = std::make_shared<HoldFlags>();
    command->callback([run, verb, flags] {
      *run = [verb, flags](Session& session) { return Hold(session, verb, *flags); };
    });
    if (verb == v1::HoldRequest::LIST) return;
    command->add_option("SCOPE", flags->scope, "site NAME, group NAME or all")->required();
    command->add_option("--reason", flags->reason, "Why (kept in the journal)")->required();
    command->add_flag("--dry-run", flags->dry_run,
                      "Show what it does to each group, change nothing");
    if (verb == v1::HoldRequest::CLEAR) return;
    command->add_option("--for", flags->lasts,
                        "How long, 1m to 720h, for example 4h; without it until it is cleared");
  };
  add("set", "Hold a scope, or change the hold on it.", v1::HoldRequest::SET);
  add("list", "Show the holds in force.", v1::HoldRequest::LIST);
  add("clear", "End the hold on a scope: what stands off home comes home by itself.",
      v1::HoldRequest::CLEAR);
}

}  // namespace dialtone::cli
