// dialtone policy check [--policy FILE] [--fleet FILE]: what a policy means before it is used. Exit
// 0 when it keeps what it states, 10 when not, 2 for a file that cannot be read.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/show_policy.h"
#include "cli/verbs.h"

#include "detector/simulation/policy_check.h"

namespace dialtone::cli {
namespace {

using detector::simulation::PolicyCheckRequest;

constexpr char kUsualPolicy[] = "/etc/dialtone/policy.textproto";

ExitCode Check(const Session& session, PolicyCheckRequest request) {
  if (request.policy_file.empty() && request.config_file.empty()) {
    request.policy_file = kUsualPolicy;
  }
  const absl::StatusOr<v1::PolicyForecast> forecast = detector::simulation::CheckPolicy(request);
  if (!forecast.ok()) {  // every line has its file, line and column
    std::fprintf(stderr, "%s\n", std::string(forecast.status().message()).c_str());
    return ExitCode::kUsageOrConfig;
  }
  if (session.json()) {
    session.PrintJson(*forecast);
  } else {
    std::fputs(ShowForecast(*forecast, session.colour()).c_str(), stdout);
  }
  return forecast->broken().empty() ? ExitCode::kDone : ExitCode::kDoesNotHold;
}

}  // namespace

void AddPolicy(CLI::App& program, OfflineRun* run) {
  CLI::App* verb = program.add_subcommand("policy", "What a policy means. Needs no detector.");
  verb->require_subcommand(1);
  CLI::App* check = verb->add_subcommand(
      "check",
      "How long each kind of fault takes to be recognised and to move numbers under a policy, and "
      "whether the policy keeps what it states. Exit 10 if it does not.");
  auto request = std::make_shared<PolicyCheckRequest>();
  check->add_option(
      "--policy", request->policy_file,
      absl::StrCat("Policy file; absent: the one that --fleet names, or else ", kUsualPolicy));
  CLI::Option* const fleet =
      check->add_option("--fleet", request->config_file,
                        "Configuration of a detector: for its sites, ISPs and targets");
  check->add_option("--sites", request->shape.sites, "Without --fleet: sites of the company")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str()
      ->excludes(fleet);
  check
      ->add_option("--isps", request->shape.isps, "Without --fleet: ISPs that they are spread over")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str()
      ->excludes(fleet);
  check->callback([run, request] {
    *run = [request](const Session& session) { return Check(session, *request); };
  });
}

}  // namespace dialtone::cli
