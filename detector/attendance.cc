#include "detector/attendance.h"

namespace dialtone::detector {

Attendance::Attendance(int sites) : agents_(static_cast<std::size_t>(sites)) {}

void Attendance::OnConnected(const AgentConnected& connected, absl::Time /*now*/) {
  Agent& agent = At(connected.site);
  agent.is_connected = true;
  agent.version = connected.version;
  if (agent.run_id == connected.run_id) return;  // the same run again: its window still holds
  agent.run_id = connected.run_id;
  agent.highest = 0;
  agent.seen.reset();
}

bool Attendance::OnDisconnected(const AgentDisconnected& disconnected) {
  Agent& agent = At(disconnected.site);
  if (agent.run_id != disconnected.run_id) return false;
  agent.is_connected = false;
  return true;
}

bool Attendance::OnBatch(const Batch& batch, absl::Time now, bool* was_mute) {
  Agent& agent = At(batch.site);
  if (agent.run_id != batch.run_id) return false;
  *was_mute = !agent.is_heard;
  if (*was_mute) {
    ++revision_;
    if (agent.last_batch > absl::InfinitePast()) --mute_;
  }
  if (agent.is_heard) Unlink(batch.site);
  Append(batch.site);
  agent.is_heard = true;
  agent.last_batch = now;
  return true;
}

bool Attendance::IsNew(SiteIndex site, std::uint64_t sequence) {
  Agent& agent = At(site);
  if (sequence > agent.highest) {
    const std::uint64_t ahead = sequence - agent.highest;
    if (ahead >= kWindow) {
      agent.seen.reset();
    } else {
      for (std::uint64_t i = 1; i <= ahead; ++i) agent.seen.reset((agent.highest + i) % kWindow);
    }
    agent.highest = sequence;
  } else if (agent.highest - sequence >= kWindow || agent.seen.test(sequence % kWindow)) {
    return false;
  }
  agent.seen.set(sequence % kWindow);
  return true;
}

std::vector<SiteIndex> Attendance::FallMute(absl::Time now) {
  std::vector<SiteIndex> mute;
  while (oldest_ != kNone && At(oldest_).last_batch + kMuteAfter <= now) {
    mute.push_back(oldest_);
    At(oldest_).is_heard = false;
    ++mute_;
    ++revision_;
    Unlink(oldest_);
  }
  return mute;
}

absl::Time Attendance::next_wake() const {
  return oldest_ == kNone ? absl::InfiniteFuture() : At(oldest_).last_batch + kMuteAfter;
}

void Attendance::Unlink(SiteIndex site) {
  Agent& agent = At(site);
  (agent.before == kNone ? oldest_ : At(agent.before).after) = agent.after;
  (agent.after == kNone ? newest_ : At(agent.after).before) = agent.before;
  agent.before = kNone;
  agent.after = kNone;
}

void Attendance::Append(SiteIndex site) {
  Agent& agent = At(site);
  agent.before = newest_;
  (newest_ == kNone ? oldest_ : At(newest_).after) = site;
  newest_ = site;
}

Attendance Attendance::Without(const std::vector<SiteIndex>& sites) const {
  Attendance rest = *this;
  for (const SiteIndex site : sites) rest.At(site).is_heard = false;
  return rest;
}

}  // namespace dialtone::detector
