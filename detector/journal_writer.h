// The worker between the loop and the world: commits first and only then hands effects on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/mutex.h"
#include "detector/effects.h"
#include "detector/journal.h"

namespace dialtone::detector {

// Where effects go once they are committed. Called on the journal's thread; must not wait.
class Outlet {
 public:
  virtual ~Outlet() = default;

  virtual void Perform(const Wish& wish) = 0;
  virtual void Perform(const LeaseRenewal& renewal) = 0;
  virtual void Perform(const BurstRequest& burst) = 0;
  virtual void Perform(const std::vector<Occurrence>& occurrences) = 0;

  // Writes to routers carry this epoch from now on.
  virtual void UseEpoch(std::uint64_t epoch) = 0;
};

// An answer on its way to the one who asked; told whether the journal holds what it says.
using CommittedReply = absl::AnyInvocable<void(const absl::Status& committed)>;

// Everything that waits to be committed, merged: of a key, a voice layer's table, a lease, a site's
// burst only the newest counts. So a slow disk makes larger commits, not a longer queue.
struct PendingEffects {
  static constexpr size_t kMaxOccurrences = 10'000;

  JournalEntry entry = {};
  std::map<VoiceLayerIndex, Wish> wishes = {};
  std::map<VoiceLayerIndex, LeaseRenewal> renewals = {};
  std::map<SiteIndex, BurstRequest> bursts = {};
  std::vector<CommittedReply> replies = {};
  std::uint64_t occurrences_lost = 0;  // more than kMaxOccurrences waited

  // Takes in what came later.
  void Add(Effects effects, absl::Time now);
  void Merge(PendingEffects newer);

  bool empty() const;
};

// What the metrics and `status` show of the journal.
struct JournalHealth {
  bool up = true;
  std::string error = {};  // empty when up
};

// Owns the journal and its thread. When a commit fails, what people and agents need goes on (leases
// are renewed, bursts asked for, the one who ordered is told), but no route changes until the
// journal can be written: a decision that a restart would forget is worse than the route that is in
// force.
class JournalWriter {
 public:
  // How long to wait after a failed commit.
  static constexpr absl::Duration kRetry = absl::Seconds(1);

  JournalWriter(Journal* journal, Outlet* outlet, const Clock& clock, std::uint64_t epoch,
                absl::Duration retry = kRetry);
  ~JournalWriter();  // Stop

  // Is told how long each commit took. Called on the journal's thread; set before the first Add.
  void TimeCommits(std::function<void(absl::Duration)> took) { took_ = std::move(took); }

  // Takes the effects of one event. Never waits.
  void Add(Effects effects, std::vector<CommittedReply> replies) ABSL_LOCKS_EXCLUDED(mutex_);

  // A router has seen epoch `seen`, which is not ours: takes the next one, commits it, and hands it
  // to the outlet. A second writer that does the same would raise it for ever: at most once in 10
  // s.
  void OutbidEpoch(std::uint64_t seen) ABSL_LOCKS_EXCLUDED(mutex_);

  // Commits what waits and hands it on (unless the last commit failed); joins the thread.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  JournalHealth health() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::uint64_t epoch() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static constexpr absl::Duration kOutbidEvery = absl::Seconds(10);

  void Run();
  std::optional<PendingEffects> TakePending() ABSL_LOCKS_EXCLUDED(mutex_);
  void HandOn(PendingEffects* pending);
  void HoldBack(PendingEffects pending, const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_);

  Journal* const journal_;
  Outlet* const outlet_;
  const Clock& clock_;
  const absl::Duration retry_;
  std::function<void(absl::Duration)> took_ = [](absl::Duration) {};

  // A lock and not a mailbox: what waits is merged, so there is always room for the newest.
  mutable Mutex mutex_;
  CondVar arrived_;
  PendingEffects pending_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  JournalHealth health_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t epoch_ ABSL_GUARDED_BY(mutex_);
  absl::Time outbid_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Last: it starts when everything above is there.
  std::thread thread_;
};

}  // namespace dialtone::detector
