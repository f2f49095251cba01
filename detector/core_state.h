// The parts of the core, and how one event goes through them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/agent_clocks.h"
#include "detector/attendance.h"
#include "detector/call_watch.h"
#include "detector/cap.h"
#include "detector/chronicle.h"
#include "detector/core.h"
#include "detector/diagnosis.h"
#include "detector/facts.h"
#include "detector/holds.h"
#include "detector/hop_plan.h"
#include "detector/observations.h"
#include "detector/orders.h"
#include "detector/plan.h"
#include "detector/routers.h"

namespace dialtone::detector {

// Owns everything. An event is taken in by the part that it concerns; then all is decided anew from
// what is true: diagnoses; and when there is a reason to (core_table.cc) hop states, groups,
// tables. What changed of the durable state is journalled.
class Core::State {
 public:
  State(Fleet fleet, Policy policy, const CoreStart& start, absl::Time now);

  Effects Handle(const Event& event, absl::Time now);
  absl::Time NextWake() const { return next_wake_; }
  View Look(absl::Time now) const;  // look.cc
  const std::vector<ActiveDiagnosis>& active() const { return diagnostician_.active(); }

  const Fleet fleet;
  const Policy policy;

 private:
  void Take(const Wake&, absl::Time) {}
  void Take(const AgentConnected& connected, absl::Time now);
  void Take(const AgentDisconnected& disconnected, absl::Time now);
  void Take(const Batch& batch, absl::Time now);
  void Take(const RouterReport& report, absl::Time now);
  void Take(const RouterLost& lost, absl::Time now);
  void Take(const SetRoutesEnded& ended, absl::Time now);
  void Take(const OperatorPlan& order, absl::Time now);
  void Take(const OperatorApply& order, absl::Time now);
  void Take(const OperatorHold& order, absl::Time now);
  void Take(const OperatorFreeze& order, absl::Time now);

  Facts FactsAt(absl::Time now) const;
  void Decide(Agenda* agenda);
  bool AreRoutesDue(Agenda* agenda) const;  // core_table.cc
  void DecideRoutes(Agenda* agenda);        // core_table.cc
  void TellMute(Agenda* agenda);
  void TellDiagnoses(const std::vector<DiagnosisChange>& changes, absl::Time now);
  void TellConfirmed(VoiceLayerIndex voice_layer, absl::Time now);
  void WantBursts(bool has_changed, absl::Time now);
  void AskForBursts(absl::Time now);
  void WantTables(Agenda* agenda);
  std::vector<GroupRoute> TableOf(const Facts& facts, VoiceLayerIndex layer, absl::Time now,
                                  bool* differs) const;
  void Journal(absl::Time now);
  std::vector<std::string> Errors() const;  // look.cc

  const absl::Time started_;
  const absl::Time warm_at_;
  Attendance attendance_;
  AgentClocks clocks_;
  Observations observations_;
  Diagnostician diagnostician_;
  Routers routers_;
  Holds holds_;
  CallWatch calls_;
  Cap cap_;
  HopPlan hop_plan_;
  Plan plan_;
  Orders orders_;
  Chronicle chronicle_;
  std::vector<DecisionView> decisions_;  // newest first
  std::vector<absl::Time> heard_since_;  // by site: the end of its last silence or clock step
  std::vector<absl::Time> burst_until_;  // by site
  std::set<SiteIndex> wants_burst_;
  // WantBursts: sites that it looked at, and when the first of their bursts is over.
  std::size_t suspected_ = 0;
  absl::Time bursts_over_ = absl::InfinitePast();
  std::vector<std::uint64_t> told_;           // generation last told as confirmed, by voice layer
  std::map<std::string, std::string> saved_;  // the journal as it is, without the plan's own
  ResultCounts counts_;
  bool must_decide_ = true;  // routes, at this event
  bool has_news_ = false;    // about some path, since routes were decided
  absl::Time routes_decided_ = absl::InfinitePast();
  absl::Time routes_due_ = absl::InfinitePast();
  Effects effects_;
  absl::Time next_wake_ = absl::InfiniteFuture();
  const std::uint64_t epoch_;
};

}  // namespace dialtone::detector
