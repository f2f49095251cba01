// Counts what the core decided, as it decides it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

#include "detector/effects.h"
#include "detector/fleet.h"
#include "detector/loop.h"
#include "detector/snapshot_metrics.h"
#include "detector/view.h"

namespace dialtone::detector {

// The loop's observer: counters of decisions here, the picture of the present in SnapshotMetrics.
class DecisionMetrics final : public Observer {
 public:
  // A move that no router has confirmed whole after this long counts as partial or unknown.
  static constexpr absl::Duration kConfirmWithin = absl::Seconds(60);

  DecisionMetrics(const Fleet& fleet, prometheus::Registry* registry,
                  std::shared_ptr<SnapshotMetrics> snapshot);

  void Decided(const Effects& effects, const View& view) override;
  void Publish(View view, absl::Time now) override;

 private:
  // A flip or failback that waits for its confirmation.
  struct Move {
    std::string direction = {};
    std::string trigger = {};
    absl::flat_hash_set<std::string> groups = {};
    absl::Time decided = {};
    absl::Time onset = absl::InfinitePast();  // of the outage that caused it, if one did
  };

  void CountDiagnosis(const Occurrence& occurrence, const View& view);
  void Begin(const Occurrence& occurrence, const View& view);
  void Settle(const View& view, absl::Time now);
  void CountSites(const Move& move);

  const Fleet& fleet_;
  const std::shared_ptr<SnapshotMetrics> snapshot_;
  std::vector<Move> moves_;

  prometheus::Family<prometheus::Counter>* diagnoses_;
  prometheus::Family<prometheus::Histogram>* detection_;
  prometheus::Family<prometheus::Counter>* flips_;
  prometheus::Family<prometheus::Histogram>* flip_duration_;
  prometheus::Family<prometheus::Histogram>* reroute_duration_;
  prometheus::Family<prometheus::Counter>* blocked_;
  prometheus::Family<prometheus::Counter>* site_flips_;
};

}  // namespace dialtone::detector
