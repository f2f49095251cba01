// The one thread that touches the route table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "router/message.h"
#include "router/reconciler_thread.h"
#include "router/route_table.h"
#include "router/router_metrics.h"

namespace dialtone::router {

// Takes messages and stamps them; judges proposals, has them stored, answers; tells the reconciler
// what is wanted and the watchers what changed. Sleeps until a message comes, a lease ends, a
// waiting group may go, or the watchers have heard nothing for 5 s.
//
// It waits for the disk, and for nothing else: a proposal is in force when it is stored, no later
// one may be judged before that, and nothing else that the loop does is worth doing first.
class Loop {
 public:
  static constexpr absl::Duration kShowAtLeastEvery = absl::Seconds(5);
  static constexpr size_t kMaxWatchers = 100;

  // Puts an accepted proposal on disk.
  using Save = std::function<absl::Status(Version, const std::vector<GroupWish>& changed)>;

  // All must outlive the loop.
  Loop(RouteTable* table, const Clock& clock, LoopMailbox* mailbox, WishTaker* reconciler,
       RouterMetrics* metrics, Save save);

  // Until the mailbox is closed and empty.
  void Run();

 private:
  void Handle(Message message, absl::Time now);
  void OnPropose(Propose message, absl::Time now);
  Judgement Judge(Propose* message, absl::Time now);
  void OnRenew(Renew message, absl::Time now);
  void OnReport(VoiceLayerReport report, absl::Time now);
  void LogReport(const VoiceLayerReport& report);
  void OnWatch(Watch message, absl::Time now);
  void TellReconciler();
  void TellWatchers(absl::Time now);
  absl::Time NextWake() const;

  RouteTable& table_;
  const Clock& clock_;
  LoopMailbox& mailbox_;
  WishTaker& reconciler_;
  RouterMetrics& metrics_;
  const Save save_;

  VoiceLayerStatus voice_layer_;
  std::string error_;  // of the last report
  uint64_t full_reading_ = 0;
  VoiceLayerWish told_;  // the last wish
  std::vector<std::weak_ptr<Watcher>> watchers_;
  absl::Time shown_ = absl::InfinitePast();
  bool changed_ = true;  // since shown_
};

}  // namespace dialtone::router
