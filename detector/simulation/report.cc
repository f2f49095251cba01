#include "detector/simulation/report.h"

#include <algorithm>

#include "absl/strings/string_view.h"

#include "detector/enum_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector::simulation {
namespace {

absl::string_view KindWord(OccurrenceKind kind) {
  switch (kind) {
    case OccurrenceKind::kSuspected:
      return "suspected";
    case OccurrenceKind::kConfirmed:
      return "confirmed";
    case OccurrenceKind::kEnded:
      return "ended";
    case OccurrenceKind::kReorder:
      return "reorder";
    case OccurrenceKind::kSkip:
      return "skip";
    case OccurrenceKind::kFlip:
      return "flip";
    case OccurrenceKind::kFailback:
      return "failback";
    case OccurrenceKind::kRouteConfirmed:
      return "route confirmed";
    case OccurrenceKind::kBlocked:
      return "blocked";
    case OccurrenceKind::kAlarm:
      return "alarm";
    case OccurrenceKind::kOperator:
      return "operator";
    case OccurrenceKind::kStarted:
      return "started";
  }
  return "";
}

// When the first thing goes wrong; infinite: nothing does.
absl::Duration FaultStart(const Scenario& scenario) {
  absl::Duration start = absl::InfiniteDuration();
  for (const Fault& fault : scenario.faults) start = std::min(start, fault.when.from);
  for (const AgentFault& fault : scenario.agent_faults) start = std::min(start, fault.when.from);
  for (const Incident& incident : scenario.incidents) start = std::min(start, incident.when.from);
  return start;
}

void TellTimeline(const RunRecord& run, v1::ScenarioReport* report) {
  for (const TimelineEntry& entry : run.timeline) {
    v1::SimulatedEvent* event = report->add_timeline();
    *event->mutable_at() = ToProto(entry.at);
    event->set_kind(std::string(KindWord(entry.kind)));
    event->set_sentence(entry.sentence);
  }
}

void TellDiagnoses(const RunRecord& run, v1::ScenarioReport* report) {
  for (const RecordedDiagnosis& diagnosis : run.diagnoses) {
    v1::SimulatedDiagnosis* told = nullptr;
    for (const DiagnosisEdition& edition : diagnosis.editions) {
      if (edition.state == DiagnosisState::kConfirmed) {
        if (told == nullptr) {
          told = report->add_diagnoses();
          *told->mutable_confirmed() = ToProto(edition.at);
        }
        told->set_domain(ToProto(edition.domain.domain));
        told->set_scope(ToProto(edition.scope));
        told->set_hub(static_cast<std::uint32_t>(edition.domain.hub));
        told->set_sites(static_cast<std::uint32_t>(edition.sites.size()));
        told->set_sentence(edition.sentence);
      } else if (edition.state == DiagnosisState::kEnded && told != nullptr) {
        *told->mutable_ended() = ToProto(edition.at);
      }
    }
  }
}

void TellCalls(const Scenario& scenario, const std::vector<RunRecord>& runs,
               v1::ScenarioReport* report) {
  if (scenario.calls_per_second <= 0) return;
  CallFigures sum;
  for (const RunRecord& run : runs) {
    sum.placed += run.calls.placed;
    sum.hurt += run.calls.hurt;
    sum.hurt_unaided += run.calls.hurt_unaided;
  }
  const auto count = static_cast<double>(runs.size());
  report->mutable_calls()->set_placed(sum.placed / count);
  report->mutable_calls()->set_hurt(sum.hurt / count);
  report->mutable_calls()->set_hurt_unaided(sum.hurt_unaided / count);
}

}  // namespace

v1::ScenarioReport ReportOf(const Scenario& scenario, const std::vector<RunRecord>& runs,
                            const Judgement& judgement) {
  const RunRecord& first = runs.front();
  v1::ScenarioReport report;
  report.set_name(scenario.name);
  report.set_runs(static_cast<std::uint32_t>(runs.size()));
  report.set_first_seed(first.seed);
  report.set_holds(judgement.holds());
  const absl::Duration start = FaultStart(scenario);
  if (start < absl::InfiniteDuration()) *report.mutable_fault_start() = ToProto(start);
  TellTimeline(first, &report);
  TellDiagnoses(first, &report);
  for (const std::string& line : first.explanation) report.add_explanation(line);
  TellCalls(scenario, runs, &report);
  for (const Finding& finding : judgement.findings) {
    v1::SimulationFinding* told = report.add_findings();
    told->set_condition(finding.condition);
    told->set_holds(finding.holds);
    told->set_figures(finding.figures);
    for (const std::string& reason : finding.reasons) told->add_reasons(reason);
  }
  return report;
}

}  // namespace dialtone::detector::simulation
