// One operator who watches: events out, one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/grpcpp.h"

#include "base/mutex.h"
#include "detector/history.h"
#include "dialtone/v1/operator.grpc.pb.h"

namespace dialtone::detector {

// Keeps at most kMaxWaiting events for a slow reader; then it is cut off, and may come back with
// `after_id`. Deletes itself when gRPC is done with it.
class EventStream final : public grpc::ServerWriteReactor<v1::Event>, private Watcher {
 public:
  // As many as the history holds: who asks for all of it gets it.
  static constexpr size_t kMaxWaiting = History::kSize;

  EventStream(grpc::CallbackServerContext* context, History* history, std::uint64_t after_id,
              std::function<void(absl::StatusCode)> ended);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ~EventStream() override = default;

  void Take(const std::vector<Occurrence>& occurrences) override;
  void Close() override;

  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  grpc::CallbackServerContext* const context_;
  History& history_;
  const std::function<void(absl::StatusCode)> ended_;
  v1::Event sending_;  // of the write in flight

  // The journal's thread brings events, gRPC's take them away. Taken after the history's lock.
  Mutex mutex_;
  std::deque<Occurrence> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dialtone::detector
