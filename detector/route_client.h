// Repeats the latest wish to one router until it is confirmed, and listens to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

#include "base/mutex.h"
#include "detector/effects.h"
#include "detector/message.h"
#include "detector/router_metrics.h"
#include "dialtone/v1/route.grpc.pb.h"

namespace dialtone::detector {

// Two threads: one writes (SetRoutes, RenewHopStates; one RPC in flight), one listens (WatchRoutes,
// opened again 100 ms to 1 s after it broke). What the router says goes to the loop's mailbox.
//
// A write ends as done, refused, or uncertain; an uncertain one is read back, and asked again until
// the router has it or a newer wish has replaced it. A router that shows an older table than it had
// accepted (its disk was lost) is given the latest one again.
class RouteClient {
 public:
  static constexpr absl::Duration kDeadline = absl::Seconds(2);
  // What a group more in a table may cost a router on a slow machine: 10,000 groups have 12 s.
  static constexpr absl::Duration kDeadlinePerGroup = absl::Milliseconds(1);
  static constexpr absl::Duration kShortestBackOff = absl::Milliseconds(100);
  static constexpr absl::Duration kLongestBackOff = absl::Seconds(1);
  // A router reports at least every 5 s; after this silence the stream is opened again.
  static constexpr absl::Duration kLongestSilence = absl::Seconds(15);

  struct Options {
    VoiceLayerIndex voice_layer = kNone;
    std::string name = {};  // of the voice layer
    std::uint64_t epoch = 0;
    // The router has heard a writer of epoch `seen` that is not us: ours must become higher.
    std::function<void(std::uint64_t seen)> outbid = {};
  };

  RouteClient(Options options, std::unique_ptr<v1::RouteService::StubInterface> router,
              LoopMailbox* mailbox, RouterMetrics metrics);
  ~RouteClient();  // Stop

  // From now on it writes and listens. Once.
  void Start();

  // Never wait. The newest wish replaces an unsent one.
  void Want(Wish wish) ABSL_LOCKS_EXCLUDED(mutex_);
  void Renew(const LeaseRenewal& renewal) ABSL_LOCKS_EXCLUDED(mutex_);

  // The latest wish goes out again, under the new epoch.
  void UseEpoch(std::uint64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);

  // Breaks off what is in flight; joins both threads.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What the writing thread does next.
  struct Work {
    std::uint64_t epoch = 0;
    std::optional<Wish> wish = {};
    std::optional<LeaseRenewal> renewal = {};
  };

  void Write();
  std::optional<Work> TakeWork() ABSL_LOCKS_EXCLUDED(mutex_);
  void Set(const Wish& wish, std::uint64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);
  bool ReadBack(const Wish& wish, std::uint64_t epoch);
  void SendRenewal(const LeaseRenewal& renewal, std::uint64_t epoch);
  void Accept(const Wish& wish, std::uint64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);
  void RetryLater(const Wish& wish) ABSL_LOCKS_EXCLUDED(mutex_);
  grpc::Status Call(RouterMethod method, size_t groups,
                    const std::function<grpc::Status(grpc::ClientContext*)>& call)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void Listen();
  std::string ListenOnce(bool* heard) ABSL_LOCKS_EXCLUDED(mutex_);
  void Compare(const RouterReport& report) ABSL_LOCKS_EXCLUDED(mutex_);
  bool Stopping() ABSL_LOCKS_EXCLUDED(mutex_);
  bool WaitBeforeRetry(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const std::unique_ptr<v1::RouteService::StubInterface> router_;
  LoopMailbox& mailbox_;
  RouterMetrics metrics_;

  // A lock and not a mailbox: of the wishes only the newest counts, and a full mailbox would drop
  // just that one. Never held over an RPC.
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t epoch_ ABSL_GUARDED_BY(mutex_);
  std::optional<Wish> unsent_ ABSL_GUARDED_BY(mutex_);
  std::optional<Wish> latest_ ABSL_GUARDED_BY(mutex_);  // whatever became of it
  std::optional<LeaseRenewal> renewal_ ABSL_GUARDED_BY(mutex_);
  std::optional<Wish> accepted_ ABSL_GUARDED_BY(mutex_);  // the last that the router took
  std::uint64_t accepted_epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t highest_wished_ ABSL_GUARDED_BY(mutex_) = 0;  // generation
  std::chrono::steady_clock::time_point not_before_ ABSL_GUARDED_BY(mutex_) = {};
  std::chrono::steady_clock::time_point heard_ ABSL_GUARDED_BY(mutex_) = {};
  grpc::ClientContext* writing_ ABSL_GUARDED_BY(mutex_) = nullptr;
  grpc::ClientContext* listening_ ABSL_GUARDED_BY(mutex_) = nullptr;

  // Of the writing thread alone.
  absl::Duration back_off_ = kShortestBackOff;
  std::uint64_t uncertain_generation_ = 0;  // already told to the loop

  std::thread writer_;
  std::thread listener_;
};

// The highest epoch that any of the routers has accepted; asks all at once, and waits `patience`
// for those that do not answer. For a start without a journal.
struct NamedRouter {
  std::string name = {};  // of the voice layer
  std::unique_ptr<v1::RouteService::StubInterface> stub = {};
};
std::uint64_t HighestEpoch(const std::vector<NamedRouter>& routers, absl::Duration patience);

}  // namespace dialtone::detector
