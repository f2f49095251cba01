// Sites and holds of show.h.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/show.h"

namespace dialtone::cli {
namespace {

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string NameOf(const v1::SiteStatus& site) {
  return absl::StrCat(site.site(), site.is_vantage() ? " (vantage)" : "");
}

Cell OffHomeCell(const v1::SiteStatus& site) {
  if (site.numbers() == 0) return {""};
  return {absl::StrCat(site.numbers_off_home(), " of ", site.numbers()),
          site.numbers_off_home() > 0 ? Tone::kWarning : Tone::kPlain};
}

// A line, when the clock of the site's agent was ever seen being set.
std::string ClockLine(const v1::SiteStatus& site) {
  if (site.clock_steps() == 0) return "";
  const absl::Duration step = DurationOf(site.last_clock_step());
  return absl::StrCat("its clock was set ", site.clock_steps(),
                      site.clock_steps() == 1 ? " time, by " : " times, last by ",
                      ShortDuration(absl::AbsDuration(step)),
                      step > absl::ZeroDuration() ? " forward, " : " back, ",
                      ShortDuration(DurationOf(site.last_clock_step_age())), " ago\n");
}

std::string PathTable(const v1::SiteStatus& site, bool colour) {
  Table table({"TARGET", "HEALTH", "LAST RESULT", "ROUND TRIP", "USUALLY BAD", "SAID"});
  for (const v1::PathStatus& path : site.paths()) {
    table.Add(
        {path.target(), HealthCell(path.health()),
         path.has_last_result_age()
             ? absl::StrCat(ShortDuration(DurationOf(path.last_result_age())), " ago")
             : "never",
         path.has_round_trip()
             ? absl::StrFormat("%.1f ms", absl::ToDoubleMilliseconds(DurationOf(path.round_trip())))
             : "",
         absl::StrFormat("%.2f %%", path.baseline() * 100), path.detail()});
  }
  return table.empty() ? "" : table.ToString(colour);
}

}  // namespace

std::string ShowSiteList(const v1::SitesResponse& sites, bool colour) {
  Table table({"SITE", "REGION", "ISP", "HEALTH", "AGENT", "OFF HOME", "FAILING"});
  for (const v1::SiteStatus& site : sites.sites()) {
    table.Add({NameOf(site), site.region(), site.isp(), HealthCell(site.health()), AgentCell(site),
               OffHomeCell(site), absl::StrJoin(site.failing(), " ")});
  }
  return table.ToString(colour);
}

std::string ShowSites(const v1::SitesResponse& sites, bool colour) {
  std::string out;
  for (const v1::Diagnosis& diagnosis : sites.diagnoses()) {
    absl::StrAppend(&out, ShowDiagnosisLine(diagnosis, colour));
  }
  for (const v1::SiteStatus& site : sites.sites()) {
    const Cell health = HealthCell(site.health());
    const Cell agent = AgentCell(site);
    absl::StrAppend(&out, out.empty() ? "" : "\n", NameOf(site), "  region ", site.region(),
                    ", ISP ", site.isp(), ", ", Paint(health.text, health.tone, colour), ", agent ",
                    site.agent_version(), site.agent_version().empty() ? "" : " ",
                    Paint(agent.text, agent.tone, colour), "\n", ClockLine(site),
                    PathTable(site, colour));
  }
  const std::string groups = ShowGroups(sites.groups(), colour);
  if (!groups.empty()) absl::StrAppend(&out, "\n", groups);
  return out;
}

std::string ShowHold(const v1::HoldResponse& response, bool colour) {
  std::string out;
  for (const std::string& effect : response.effects()) absl::StrAppend(&out, effect, "\n");
  const std::string holds = ShowHolds(response.holds(), colour);
  absl::StrAppend(&out, out.empty() ? "" : "\n", holds.empty() ? "No hold is in force.\n" : holds);
  return out;
}

}  // namespace dialtone::cli
