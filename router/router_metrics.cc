#include "router/router_metrics.h"

#include <algorithm>

namespace dialtone::router {
namespace {

prometheus::Gauge& AddGauge(prometheus::Registry* registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add({});
}

void Raise(prometheus::Counter* counter, uint64_t before, uint64_t now) {
  counter->Increment(static_cast<double>(now >= before ? now - before : now));
}

constexpr HopState kShownStates[] = {HopState::kLastInRoute, HopState::kAfterBackups};

}  // namespace

RouterMetrics::RouterMetrics(prometheus::Registry* registry, const std::vector<std::string>& hops) {
  auto& groups = prometheus::BuildGauge()
                     .Name("dialtone_router_groups")
                     .Help(
                         "Number groups by how their wanted route stands: confirmed by the voice "
                         "layer, unconfirmed, waiting for the router's own speed limit, or "
                         "unknown because nothing was read back yet.")
                     .Register(*registry);
  constexpr const char* kStandingWords[] = {"confirmed", "unconfirmed", "waiting", "unknown"};
  for (size_t i = 0; i < kStandings; ++i) groups_[i] = &groups.Add({{"state", kStandingWords[i]}});

  auto& proposals = prometheus::BuildCounter()
                        .Name("dialtone_router_proposals_total")
                        .Help("Route tables proposed to this router, by what became of them.")
                        .Register(*registry);
  for (const ProposalResult result : kAllProposalResults) {
    proposals_[static_cast<size_t>(result)] =
        &proposals.Add({{"result", std::string(ToString(result))}});
  }
  confirm_duration_ =
      &prometheus::BuildHistogram()
           .Name("dialtone_router_confirm_duration_seconds")
           .Help(
               "Time from the acceptance of a group's route to its confirmation "
               "by the voice layer.")
           .Register(*registry)
           .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                            0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60});
  voice_layer_up_ =
      &AddGauge(registry, "dialtone_router_voice_layer_up", "Whether the voice layer answers.");
  voice_layer_restarts_ = &prometheus::BuildCounter()
                               .Name("dialtone_router_voice_layer_restarts_total")
                               .Help("Starts of the voice layer seen while this router ran.")
                               .Register(*registry)
                               .Add({});
  epoch_ = &AddGauge(registry, "dialtone_router_epoch",
                     "Epoch of the last accepted route table; 0: none was.");
  generation_ = &AddGauge(registry, "dialtone_router_generation",
                          "Generation of the last accepted route table; 0: none was.");
  auto& hop_states = prometheus::BuildGauge()
                         .Name("dialtone_router_hop_states")
                         .Help(
                             "Next hops of the voice layer that are not tried in the order of "
                             "their route, by state, as read back; and states refused or lapsed.")
                         .Register(*registry);
  for (size_t i = 0; i < std::size(kShownStates); ++i) {
    hop_states_[i] = &hop_states.Add({{"state", std::string(ToString(kShownStates[i]))}});
  }
  hop_states_.back() = &hop_states.Add({{"state", "refused"}});
  auto& calls = prometheus::BuildCounter()
                    .Name("dialtone_router_hop_calls_total")
                    .Help(
                        "Calls that the voice layer sent to a next hop, and those of them that "
                        "got an answer other than 100 below 500.")
                    .Register(*registry);
  for (const std::string& hop : hops) {
    hops_.push_back({hop, &calls.Add({{"hop", hop}, {"outcome", "sent"}}),
                     &calls.Add({{"hop", hop}, {"outcome", "answered"}})});
  }
}

void RouterMetrics::Judged(ProposalResult result) {
  proposals_[static_cast<size_t>(result)]->Increment();
}

void RouterMetrics::Confirmed(absl::Duration took) {
  confirm_duration_->Observe(absl::ToDoubleSeconds(took));
}

void RouterMetrics::Show(const RouteTable& table) {
  std::array<int, kStandings> counts = {};
  for (const GroupState& group : table.groups()) {
    const GroupStanding standing = group.in_sync()    ? kConfirmed
                                   : group.waiting    ? kWaiting
                                   : !group.confirmed ? kUnknown
                                                      : kUnconfirmed;
    ++counts[standing];
  }
  for (size_t i = 0; i < kStandings; ++i) groups_[i]->Set(counts[i]);
  epoch_->Set(static_cast<double>(table.version().epoch));
  generation_->Set(static_cast<double>(table.version().generation));
  hop_states_.back()->Set(static_cast<double>(table.hop_states().refused().size()));
}

void RouterMetrics::Show(const VoiceLayerStatus& voice_layer) {
  voice_layer_up_->Set(voice_layer.up ? 1 : 0);
  voice_layer_restarts_->Increment(static_cast<double>(voice_layer.restarts) -
                                   voice_layer_restarts_->Value());
  for (size_t i = 0; i < std::size(kShownStates); ++i) {
    const auto shown = [&](const HopReading& hop) { return hop.state == kShownStates[i]; };
    hop_states_[i]->Set(static_cast<double>(
        std::count_if(voice_layer.hop_states.begin(), voice_layer.hop_states.end(), shown)));
  }
}

void RouterMetrics::Count(const std::vector<HopCalls>& calls) {
  for (size_t i = 0; i < calls.size() && i < hops_.size(); ++i) {
    HopSeries& hop = hops_[i];
    Raise(hop.sent, hop.counted.sent, calls[i].total.sent);
    Raise(hop.answered, hop.counted.answered, calls[i].total.answered);
    hop.counted = calls[i].total;
  }
}

}  // namespace dialtone::router
