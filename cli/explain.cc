// dialtone explain [site NAME | group NAME | diagnosis ID]: why.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/show.h"
#include "cli/verbs.h"

namespace dialtone::cli {
namespace {

absl::StatusOr<v1::ExplainRequest> RequestOf(const std::vector<std::string>& subject) {
  v1::ExplainRequest request;
  if (subject.empty()) return request;
  std::uint64_t id = 0;
  if (subject.size() == 2 && subject[0] == "site") {
    request.set_site(subject[1]);
  } else if (subject.size() == 2 && subject[0] == "group") {
    request.set_group(subject[1]);
  } else if (subject.size() == 2 && subject[0] == "diagnosis" &&
             absl::SimpleAtoi(subject[1], &id)) {
    request.set_diagnosis(id);
  } else {
    std::string given;
    for (const std::string& word : subject) absl::StrAppend(&given, given.empty() ? "" : " ", word);
    return absl::InvalidArgumentError(absl::StrCat(
        "given \"", given, "\", expected nothing, or site NAME, group NAME, diagnosis NUMBER"));
  }
  return request;
}

}  // namespace

void AddExplain(CLI::App& program, Run* run) {
  CLI::App* verb = program.add_subcommand(
      "explain",
      "Why: evidence, other explanations that lost, what was decided, what happens next.");
  auto subject = std::make_shared<std::vector<std::string>>();
  verb->add_option("SUBJECT", *subject,
                   "site NAME, group NAME or diagnosis NUMBER; nothing: all that is wrong");
  verb->callback([run, subject] {
    *run = [subject](Session& session) {
      const absl::StatusOr<v1::ExplainRequest> request = RequestOf(*subject);
      if (!request.ok()) return session.Fail(request.status(), RpcKind::kRead);
      v1::ExplainResponse explanation;
      const absl::Status result = session.Call(&Session::Stub::Explain, *request, &explanation);
      if (!result.ok()) return session.Fail(result, RpcKind::kRead);
      if (session.json()) {
        session.PrintJson(explanation);
      } else {
        std::fputs(ShowExplanation(explanation, absl::Now(), session.colour()).c_str(), stdout);
      }
      return ExitCode::kDone;
    };
  });
}

}  // namespace dialtone::cli
