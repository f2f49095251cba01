#include "cli/show_simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/screen.h"
#include "cli/show.h"
#include "google/protobuf/duration.pb.h"

namespace dialtone::cli {
namespace {

constexpr int kMaxEvents = 200;  // shown; JSON has all

// "+0.81 s", "-12.00 s", "+5:30.2": since the fault.
std::string Since(absl::Duration at) {
  const char sign = at < absl::ZeroDuration() ? '-' : '+';
  const double seconds = absl::ToDoubleSeconds(absl::AbsDuration(at));
  if (seconds < 120) return absl::StrFormat("%c%.2f s", sign, seconds);
  const auto minutes = static_cast<int>(seconds / 60);
  return absl::StrFormat("%c%d:%04.1f", sign, minutes, seconds - 60.0 * minutes);
}

Cell HoldsCell(bool holds) {
  return holds ? Cell("holds", Tone::kGood) : Cell("FAILS", Tone::kBad);
}

std::string ShowTimeline(const v1::ScenarioReport& report, bool colour) {
  const absl::Duration zero =
      report.has_fault_start() ? DurationOf(report.fault_start()) : absl::ZeroDuration();
  std::string out = absl::StrCat("First run, times since ",
                                 report.has_fault_start() ? "the fault" : "its start", ":\n");
  Table table({"TIME", "EVENT", "WHAT"});
  const int shown = std::min(report.timeline_size(), kMaxEvents);
  for (int i = 0; i < shown; ++i) {
    const v1::SimulatedEvent& event = report.timeline(i);
    table.Add({Since(DurationOf(event.at()) - zero), event.kind(), event.sentence()});
  }
  if (table.empty()) return absl::StrCat(out, "nothing happened\n");
  absl::StrAppend(&out, table.ToString(colour));
  if (shown < report.timeline_size()) {
    absl::StrAppend(&out, "and ", report.timeline_size() - shown, " more events\n");
  }
  return out;
}

std::string ShowDiagnoses(const v1::ScenarioReport& report, bool colour) {
  const absl::Duration zero =
      report.has_fault_start() ? DurationOf(report.fault_start()) : absl::ZeroDuration();
  Table table({"CONFIRMED", "ENDED", "DIAGNOSIS"});
  for (const v1::SimulatedDiagnosis& diagnosis : report.diagnoses()) {
    table.Add({Since(DurationOf(diagnosis.confirmed()) - zero),
               diagnosis.has_ended() ? Since(DurationOf(diagnosis.ended()) - zero) : "in force",
               diagnosis.sentence()});
  }
  return table.empty() ? "no diagnosis was confirmed\n" : table.ToString(colour);
}

std::string ShowFindings(const v1::ScenarioReport& report, bool colour) {
  Table table({"RESULT", "WHAT", "SEEN"});
  for (const v1::SimulationFinding& finding : report.findings()) {
    table.Add({HoldsCell(finding.holds()), finding.condition(), finding.figures()});
    for (const std::string& reason : finding.reasons()) table.Add({"", "", reason});
  }
  return table.ToString(colour);
}

}  // namespace

std::string ShowScenario(const v1::ScenarioReport& report, bool colour) {
  std::string out = absl::StrCat(
      "Scenario ", report.name(), " (", report.file(), "), ", report.runs(),
      report.runs() == 1 ? " run" : " runs", " from seed ", report.first_seed(), ": ",
      report.holds() ? Paint("holds", Tone::kGood, colour) : Paint("FAILS", Tone::kBad, colour),
      "\n\n", ShowTimeline(report, colour), "\n", ShowDiagnoses(report, colour), "\n");
  for (const std::string& line : report.explanation()) absl::StrAppend(&out, line, "\n");
  if (report.has_calls()) {
    const v1::SimulatedCalls& calls = report.calls();
    absl::StrAppend(&out, absl::StrFormat("\nCalls, mean of the runs: %.0f placed, %.0f hurt; "
                                          "%.0f would have been without Dialtone: %.0f saved\n",
                                          calls.placed(), calls.hurt(), calls.hurt_unaided(),
                                          calls.hurt_unaided() - calls.hurt()));
  }
  absl::StrAppend(&out, "\n", ShowFindings(report, colour));
  return out;
}

std::string ShowSimulationSummary(const v1::SimulationReport& report, bool colour) {
  if (report.scenarios().empty()) return "";
  Table table({"RESULT", "SCENARIO", "RUNS", "WHAT FAILS"});
  int holding = 0;
  for (const v1::ScenarioReport& scenario : report.scenarios()) {
    std::string failing;
    for (const v1::SimulationFinding& finding : scenario.findings()) {
      if (finding.holds()) continue;
      absl::StrAppend(&failing, failing.empty() ? "" : ", ", finding.condition());
    }
    holding += scenario.holds() ? 1 : 0;
    table.Add(
        {HoldsCell(scenario.holds()), scenario.name(), absl::StrCat(scenario.runs()), failing});
  }
  return absl::StrCat(table.ToString(colour), holding, " of ", report.scenarios_size(),
                      " scenarios hold\n");
}

}  // namespace dialtone::cli
