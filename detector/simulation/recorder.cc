#include "detector/simulation/recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detector/diagnosis.h"

namespace dialtone::detector::simulation {
namespace {

// What an operator reads at the end: each diagnosis, and the explanations that lost.
std::vector<std::string> ExplanationOf(const View& view) {
  std::vector<std::string> lines;
  const auto explain = [&lines](const Diagnosis& diagnosis, absl::string_view state) {
    lines.push_back(absl::StrCat(state, ": ", diagnosis.sentence));
    for (const RunnerUp& loser : diagnosis.runners_up) {
      lines.push_back(absl::StrCat("  not ", Word(loser.domain), ": ", loser.why));
    }
  };
  for (const Diagnosis& diagnosis : view.diagnoses) {
    explain(diagnosis, diagnosis.state == DiagnosisState::kConfirmed ? "in force" : "suspected");
  }
  for (const Diagnosis& diagnosis : view.past_diagnoses) explain(diagnosis, "over");
  for (const GroupView& group : view.groups) {
    if (!group.blocked_by.empty()) lines.push_back(group.blocked_by);
  }
  return lines;
}

}  // namespace

Recorder::Recorder(const Scenario& scenario, const Fleet& fleet, absl::Time zero)
    : zero_(zero), mover_(scenario.sites.size(), 0), ways_(scenario.sites.size()) {
  for (const Target& target : fleet.targets) {
    if (target.role == TargetRole::kTeamsHub) hubs_.push_back(target.hop);
  }
  for (Ways& ways : ways_) ways.hubs.assign(hubs_.size(), HopState::kNormal);
  for (const Group& group : fleet.groups) site_of_group_[group.name] = group.site;
}

void Recorder::OnOccurrences(const std::vector<Occurrence>& occurrences, const Core& core,
                             absl::Time now) {
  for (const Occurrence& occurrence : occurrences) {
    TimelineEntry entry = {.at = now - zero_,
                           .kind = occurrence.kind,
                           .sentence = occurrence.sentence,
                           .diagnosis = occurrence.diagnosis};
    for (const std::string& group : occurrence.groups) {
      const auto found = site_of_group_.find(group);
      if (found == site_of_group_.end()) continue;
      entry.sites.push_back(found->second);
      const bool moves = occurrence.kind == OccurrenceKind::kFlip ||
                         occurrence.kind == OccurrenceKind::kFailback ||
                         occurrence.kind == OccurrenceKind::kOperator;
      if (moves) mover_[static_cast<std::size_t>(found->second)] = occurrence.diagnosis;
    }
    std::sort(entry.sites.begin(), entry.sites.end());
    record_.timeline.push_back(std::move(entry));
  }
  Look(core, now);
}

void Recorder::OnRouter(SiteIndex site, const Router& router, absl::Time now) {
  Ways& ways = ways_[static_cast<std::size_t>(site)];
  const int backup_percent = router.backup_percent();
  if (backup_percent != ways.backup_percent) {
    ways.backup_percent = backup_percent;
    ShareChange change = {.site = site,
                          .at = now - zero_,
                          .backup_percent = backup_percent,
                          .diagnosis = mover_[static_cast<std::size_t>(site)]};
    for (const RouterGroup& group : router.report().groups) {
      if (!group.wanted.has_value()) continue;
      change.origin = group.wanted->origin;
      change.reason = group.wanted->reason;
    }
    record_.shares.push_back(std::move(change));
  }
  for (std::size_t hub = 0; hub < hubs_.size(); ++hub) {
    const HopState state = router.StateOf(hubs_[hub]);
    if (state == ways.hubs[hub]) continue;
    ways.hubs[hub] = state;
    record_.hops.push_back(
        {.site = site, .at = now - zero_, .hub = static_cast<int>(hub) + 1, .state = state});
  }
}

void Recorder::Look(const Core& core, absl::Time now) {
  std::map<std::uint64_t, std::size_t> gone = known_;
  for (const ActiveDiagnosis& active : core.active()) {
    WriteEdition(active.diagnosis, now);
    gone.erase(active.diagnosis.id);
  }
  for (const auto& [id, position] : gone) EndDiagnosis(id, now);
  next_look_ = known_.empty() ? absl::InfiniteFuture() : now + kLooksEvery;
}

void Recorder::WriteEdition(const Diagnosis& diagnosis, absl::Time now) {
  const auto [known, is_new] = known_.try_emplace(diagnosis.id, record_.diagnoses.size());
  if (is_new) record_.diagnoses.push_back({.id = diagnosis.id});
  std::vector<DiagnosisEdition>& editions = record_.diagnoses[known->second].editions;
  const DomainName domain = {.domain = diagnosis.domain,
                             .hub = diagnosis.hub == kNone ? 0 : diagnosis.hub + 1};
  if (!editions.empty()) {
    const DiagnosisEdition& last = editions.back();
    if (last.state == diagnosis.state && last.domain == domain && last.scope == diagnosis.scope &&
        last.sites == diagnosis.sites) {
      return;
    }
  }
  editions.push_back({.at = now - zero_,
                      .state = diagnosis.state,
                      .domain = domain,
                      .scope = diagnosis.scope,
                      .scope_name = diagnosis.scope_name,
                      .sites = diagnosis.sites,
                      .sentence = diagnosis.sentence});
}

void Recorder::EndDiagnosis(std::uint64_t id, absl::Time now) {
  std::vector<DiagnosisEdition>& editions = record_.diagnoses[known_.at(id)].editions;
  DiagnosisEdition last = editions.back();
  last.at = now - zero_;
  last.state = DiagnosisState::kEnded;
  editions.push_back(std::move(last));
  known_.erase(id);
}

RunRecord Recorder::Finish(const Core* core, absl::Time now) {
  if (core != nullptr) {
    Look(*core, now);
    record_.explanation = ExplanationOf(core->Look(now));
  }
  return std::exchange(record_, {});
}

}  // namespace dialtone::detector::simulation
