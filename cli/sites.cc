// dialtone sites [list | show SITE...]: which sites are well, and what fails at one of them.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include "base/status.h"

namespace dialtone::cli {
namespace {

struct SitesFlags {
  std::vector<std::string> words;
  std::string region;
  std::string isp;
  std::string state;
};

const std::vector<std::string>& States() {
  static const auto* const states =
      new std::vector<std::string>{"healthy", "suspect", "failed", "unknown", "mute", "off-home"};
  return *states;
}

absl::StatusOr<v1::SitesRequest> RequestOf(const SitesFlags& flags) {
  v1::SitesRequest request;
  const std::vector<std::string>& words = flags.words;
  if (words.size() >= 2 && words[0] == "show") {
    request.set_details(true);
    for (std::size_t i = 1; i < words.size(); ++i) request.add_sites(words[i]);
  } else if (!words.empty() && words != std::vector<std::string>{"list"}) {
    return absl::InvalidArgumentError(absl::StrCat("given \"", absl::StrJoin(words, " "),
                                                   "\", expected nothing, list, or show SITE..."));
  }
  request.set_region(flags.region);
  request.set_isp(flags.isp);
  if (flags.state == "healthy") request.set_health(v1::HEALTHY);
  if (flags.state == "suspect") request.set_health(v1::SUSPECT);
  if (flags.state == "failed") request.set_health(v1::FAILED);
  if (flags.state == "unknown") request.set_health(v1::NO_JUDGEMENT);
  request.set_mute(flags.state == "mute");
  request.set_off_home(flags.state == "off-home");
  return request;
}

ExitCode Show(Session& session, const SitesFlags& flags) {
  const absl::StatusOr<v1::SitesRequest> request = RequestOf(flags);
  if (!request.ok()) return session.Fail(request.status(), RpcKind::kRead);
  v1::SitesResponse sites;
  const absl::Status result = session.Call(&Session::Stub::Sites, *request, &sites);
  if (!result.ok()) return session.Fail(result, RpcKind::kRead);
  if (session.json()) {
    session.PrintJson(sites);
  } else if (!sites.sites().empty()) {
    const std::string text = request->details() ? ShowSites(sites, session.colour())
                                                : ShowSiteList(sites, session.colour());
    std::fputs(text.c_str(), stdout);
  }
  if (!sites.sites().empty()) return ExitCode::kDone;
  std::fprintf(stderr, "None of the %u sites matches.\n", sites.configured());
  return ExitCode::kNothingMatches;
}

}  // namespace

void AddSites(CLI::App& program, Run* run) {
  CLI::App* verb = program.add_subcommand(
      "sites", "Sites, worst first; or the paths, groups and diagnoses of some.");
  auto flags = std::make_shared<SitesFlags>();
  verb->add_option("WHAT", flags->words, "list (or nothing), or show SITE...");
  verb->add_option("--region", flags->region, "Only sites with this region label");
  verb->add_option("--isp", flags->isp, "Only sites with this ISP label");
  verb->add_option("--state", flags->state,
                   "Only sites that are healthy, suspect, failed, unknown, mute, or have numbers "
                   "off-home")
      ->check(CLI::IsMember(States()));
  verb->callback(
      [run, flags] { *run = [flags](Session& session) { return Show(session, *flags); }; });
}

}  // namespace dialtone::cli
