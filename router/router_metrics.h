// The router's own metrics: dialtone_router_*.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

#include "router/hop_calls.h"
#include "router/message.h"
#include "router/route_table.h"

namespace dialtone::router {

// Handles made once. Used by the loop's thread.
class RouterMetrics {
 public:
  // The registry must outlive this. `hops`: names of all next hops, in the order of Count().
  RouterMetrics(prometheus::Registry* registry, const std::vector<std::string>& hops);

  void Judged(ProposalResult result);
  void Confirmed(absl::Duration took);
  void Show(const RouteTable& table);
  void Show(const VoiceLayerStatus& voice_layer);

  // The counters of the voice layer; they begin again with it, ours do not.
  void Count(const std::vector<HopCalls>& calls);

 private:
  // Where a group stands between wanted and confirmed.
  enum GroupStanding { kConfirmed, kUnconfirmed, kWaiting, kUnknown, kStandings };

  // The calls of one hop, and how far they are counted.
  struct HopSeries {
    std::string hop;
    prometheus::Counter* sent = nullptr;
    prometheus::Counter* answered = nullptr;
    HopCounters counted = {};
  };

  std::array<prometheus::Gauge*, kStandings> groups_;
  std::array<prometheus::Counter*, std::size(kAllProposalResults)> proposals_;
  prometheus::Histogram* confirm_duration_;
  prometheus::Gauge* voice_layer_up_;
  prometheus::Counter* voice_layer_restarts_;
  prometheus::Gauge* epoch_;
  prometheus::Gauge* generation_;
  std::array<prometheus::Gauge*, 3> hop_states_;
  std::vector<HopSeries> hops_;
};

}  // namespace dialtone::router
