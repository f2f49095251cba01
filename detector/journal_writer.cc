#include "detector/journal_writer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"

namespace dialtone::detector {
namespace {

// Appends, and drops the oldest beyond the limit. Returns how many.
std::uint64_t Append(std::vector<Occurrence>* occurrences, std::vector<Occurrence> newer) {
  occurrences->insert(occurrences->end(), std::make_move_iterator(newer.begin()),
                      std::make_move_iterator(newer.end()));
  if (occurrences->size() <= PendingEffects::kMaxOccurrences) return 0;
  const size_t lost = occurrences->size() - PendingEffects::kMaxOccurrences;
  occurrences->erase(occurrences->begin(),
                     occurrences->begin() + static_cast<std::ptrdiff_t>(lost));
  return lost;
}

}  // namespace

void PendingEffects::Add(Effects effects, absl::Time now) {
  PendingEffects newer;
  newer.entry.time = now;
  newer.entry.occurrences = std::move(effects.occurrences);
  for (JournalRecord& record : effects.journal) {
    newer.entry.records.insert_or_assign(std::move(record.key), std::move(record.value));
  }
  for (Wish& wish : effects.wishes) {
    newer.wishes.insert_or_assign(wish.voice_layer, std::move(wish));
  }
  for (const LeaseRenewal& renewal : effects.renewals) {
    newer.renewals.insert_or_assign(renewal.voice_layer, renewal);
  }
  for (BurstRequest& burst : effects.bursts) {
    newer.bursts.insert_or_assign(burst.site, std::move(burst));
  }
  Merge(std::move(newer));
}

void PendingEffects::Merge(PendingEffects newer) {
  // map::merge keeps what the receiver has: the newer one receives, then takes the place.
  newer.entry.records.merge(entry.records);
  newer.wishes.merge(wishes);
  newer.renewals.merge(renewals);
  newer.bursts.merge(bursts);
  entry.records = std::move(newer.entry.records);
  wishes = std::move(newer.wishes);
  renewals = std::move(newer.renewals);
  bursts = std::move(newer.bursts);

  occurrences_lost +=
      newer.occurrences_lost + Append(&entry.occurrences, std::move(newer.entry.occurrences));
  if (newer.entry.epoch != 0) entry.epoch = newer.entry.epoch;
  entry.time = std::max(entry.time, newer.entry.time);
  replies.insert(replies.end(), std::make_move_iterator(newer.replies.begin()),
                 std::make_move_iterator(newer.replies.end()));
}

bool PendingEffects::empty() const {
  return entry.records.empty() && entry.occurrences.empty() && entry.epoch == 0 && wishes.empty() &&
         renewals.empty() && bursts.empty() && replies.empty();
}

JournalWriter::JournalWriter(Journal* journal, Outlet* outlet, const Clock& clock,
                             std::uint64_t epoch, absl::Duration retry)
    : journal_(journal),
      outlet_(outlet),
      clock_(clock),
      retry_(retry),
      epoch_(epoch),
      thread_([this] { Run(); }) {}

JournalWriter::~JournalWriter() { Stop(); }

void JournalWriter::Add(Effects effects, std::vector<CommittedReply> replies) {
  {
    MutexLock lock(&mutex_);
    pending_.Add(std::move(effects), clock_.TimeNow());
    pending_.Merge({.replies = std::move(replies)});
    if (pending_.empty()) return;
  }
  arrived_.Signal();
}

void JournalWriter::OutbidEpoch(std::uint64_t seen) {
  {
    MutexLock lock(&mutex_);
    const absl::Time now = clock_.TimeNow();
    if (seen < epoch_ || now < outbid_ + kOutbidEvery) return;
    outbid_ = now;
    LogWarning("epoch_outbid", {{"seen", seen}, {"ours", epoch_}, {"next", seen + 1}});
    epoch_ = seen + 1;
    pending_.entry.epoch = epoch_;
    pending_.entry.time = now;
  }
  arrived_.Signal();
}

void JournalWriter::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  arrived_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

JournalHealth JournalWriter::health() const {
  MutexLock lock(&mutex_);
  return health_;
}

std::uint64_t JournalWriter::epoch() const {
  MutexLock lock(&mutex_);
  return epoch_;
}

void JournalWriter::Run() {
  while (std::optional<PendingEffects> pending = TakePending()) {
    const JournalEntry& entry = pending->entry;
    const bool durable = !entry.records.empty() || !entry.occurrences.empty() || entry.epoch != 0;
    const absl::Time begin = clock_.TimeNow();
    const absl::Status committed = durable ? journal_->Commit(entry) : absl::OkStatus();
    if (durable) took_(clock_.TimeNow() - begin);
    if (committed.ok()) {
      HandOn(&*pending);
    } else {
      HoldBack(*std::move(pending), committed);
    }
  }
}

// Waits for something to do. Nothing: stopped, and everything was taken (after a failed commit: was
// attempted).
std::optional<PendingEffects> JournalWriter::TakePending() {
  const auto retry = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(retry_);
  MutexLock lock(&mutex_);
  if (!health_.up) {
    while (!stopping_ && arrived_.WaitUntil(&mutex_, retry)) {
    }
    if (stopping_) return std::nullopt;
  }
  while (pending_.empty()) {
    if (stopping_) return std::nullopt;
    arrived_.WaitUntil(&mutex_, std::chrono::steady_clock::now() + std::chrono::hours(1));
  }
  return std::exchange(pending_, PendingEffects());
}

void JournalWriter::HandOn(PendingEffects* pending) {
  if (pending->occurrences_lost > 0) {
    LogError("occurrences_lost", {{"count", pending->occurrences_lost}});
  }
  {
    MutexLock lock(&mutex_);
    if (!health_.up) LogInfo("journal_written_again");
    health_ = JournalHealth();
  }
  if (pending->entry.epoch != 0) outlet_->UseEpoch(pending->entry.epoch);
  for (const auto& [voice_layer, wish] : pending->wishes) outlet_->Perform(wish);
  for (const auto& [voice_layer, renewal] : pending->renewals) outlet_->Perform(renewal);
  for (const auto& [site, burst] : pending->bursts) outlet_->Perform(burst);
  if (!pending->entry.occurrences.empty()) outlet_->Perform(pending->entry.occurrences);
  for (CommittedReply& reply : pending->replies) reply(absl::OkStatus());
}

void JournalWriter::HoldBack(PendingEffects pending, const absl::Status& error) {
  LogError("journal_write_failed", {{"error", error.message()}});
  {
    MutexLock lock(&mutex_);
    health_ = {.up = false, .error = std::string(error.message())};
  }
  for (const auto& [voice_layer, renewal] : pending.renewals) outlet_->Perform(renewal);
  for (const auto& [site, burst] : pending.bursts) outlet_->Perform(burst);
  for (CommittedReply& reply : pending.replies) reply(error);
  pending.renewals.clear();
  pending.bursts.clear();
  pending.replies.clear();

  MutexLock lock(&mutex_);
  pending.Merge(std::exchange(pending_, PendingEffects()));  // what came meanwhile is newer
  pending_ = std::move(pending);
}

}  // namespace dialtone::detector
