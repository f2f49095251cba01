// Makes what the voice layer has follow what is wanted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "router/hop_states.h"
#include "router/proposal.h"
#include "router/route_table.h"
#include "router/voice_layer.h"

namespace dialtone::router {

// All that is wanted of the voice layer now.
struct VoiceLayerWish {
  std::shared_ptr<const std::vector<GroupPlan>> plans;  // of all groups
  uint64_t serial = 0;                                  // of the plans
  // The hop states in force; nothing: no writer has spoken yet, leave those that are there.
  std::optional<std::vector<HopWish>> hop_states;
  // The last full reading that the plans take into account; see VoiceLayerReport.
  uint64_t full_reading = 0;

  bool operator==(const VoiceLayerWish&) const = default;
};

// What the reconciler found and did.
struct VoiceLayerReport {
  bool up = false;
  std::string error = {};  // when it is not, or what went wrong although it is
  uint64_t restarts = 0;   // seen since this program started
  std::optional<VoiceLayerLook> look = {};
  std::vector<HopReading> hop_states = {};  // as last read back; meaningful when up
  std::vector<PlanReading> readings = {};
  // When `readings` are of all groups, what was there before anything was changed: which full
  // reading this is, from 1. Nothing is applied until a wish takes it into account, because groups
  // that no writer named keep the route that they are found on.
  uint64_t full_reading = 0;
};

// Level-triggered: looks every second, compares, writes what differs, reads back, and after an
// error begins with a look again. A voice layer that began anew is seen at the next look and read
// whole; the groups of one that did not are read again a slice a look, so that a change made by
// someone else does not last.
//
// Pure but for the voice layer: told the time, never waits. See ReconcilerThread.
class Reconciler {
 public:
  static constexpr absl::Duration kLookEvery = absl::Seconds(1);
  static constexpr absl::Duration kShortestBackOff = absl::Milliseconds(100);
  // Well under the 30 s of the voice layer's own lease, so that one failure does not end it.
  static constexpr absl::Duration kRenewEvery = absl::Seconds(8);
  static constexpr size_t kReadAtALook = 200;  // groups

  // `report` says false when the report was lost; the reconciler then reads all again. The voice
  // layer must outlive the reconciler.
  Reconciler(std::vector<std::string> groups, VoiceLayer* voice_layer,
             std::function<bool(VoiceLayerReport)> report);

  // The newest wish is the only one.
  void Want(VoiceLayerWish wish) { wish_ = std::move(wish); }

  // Does what is due.
  void Step(absl::Time now);

  // When Step() next has something to do, unless a wish comes before.
  absl::Time NextWake() const { return up_ && work_left_ ? absl::InfinitePast() : next_look_; }

 private:
  absl::Status Work(absl::Time now, VoiceLayerReport* report);
  absl::Status Look(VoiceLayerReport* report);
  absl::Status ReadAll(VoiceLayerReport* report);
  absl::Status ReadSlice(VoiceLayerReport* report);
  absl::Status KeepPlans();
  absl::Status SetHopStates(absl::Time now);
  absl::Status ApplyPlans(VoiceLayerReport* report);
  absl::Status LoadNumbers();
  void Finish(const absl::Status& status, bool looked, absl::Time now, VoiceLayerReport report);

  const std::vector<std::string> groups_;
  VoiceLayer& voice_layer_;
  const std::function<bool(VoiceLayerReport)> report_;
  VoiceLayerWish wish_;

  absl::Time next_look_ = absl::InfinitePast();
  absl::Duration back_off_ = kShortestBackOff;
  bool up_ = false;
  std::string start_;
  uint64_t restarts_ = 0;
  bool read_all_ = false;  // since the voice layer's start, and since it was last lost
  uint64_t full_readings_ = 0;
  size_t next_in_slice_ = 0;
  bool numbers_current_ = true;
  bool work_left_ = false;  // numbers that can be written at once
  uint64_t kept_serial_ = 0;
  std::optional<uint64_t> applied_serial_;        // since all was read
  std::map<std::string, HopReading> hop_states_;  // as last read back
  std::map<std::string, absl::Time> renewed_;     // hop states, by us
};

}  // namespace dialtone::router
