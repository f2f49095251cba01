#include "agents/agent_metrics.h"

#include <algorithm>
#include <limits>

#include "absl/strings/match.h"

namespace dialtone::agents {
namespace {

const prometheus::Histogram::BucketBoundaries kDurations = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5};

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

template <typename Builder>
auto& Make(Builder builder, const char* name, const char* help, prometheus::Registry* registry) {
  return builder.Name(name).Help(help).Register(*registry);
}

// Tells a fault of the branch from one of Teams: anything that is not Teams.
bool IsWitness(const Target& target) {
  return target.domain != "hub" && target.domain != "identity" &&
         !absl::StartsWith(target.domain, "teams-");
}

}  // namespace

AgentMetrics::AgentMetrics(prometheus::Registry* registry)
    : probes_(Make(prometheus::BuildCounter(), "dialtone_agent_probes_total",
                   "Probes run by the agent.", registry)),
      failures_(Make(prometheus::BuildCounter(), "dialtone_agent_probe_failures_total",
                     "Probes that failed.", registry)),
      durations_(Make(prometheus::BuildHistogram(), "dialtone_agent_probe_duration_seconds",
                      "Time from the request of a probe to its answer.", registry)),
      healthy_(Make(prometheus::BuildGauge(), "dialtone_agent_probe_healthy",
                    "Whether the latest probe succeeded.", registry)),
      witness_healthy_(Make(prometheus::BuildGauge(), "dialtone_agent_witness_healthy",
                            "Whether a witness that is not Teams answered.", registry)),
      media_loss_(Make(prometheus::BuildGauge(), "dialtone_agent_media_loss_ratio",
                       "Share of media packets lost in the latest media probe.", registry)),
      media_jitter_(Make(prometheus::BuildGauge(), "dialtone_agent_media_jitter_seconds",
                         "Interarrival jitter of the latest media probe (RFC 3550).", registry)),
      media_round_trip_(Make(prometheus::BuildGauge(), "dialtone_agent_media_round_trip_seconds",
                             "Round-trip time of the latest media probe.", registry)),
      media_mos_(Make(prometheus::BuildGauge(), "dialtone_agent_media_mos",
                      "Mean opinion score (1 to 5) estimated from the latest media probe.",
                      registry)),
      skipped_(
          Make(prometheus::BuildCounter(), "dialtone_agent_skipped_probes_total",
               "Probes that were due and not made: the agent was late, or the target not ready.",
               registry)
              .Add({})),
      connected_(Make(prometheus::BuildGauge(), "dialtone_agent_detector_connected",
                      "Whether the report stream to a detector is open.", registry)),
      buffered_(Make(prometheus::BuildGauge(), "dialtone_agent_buffered_reports",
                     "Results that a detector has not acknowledged yet.", registry)),
      dropped_(Make(prometheus::BuildCounter(), "dialtone_agent_dropped_reports_total",
                    "Results forgotten before a detector acknowledged them.", registry)) {}

void AgentMetrics::Follow(const std::vector<Target>& targets) {
  for (auto series = series_.begin(); series != series_.end();) {
    const auto same_labels = [&](const Target& target) {
      const Target& ours = series->second.target;
      return target.name == ours.name && target.kind == ours.kind && target.domain == ours.domain;
    };
    if (std::any_of(targets.begin(), targets.end(), same_labels)) {
      ++series;
    } else {
      Remove(series->second);
      series = series_.erase(series);
    }
  }
  for (const Target& target : targets) {
    if (series_.count(target.name) == 0) Add(target);
  }
}

void AgentMetrics::Count(const Result& result) {
  const auto found = series_.find(result.target);
  if (found == series_.end()) return;
  Series& series = found->second;
  const Measurement& measured = result.measurement;
  const bool answered = measured.outcome == Outcome::kAnswered;
  series.probes->Increment();
  series.healthy->Set(answered ? 1 : 0);
  if (series.witness_healthy != nullptr) series.witness_healthy->Set(answered ? 1 : 0);
  if (series.media && measured.stream) Show(*series.media, *measured.stream);
  if (measured.round_trip) series.duration->Observe(absl::ToDoubleSeconds(*measured.round_trip));
  if (answered) return;
  prometheus::Counter*& failures = series.failures[measured.outcome];
  if (failures == nullptr) {
    Labels labels = series.labels;
    labels["reason"] = std::string(ToString(measured.outcome));
    failures = &failures_.Add(labels);
  }
  failures->Increment();
}

UplinkMetrics AgentMetrics::OfDetector(const std::string& address) {
  const Labels labels = {{"detector", address}};
  return {.connected = &connected_.Add(labels),
          .buffered = &buffered_.Add(labels),
          .dropped = &dropped_.Add(labels)};
}

void AgentMetrics::Add(const Target& target) {
  const std::string kind(ToString(*target.kind));
  Series series;
  series.target = target;
  series.labels = {{"probe", kind}, {"target", target.name}, {"domain", target.domain}};
  series.probes = &probes_.Add(series.labels);
  series.duration = &durations_.Add({{"probe", kind}, {"domain", target.domain}}, kDurations);
  series.healthy = &healthy_.Add(series.labels);
  if (IsWitness(target)) series.witness_healthy = &witness_healthy_.Add({{"target", target.name}});
  if (target.kind == ProbeKind::kStunBinding) {
    const Labels labels = {{"target", target.name}};
    series.media = MediaGauges{.loss_ratio = &media_loss_.Add(labels),
                               .jitter = &media_jitter_.Add(labels),
                               .round_trip = &media_round_trip_.Add(labels),
                               .mos = &media_mos_.Add(labels)};
    Show(*series.media, Quality());
  }
  series_.emplace(target.name, std::move(series));
}

void AgentMetrics::Remove(const Series& series) {
  probes_.Remove(series.probes);
  healthy_.Remove(series.healthy);
  if (series.witness_healthy != nullptr) witness_healthy_.Remove(series.witness_healthy);
  for (const auto& [outcome, counter] : series.failures) failures_.Remove(counter);
  if (!series.media) return;
  media_loss_.Remove(series.media->loss_ratio);
  media_jitter_.Remove(series.media->jitter);
  media_round_trip_.Remove(series.media->round_trip);
  media_mos_.Remove(series.media->mos);
}

// What was not measured is no number: 0 would be a perfect one.
void AgentMetrics::Show(const MediaGauges& media, const Quality& quality) {
  const auto seconds = [](const std::optional<absl::Duration>& duration) {
    return duration ? absl::ToDoubleSeconds(*duration) : kNoNumber;
  };
  media.loss_ratio->Set(quality.sent > 0 ? quality.loss_ratio() : kNoNumber);
  media.jitter->Set(seconds(quality.jitter));
  media.round_trip->Set(seconds(quality.round_trip));
  media.mos->Set(MeanOpinionScore(quality).value_or(kNoNumber));
}

}  // namespace dialtone::agents
