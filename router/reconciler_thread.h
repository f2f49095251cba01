// The thread on which the router talks to the voice layer.
#pragma once

#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "router/reconciler.h"

namespace dialtone::router {

// Takes the loop's wishes; nobody waits for the voice layer but this thread.
class WishTaker {
 public:
  virtual ~WishTaker() = default;

  // The newest wish replaces one not yet taken. Never waits.
  virtual void Want(VoiceLayerWish wish) = 0;
};

class ReconcilerThread final : public WishTaker {
 public:
  // Both must outlive the thread, which starts at once and alone touches the reconciler.
  ReconcilerThread(Reconciler* reconciler, const Clock& clock);
  ~ReconcilerThread() override { Stop(); }

  void Want(VoiceLayerWish wish) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends what is under way, a second at most unless numbers are being loaded, and joins.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for a wish, the time to look, or the end: false.
  bool Wait() ABSL_LOCKS_EXCLUDED(mutex_);

  Reconciler& reconciler_;
  const Clock& clock_;
  // A lock and not a mailbox: of the wishes only the newest counts, and a full mailbox would drop
  // just that one. Never held while the reconciler works.
  Mutex mutex_;
  CondVar changed_;
  std::optional<VoiceLayerWish> wish_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace dialtone::router
