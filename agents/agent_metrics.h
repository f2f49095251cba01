// What the agent shows on /metrics.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

#include "agents/measurement.h"
#include "agents/plan.h"

namespace dialtone::agents {

// Of one detector's stream.
struct UplinkMetrics {
  prometheus::Gauge* connected = nullptr;
  prometheus::Gauge* buffered = nullptr;
  prometheus::Counter* dropped = nullptr;
};

// The agent's families. The series of a target exist while it is in the plan, so a target that was
// taken out does not stay healthy for ever. Used by the loop's thread alone.
class AgentMetrics {
 public:
  explicit AgentMetrics(prometheus::Registry* registry);

  // From now on these targets, and no others, have series.
  void Follow(const std::vector<Target>& targets);

  // One more result, of a target that is followed.
  void Count(const Result& result);

  // `count` more probes were due and not made.
  void CountSkipped(double count) { skipped_.Increment(count); }

  UplinkMetrics OfDetector(const std::string& address);

 private:
  using Labels = std::map<std::string, std::string>;

  struct MediaGauges {
    prometheus::Gauge* loss_ratio;
    prometheus::Gauge* jitter;
    prometheus::Gauge* round_trip;
    prometheus::Gauge* mos;
  };

  struct Series {
    Target target;
    Labels labels;
    prometheus::Counter* probes = nullptr;
    prometheus::Histogram* duration = nullptr;  // shared by the targets of one kind and domain
    prometheus::Gauge* healthy = nullptr;
    prometheus::Gauge* witness_healthy = nullptr;      // absent: not a witness
    std::optional<MediaGauges> media;                  // of a target that is a stream
    std::map<Outcome, prometheus::Counter*> failures;  // those that happened
  };

  void Add(const Target& target);
  void Remove(const Series& series);
  static void Show(const MediaGauges& media, const Quality& quality);

  prometheus::Family<prometheus::Counter>& probes_;
  prometheus::Family<prometheus::Counter>& failures_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Gauge>& healthy_;
  prometheus::Family<prometheus::Gauge>& witness_healthy_;
  prometheus::Family<prometheus::Gauge>& media_loss_;
  prometheus::Family<prometheus::Gauge>& media_jitter_;
  prometheus::Family<prometheus::Gauge>& media_round_trip_;
  prometheus::Family<prometheus::Gauge>& media_mos_;
  prometheus::Counter& skipped_;
  prometheus::Family<prometheus::Gauge>& connected_;
  prometheus::Family<prometheus::Gauge>& buffered_;
  prometheus::Family<prometheus::Counter>& dropped_;
  std::map<std::string, Series> series_;
};

}  // namespace dialtone::agents
