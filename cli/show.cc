#include "cli/show.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace dialtone::cli {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string ScopeName(const v1::ScopeSelector& scope) {
  switch (scope.selected_case()) {
    case v1::ScopeSelector::kSite:
      return absl::StrCat("site ", scope.site());
    case v1::ScopeSelector::kGroup:
      return absl::StrCat("group ", scope.group());
    case v1::ScopeSelector::kAll:
    case v1::ScopeSelector::SELECTED_NOT_SET:
      return "all";
  }
  return "all";
}

std::string Headline(const v1::StatusResponse& status, bool colour) {
  std::string out = absl::StrCat("mode ", status.mode() == v1::MODE_AUTO ? "auto" : "observe",
                                 ", epoch ", status.epoch(), ", table ", status.generation(),
                                 ", detector ", status.detector_version(), "\n");
  if (status.frozen()) {
    absl::StrAppend(
        &out, Paint(absl::StrCat("FROZEN: ", status.frozen_reason()), Tone::kBad, colour), "\n");
  }
  if (status.diagnoses().empty()) {
    absl::StrAppend(&out,
                    status.all_healthy()
                        ? Paint("No fault is diagnosed; everything answers.", Tone::kGood, colour)
                        : "No fault is diagnosed.",
                    "\n");
  }
  for (const v1::Diagnosis& diagnosis : status.diagnoses()) {
    absl::StrAppend(&out, ShowDiagnosisLine(diagnosis, colour));
  }
  for (const std::string& error : status.errors()) {
    absl::StrAppend(&out, Paint("ERROR", Tone::kBad, colour), " ", error, "\n");
  }
  return out;
}

std::string SiteTable(const v1::StatusResponse& status, bool colour) {
  Table table({"SITE", "REGION", "ISP", "HEALTH", "AGENT", "FAILING"});
  for (const v1::SiteStatus& site : status.sites()) {
    std::vector<std::string> failing;
    for (const v1::PathStatus& path : site.paths()) {
      if (path.health() == v1::FAILED || path.health() == v1::SUSPECT)
        failing.push_back(path.target());
    }
    table.Add({absl::StrCat(site.site(), site.is_vantage() ? " (vantage)" : ""), site.region(),
               site.isp(), HealthCell(site.health()), AgentCell(site),
               absl::StrJoin(failing, " ")});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.ToString(colour));
}

std::string HopTable(const v1::StatusResponse& status, bool colour) {
  Table table({"NEXT HOP", "VOICE LAYER", "WANTED", "CONFIRMED", "WHY"});
  for (const v1::HopStatus& hop : status.hops()) {
    table.Add({hop.hop(), hop.voice_layer(),
               Cell(Word(v1::HopState_Name(hop.wanted())), Tone::kWarning),
               Word(v1::HopState_Name(hop.confirmed())), hop.reason()});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.ToString(colour));
}

std::string RouterTable(const v1::StatusResponse& status, bool colour) {
  Table table({"ROUTER", "STATE", "TABLE", "OUT OF SYNC", "VOICE LAYER", "RESTARTS", "ERROR"});
  for (const v1::RouterStatus& router : status.routers()) {
    table.Add({router.voice_layer(),
               router.up() ? Cell("up", Tone::kGood) : Cell("DOWN", Tone::kBad),
               absl::StrCat(router.epoch(), ".", router.generation()),
               Cell(absl::StrCat(router.out_of_sync()),
                    router.out_of_sync() > 0 ? Tone::kBad : Tone::kPlain),
               router.voice_layer_up() ? Cell("up", Tone::kGood) : Cell("DOWN", Tone::kBad),
               absl::StrCat(router.voice_layer_restarts()), router.error()});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.ToString(colour));
}

std::string ShowDiagnosis(const v1::Diagnosis& diagnosis, absl::Time now, bool colour) {
  const Tone tone = diagnosis.state() == v1::CONFIRMED   ? Tone::kBad
                    : diagnosis.state() == v1::SUSPECTED ? Tone::kWarning
                                                         : Tone::kFaint;
  std::string out =
      absl::StrCat("#", diagnosis.id(), " ",
                   Paint(Word(v1::DiagnosisState_Name(diagnosis.state())), tone, colour), " ",
                   Word(v1::FaultDomain_Name(diagnosis.domain())),
                   diagnosis.hub().empty() ? "" : absl::StrCat(" ", diagnosis.hub()), ", ",
                   Word(v1::Scope_Name(diagnosis.scope())),
                   diagnosis.scope_name().empty() ? "" : absl::StrCat(" ", diagnosis.scope_name()),
                   "\n  ", diagnosis.sentence(), "\n");
  for (const auto& [name, has, time] :
       {std::tuple{"first bad probe", diagnosis.has_onset_time(), diagnosis.onset_time()},
        std::tuple{"suspected", diagnosis.has_suspected_time(), diagnosis.suspected_time()},
        std::tuple{"confirmed", diagnosis.has_confirmed_time(), diagnosis.confirmed_time()},
        std::tuple{"ended", diagnosis.has_ended_time(), diagnosis.ended_time()}}) {
    if (has) absl::StrAppendFormat(&out, "  %-16s %s\n", name, TimeAndAge(TimeOf(time), now));
  }
  if (!diagnosis.evidence().empty()) absl::StrAppend(&out, "  Evidence\n");
  for (const v1::Evidence& evidence : diagnosis.evidence()) {
    if (evidence.target().empty()) {
      absl::StrAppend(&out, "    agent of ", evidence.site(), ": ", evidence.detail(), "\n");
      continue;
    }
    absl::StrAppendFormat(&out, "    %s from %s%s: %d of %d bad%s\n", evidence.target(),
                          evidence.site(), evidence.is_witness() ? " (witness)" : "",
                          evidence.bad(), evidence.probes(),
                          evidence.detail().empty() ? "" : absl::StrCat(": ", evidence.detail()));
  }
  if (!diagnosis.runners_up().empty()) absl::StrAppend(&out, "  Other explanations that lost\n");
  for (const v1::RunnerUp& loser : diagnosis.runners_up()) {
    absl::StrAppendFormat(&out, "    %s%s, %s (%.1f nats): %s\n",
                          Word(v1::FaultDomain_Name(loser.domain())),
                          loser.hub().empty() ? "" : absl::StrCat(" ", loser.hub()),
                          Word(v1::Scope_Name(loser.scope())), loser.score(), loser.why());
  }
  return out;
}

void AppendList(absl::string_view title,
                const google::protobuf::RepeatedPtrField<std::string>& lines, std::string* out) {
  if (lines.empty()) return;
  absl::StrAppend(out, title, "\n");
  for (const std::string& line : lines) absl::StrAppend(out, "  ", line, "\n");
}

// On a line of its own before it, unless there is nothing.
std::string Section(const std::string& text) {
  return text.empty() ? "" : absl::StrCat("\n", text);
}

std::string DateAndTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", TimeOf(time), absl::UTCTimeZone());
}

}  // namespace

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

Cell HealthCell(v1::Health health) {
  switch (health) {
    case v1::HEALTHY:
      return {"healthy", Tone::kGood};
    case v1::SUSPECT:
      return {"suspect", Tone::kWarning};
    case v1::FAILED:
      return {"FAILED", Tone::kBad};
    default:  // proto enums are open
      return {"unknown", Tone::kFaint};
  }
}

Cell AgentCell(const v1::SiteStatus& site) {
  if (!site.has_last_report_age()) return {"never heard", Tone::kFaint};
  const std::string age = ShortDuration(DurationOf(site.last_report_age()));
  if (site.is_mute()) return {absl::StrCat("MUTE for ", age), Tone::kBad};
  return {absl::StrCat("heard ", age, " ago")};
}

std::string ShowDiagnosisLine(const v1::Diagnosis& diagnosis, bool colour) {
  const bool confirmed = diagnosis.state() == v1::CONFIRMED;
  return absl::StrCat(
      Paint(confirmed ? "CONFIRMED" : "SUSPECTED", confirmed ? Tone::kBad : Tone::kWarning, colour),
      " #", diagnosis.id(), " ", diagnosis.sentence(), "\n");
}

std::string ShowGroups(const google::protobuf::RepeatedPtrField<v1::OperatorGroupStatus>& groups,
                       bool colour) {
  Table table({"GROUP", "SITE", "NUMBERS", "WANTED", "CONFIRMED", "BY", "BACKUP", "WHY NOT MOVED"});
  for (const v1::OperatorGroupStatus& group : groups) {
    const std::string confirmed = ShowShares(group.confirmed());
    const bool away =
        std::any_of(group.wanted().shares().begin(), group.wanted().shares().end(),
                    [&](const v1::Share& share) {
                      return share.percent() > 0 && share.route() != group.home_route();
                    });
    const std::string wanted =
        group.wanted().shares().empty() ? group.home_route() : ShowShares(group.wanted().shares());
    const std::string origin =
        group.has_wanted() && away ? Word(v1::Origin_Name(group.wanted().origin())) : "";
    table.Add({group.group(), group.site(), absl::StrCat(group.numbers()),
               Cell(wanted, away ? Tone::kWarning : Tone::kPlain),
               Cell(confirmed, group.in_sync() ? Tone::kPlain : Tone::kBad), origin,
               group.backup_proof(),
               group.error().empty() ? Cell(group.blocked_by()) : Cell(group.error(), Tone::kBad)});
  }
  return table.empty() ? "" : table.ToString(colour);
}

std::string ShowHolds(const google::protobuf::RepeatedPtrField<v1::HoldEntry>& holds, bool colour) {
  Table table({"HOLD", "BY", "SINCE", "UNTIL", "REASON"});
  for (const v1::HoldEntry& hold : holds) {
    table.Add({ScopeName(hold.scope()), hold.author(), DateAndTime(hold.since()),
               hold.has_until() ? DateAndTime(hold.until()) : "cleared", hold.reason()});
  }
  return table.empty() ? "" : table.ToString(colour);
}

std::string ShowShares(const google::protobuf::RepeatedPtrField<v1::Share>& shares) {
  if (shares.empty()) return "unknown";
  if (shares.size() == 1) return shares.begin()->route();
  return absl::StrJoin(shares, ", ", [](std::string* out, const v1::Share& share) {
    absl::StrAppend(out, share.percent(), " % ", share.route());
  });
}

std::string Word(const std::string& enum_value_name) {
  absl::string_view name = enum_value_name;
  absl::ConsumePrefix(&name, "EVENT_");
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

std::string ShowStatus(const v1::StatusResponse& status, bool colour) {
  return absl::StrCat(Headline(status, colour), SiteTable(status, colour),
                      Section(ShowGroups(status.groups(), colour)), HopTable(status, colour),
                      RouterTable(status, colour), Section(ShowHolds(status.holds(), colour)));
}

std::string ShowExplanation(const v1::ExplainResponse& explanation, absl::Time now, bool colour) {
  std::string out;
  if (!explanation.summary().empty()) absl::StrAppend(&out, explanation.summary(), "\n");
  for (const v1::Diagnosis& diagnosis : explanation.diagnoses()) {
    absl::StrAppend(&out, ShowDiagnosis(diagnosis, now, colour));
  }
  AppendList("Decided (newest first)", explanation.decisions(), &out);
  AppendList("Next", explanation.next_steps(), &out);
  return out;
}

std::string ShowPlan(const v1::PlanResponse& plan, bool colour) {
  std::string out = absl::StrCat("Plan ", plan.plan_id(), " (valid for 2 min)\n");
  Table table({"GROUP", "NUMBERS", "FROM", "TO", "PROOF OF THAT ROUTE"});
  for (const v1::PlannedMove& move : plan.moves()) {
    table.Add({move.group(), absl::StrCat(move.numbers()), move.from_route(), move.to_route(),
               move.proof()});
  }
  absl::StrAppend(&out, table.empty() ? "Nothing would move.\n" : table.ToString(colour));
  AppendList("Stays where it is", plan.stays(), &out);
  for (const std::string& guard : plan.guards()) {
    absl::StrAppend(&out, Paint("Guard", Tone::kBad, colour), "      ", guard, "\n");
  }
  if (!plan.emergency().empty()) absl::StrAppend(&out, "Emergency  ", plan.emergency(), "\n");
  if (!plan.undo().empty()) absl::StrAppend(&out, "Undo       ", plan.undo(), "\n");
  return out;
}

std::string ShowEvent(const v1::Event& event, bool colour) {
  Tone tone = Tone::kPlain;
  switch (event.kind()) {
    case v1::EVENT_SUSPECTED:
    case v1::EVENT_REORDER:
    case v1::EVENT_SKIP:
    case v1::EVENT_BLOCKED:
      tone = Tone::kWarning;
      break;
    case v1::EVENT_CONFIRMED:
    case v1::EVENT_FLIP:
    case v1::EVENT_ALARM:
      tone = Tone::kBad;
      break;
    case v1::EVENT_ENDED:
    case v1::EVENT_FAILBACK:
    case v1::EVENT_ROUTE_CONFIRMED:
      tone = Tone::kGood;
      break;
    default:  // proto enums are open
      break;
  }
  const std::string kind = absl::StrFormat("%-15s", Word(v1::EventKind_Name(event.kind())));
  return absl::StrCat(absl::FormatTime("%H:%M:%E3S", TimeOf(event.time()), absl::UTCTimeZone()),
                      " ", Paint(kind, tone, colour), " ", event.sentence(), "\n");
}

}  // namespace dialtone::cli
