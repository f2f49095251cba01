#include "detector/decision_metrics.h"

#include <algorithm>
#include <utility>

#include "detector/domains.h"

namespace dialtone::detector {
namespace {

using prometheus::Histogram;

// Chosen at the promise: calls move within seconds, half a minute at most.
Histogram::BucketBoundaries Buckets() {
  return {0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 120, 300};
}

constexpr const char* kDirections[] = {"failover", "failback"};
constexpr const char* kTriggers[] = {"auto", "manual", "breakglass"};  // in the order of Origin
constexpr const char* kResults[] = {"applied", "partial", "unknown"};

const Diagnosis* FindDiagnosis(const View& view, std::uint64_t id) {
  for (const std::vector<Diagnosis>* diagnoses : {&view.diagnoses, &view.past_diagnoses}) {
    for (const Diagnosis& diagnosis : *diagnoses) {
      if (diagnosis.id == id) return &diagnosis;
    }
  }
  return nullptr;
}

std::string TriggerOf(const View& view, const Fleet& fleet, const std::string& group) {
  for (const GroupView& candidate : view.groups) {
    if (fleet.groups[static_cast<size_t>(candidate.group)].name != group) continue;
    if (candidate.wanted.has_value()) return kTriggers[static_cast<int>(candidate.wanted->origin)];
  }
  return kTriggers[0];
}

}  // namespace

DecisionMetrics::DecisionMetrics(const Fleet& fleet, prometheus::Registry* registry,
                                 std::shared_ptr<SnapshotMetrics> snapshot)
    : fleet_(fleet),
      snapshot_(std::move(snapshot)),
      diagnoses_(&prometheus::BuildCounter()
                      .Name("dialtone_diagnosis_changes_total")
                      .Help("Diagnoses that were suspected, confirmed, ended.")
                      .Register(*registry)),
      detection_(&prometheus::BuildHistogram()
                      .Name("dialtone_detection_duration_seconds")
                      .Help("Time from the first failing probe of an outage to the diagnosis.")
                      .Register(*registry)),
      flips_(&prometheus::BuildCounter()
                  .Name("dialtone_flips_total")
                  .Help("Route changes by what became of them.")
                  .Register(*registry)),
      flip_duration_(&prometheus::BuildHistogram()
                          .Name("dialtone_flip_duration_seconds")
                          .Help("Time from the decision to the last confirmation.")
                          .Register(*registry)),
      reroute_duration_(
          &prometheus::BuildHistogram()
               .Name("dialtone_reroute_duration_seconds")
               .Help("Time from the first failing probe of an outage to the last confirmation.")
               .Register(*registry)),
      blocked_(&prometheus::BuildCounter()
                    .Name("dialtone_flips_blocked_total")
                    .Help("Wanted automatic steps that a guard refused.")
                    .Register(*registry)),
      site_flips_(&prometheus::BuildCounter()
                       .Name("dialtone_site_flips_total")
                       .Help("Route changes applied for the site.")
                       .Register(*registry)) {
  // Every series that can exist is there from the start, so that a rate over its first event is
  // seen.
  for (int i = 0; i <= static_cast<int>(FaultDomain::kUnknown); ++i) {
    const std::string domain(Word(static_cast<FaultDomain>(i)));
    for (const char* state : {"suspected", "confirmed", "ended"}) {
      diagnoses_->Add({{"domain", domain}, {"diagnosis", state}});
    }
    detection_->Add({{"domain", domain}}, Buckets());
  }
  for (const char* direction : kDirections) {
    reroute_duration_->Add({{"direction", direction}}, Buckets());
    for (const char* trigger : kTriggers) {
      flip_duration_->Add({{"direction", direction}, {"trigger", trigger}}, Buckets());
      for (const char* result : kResults) {
        flips_->Add({{"direction", direction}, {"trigger", trigger}, {"result", result}});
      }
    }
  }
  for (const Site& site : fleet.sites) {
    if (!site.is_vantage) site_flips_->Add({{"site", site.name}});
  }
  for (const char* guard : kGuardNames) blocked_->Add({{"guard", guard}});
}

void DecisionMetrics::Decided(const Effects& effects, const View& view) {
  for (const Occurrence& occurrence : effects.occurrences) {
    switch (occurrence.kind) {
      case OccurrenceKind::kSuspected:
      case OccurrenceKind::kConfirmed:
      case OccurrenceKind::kEnded:
        CountDiagnosis(occurrence, view);
        break;
      case OccurrenceKind::kFlip:
      case OccurrenceKind::kFailback:
        Begin(occurrence, view);
        break;
      case OccurrenceKind::kRouteConfirmed:
        Settle(view, occurrence.time);
        break;
      case OccurrenceKind::kBlocked:
        if (!occurrence.guard.empty()) blocked_->Add({{"guard", occurrence.guard}}).Increment();
        break;
      case OccurrenceKind::kReorder:
      case OccurrenceKind::kSkip:
      case OccurrenceKind::kAlarm:
      case OccurrenceKind::kOperator:
      case OccurrenceKind::kStarted:
        break;
    }
  }
}

void DecisionMetrics::Publish(View view, absl::Time now) {
  Settle(view, now);
  snapshot_->Set(std::move(view), now);
}

void DecisionMetrics::CountDiagnosis(const Occurrence& occurrence, const View& view) {
  const Diagnosis* diagnosis = FindDiagnosis(view, occurrence.diagnosis);
  if (diagnosis == nullptr) return;
  const std::string domain(Word(diagnosis->domain));
  const bool confirmed = occurrence.kind == OccurrenceKind::kConfirmed;
  const char* const state = confirmed                                       ? "confirmed"
                            : occurrence.kind == OccurrenceKind::kSuspected ? "suspected"
                                                                            : "ended";
  diagnoses_->Add({{"domain", domain}, {"diagnosis", state}}).Increment();
  if (confirmed && diagnosis->onset < absl::InfiniteFuture()) {
    detection_->Add({{"domain", domain}}, Buckets())
        .Observe(absl::ToDoubleSeconds(occurrence.time - diagnosis->onset));
  }
}

void DecisionMetrics::Begin(const Occurrence& occurrence, const View& view) {
  if (occurrence.groups.empty()) return;
  const Diagnosis* diagnosis = FindDiagnosis(view, occurrence.diagnosis);
  const bool has_onset = diagnosis != nullptr && diagnosis->onset < absl::InfiniteFuture();
  moves_.push_back({.direction = kDirections[occurrence.kind == OccurrenceKind::kFailback ? 1 : 0],
                    .trigger = TriggerOf(view, fleet_, occurrence.groups.front()),
                    .groups = {occurrence.groups.begin(), occurrence.groups.end()},
                    .decided = occurrence.time,
                    .onset = has_onset ? diagnosis->onset : absl::InfinitePast()});
}

// One flip for each site that has groups in it, however many.
void DecisionMetrics::CountSites(const Move& move) {
  absl::flat_hash_set<SiteIndex> sites;
  for (const Group& group : fleet_.groups) {
    if (move.groups.contains(group.name)) sites.insert(group.site);
  }
  for (const SiteIndex site : sites) {
    site_flips_->Add({{"site", fleet_.sites[static_cast<size_t>(site)].name}}).Increment();
  }
}

// Closes the moves that are confirmed, and those that have waited long enough.
void DecisionMetrics::Settle(const View& view, absl::Time now) {
  if (moves_.empty()) return;
  absl::flat_hash_set<std::string> in_sync;
  for (const GroupView& group : view.groups) {
    if (group.in_sync) in_sync.insert(fleet_.groups[static_cast<size_t>(group.group)].name);
  }
  std::erase_if(moves_, [&](const Move& move) {
    const auto confirmed =
        std::count_if(move.groups.begin(), move.groups.end(),
                      [&](const auto& group) { return in_sync.contains(group); });
    const bool is_whole = confirmed == static_cast<std::ptrdiff_t>(move.groups.size());
    // A group may still be in sync with the table before the move, until its router was asked.
    if (now == move.decided || (!is_whole && now < move.decided + kConfirmWithin)) return false;
    const char* const result = is_whole ? "applied" : confirmed > 0 ? "partial" : "unknown";
    flips_->Add({{"direction", move.direction}, {"trigger", move.trigger}, {"result", result}})
        .Increment();
    if (!is_whole) return true;
    CountSites(move);
    flip_duration_->Add({{"direction", move.direction}, {"trigger", move.trigger}}, Buckets())
        .Observe(absl::ToDoubleSeconds(now - move.decided));
    if (move.onset == absl::InfinitePast()) return true;
    reroute_duration_->Add({{"direction", move.direction}}, Buckets())
        .Observe(absl::ToDoubleSeconds(now - move.onset));
    return true;
  });
}

}  // namespace dialtone::detector
