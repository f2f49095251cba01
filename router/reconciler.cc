#include "router/reconciler.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace dialtone::router {

Reconciler::Reconciler(std::vector<std::string> groups, VoiceLayer* voice_layer,
                       std::function<bool(VoiceLayerReport)> report)
    : groups_(std::move(groups)), voice_layer_(*voice_layer), report_(std::move(report)) {}

void Reconciler::Step(absl::Time now) {
  const bool look_due = now >= next_look_;
  // While it is lost, a wish does not make us knock more often.
  if (!up_ && !look_due) return;
  VoiceLayerReport report;
  const absl::Status kept = KeepPlans();
  absl::Status status = Work(now, &report);
  if (status.ok()) status = kept;
  Finish(status, look_due, now, std::move(report));
}

absl::Status Reconciler::Work(absl::Time now, VoiceLayerReport* report) {
  if (now >= next_look_) RETURN_IF_ERROR(Look(report));
  // What shortens the wait of the next call comes first. What one table refuses does not keep the
  // others from being written.
  absl::Status status = SetHopStates(now);
  if (!absl::IsUnavailable(status)) status.Update(ApplyPlans(report));
  if (!absl::IsUnavailable(status)) status.Update(LoadNumbers());
  return status;
}

absl::Status Reconciler::Look(VoiceLayerReport* report) {
  absl::StatusOr<VoiceLayerLook> look = voice_layer_.Look();
  up_ = look.ok();
  if (!look.ok()) {
    read_all_ = false;
    return look.status();
  }
  if (look->start != start_) {
    if (!start_.empty()) ++restarts_;
    start_ = look->start;
    read_all_ = false;
    renewed_.clear();
  }
  numbers_current_ = look->numbers_current;
  hop_states_.clear();
  for (const HopReading& reading : look->hop_states) hop_states_.emplace(reading.hop, reading);
  report->look = *std::move(look);
  return read_all_ ? ReadSlice(report) : ReadAll(report);
}

absl::Status Reconciler::ReadAll(VoiceLayerReport* report) {
  ASSIGN_OR_RETURN(report->readings, voice_layer_.ReadPlans(groups_));
  report->full_reading = ++full_readings_;
  read_all_ = true;
  applied_serial_.reset();
  next_in_slice_ = 0;
  return absl::OkStatus();
}

absl::Status Reconciler::ReadSlice(VoiceLayerReport* report) {
  if (next_in_slice_ >= groups_.size()) next_in_slice_ = 0;
  const size_t end = std::min(groups_.size(), next_in_slice_ + kReadAtALook);
  const std::vector<std::string> slice(groups_.begin() + static_cast<ptrdiff_t>(next_in_slice_),
                                       groups_.begin() + static_cast<ptrdiff_t>(end));
  next_in_slice_ = end;
  ASSIGN_OR_RETURN(report->readings, voice_layer_.ReadPlans(slice));
  return absl::OkStatus();
}

absl::Status Reconciler::KeepPlans() {
  if (wish_.plans == nullptr || kept_serial_ == wish_.serial) return absl::OkStatus();
  // A full disk must not hold calls on a dead route: the voice layer is told all the same, and
  // this is tried again at every look.
  RETURN_IF_ERROR(voice_layer_.Keep(*wish_.plans));
  kept_serial_ = wish_.serial;
  return absl::OkStatus();
}

absl::Status Reconciler::SetHopStates(absl::Time now) {
  if (!wish_.hop_states) return absl::OkStatus();
  std::vector<HopWish> to_set;
  std::map<std::string, HopReading> wanted;
  for (const HopWish& wish : *wish_.hop_states) {
    const HopReading reading{wish.hop, wish.state, wish.percent};
    wanted.emplace(wish.hop, reading);
    const auto found = hop_states_.find(wish.hop);
    const auto renewed = renewed_.find(wish.hop);
    const bool fresh = renewed != renewed_.end() && now < renewed->second + kRenewEvery;
    if (found == hop_states_.end() || found->second != reading || !fresh) to_set.push_back(wish);
  }
  std::vector<std::string> to_clear;
  for (const auto& [hop, reading] : hop_states_) {
    if (!wanted.contains(hop)) to_clear.push_back(hop);
  }
  if (!to_set.empty()) RETURN_IF_ERROR(voice_layer_.SetHopStates(to_set));
  for (const HopWish& wish : to_set) renewed_[wish.hop] = now;
  if (!to_clear.empty()) RETURN_IF_ERROR(voice_layer_.ClearHopStates(to_clear));
  for (const std::string& hop : to_clear) renewed_.erase(hop);
  hop_states_ = std::move(wanted);
  return absl::OkStatus();
}

absl::Status Reconciler::ApplyPlans(VoiceLayerReport* report) {
  if (wish_.plans == nullptr || !read_all_ || wish_.full_reading != full_readings_) {
    return absl::OkStatus();
  }
  if (applied_serial_ == wish_.serial && !report->look) return absl::OkStatus();
  // The readings of this step show what was there before, those of Apply() what is there now.
  ASSIGN_OR_RETURN(std::vector<PlanReading> applied, voice_layer_.Apply(*wish_.plans));
  applied_serial_ = wish_.serial;
  for (PlanReading& reading : applied) report->readings.push_back(std::move(reading));
  return absl::OkStatus();
}

absl::Status Reconciler::LoadNumbers() {
  if (numbers_current_) return absl::OkStatus();
  ASSIGN_OR_RETURN(numbers_current_, voice_layer_.LoadNumbers());
  return absl::OkStatus();
}

void Reconciler::Finish(const absl::Status& status, bool looked, absl::Time now,
                        VoiceLayerReport report) {
  if (status.ok()) {
    back_off_ = kShortestBackOff;
    if (looked) next_look_ = now + kLookEvery;
  } else {
    report.error = std::string(status.message());
    next_look_ = now + back_off_;
    back_off_ = std::min(2 * back_off_, kLookEvery);
  }
  work_left_ = status.ok() && !numbers_current_;
  report.up = up_;
  report.restarts = restarts_;
  for (const auto& [hop, reading] : hop_states_) report.hop_states.push_back(reading);
  if (!report_(std::move(report))) read_all_ = false;
}

}  // namespace dialtone::router
