// Hands committed effects to those who carry them out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "detector/effects.h"
#include "detector/history.h"
#include "detector/journal_writer.h"
#include "detector/report_service.h"
#include "detector/route_client.h"

namespace dialtone::detector {

// Wishes and leases to the routers, bursts to the agents, what happened to the log and the history.
// Called on the journal's thread; nothing here waits.
class Dispatch final : public Outlet {
 public:
  Dispatch(History* history, ReportService* agents) : history_(*history), agents_(*agents) {}

  // By voice layer; starts them. Before the first effect.
  void UseRouters(std::vector<std::unique_ptr<RouteClient>> routers);

  // Breaks off every call; joins the threads.
  void StopRouters();

  void Perform(const Wish& wish) override;
  void Perform(const LeaseRenewal& renewal) override;
  void Perform(const BurstRequest& burst) override;
  void Perform(const std::vector<Occurrence>& occurrences) override;
  void UseEpoch(std::uint64_t epoch) override;

 private:
  RouteClient& Router(VoiceLayerIndex voice_layer);

  History& history_;
  ReportService& agents_;
  std::vector<std::unique_ptr<RouteClient>> routers_;
};

}  // namespace dialtone::detector
