// One agent's stream: what it says comes in, plan, bursts and acknowledgements go out.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/grpcpp.h"

#include "base/mutex.h"
#include "detector/fleet.h"
#include "dialtone/v1/probe.grpc.pb.h"

namespace dialtone::detector {

class ReportStream;

// Why a stream ended: label `reason` of dialtone_agent_stream_closes_total.
enum class StreamEnd {
  kAgent,        // it said good-bye
  kBroken,       // the connection broke, or a message was longer than the server takes
  kReplaced,     // a newer stream of the same site
  kProtocol,     // it broke a rule of probe.proto
  kOverload,     // the loop's mailbox is full
  kStopping,     // the detector stops
  kUnknownSite,  // its certificate names no configured site
  kTooMany,      // the site has enough streams already
};
inline constexpr int kStreamEnds = 8;

// What a stream tells its owner. Called on gRPC's threads, for one stream one at a time.
class StreamOwner {
 public:
  // What one message calls for.
  struct Reaction {
    grpc::Status end = {};  // not OK: end the stream with it
    StreamEnd reason = StreamEnd::kProtocol;
    v1::ReportResponse response = {};  // may be empty
    bool slow_down = false;            // read the next message only after a pause
  };

  virtual ~StreamOwner() = default;
  virtual Reaction Take(ReportStream* stream, const v1::ReportRequest& request) = 0;

  // The last call about `stream`, which is gone when it returns.
  virtual void Ended(ReportStream* stream, StreamEnd reason) = 0;
};

// Reads one message at a time and writes one at a time; what must go out meanwhile is merged, so an
// agent that does not read costs one message of memory. Deletes itself when gRPC is done with it.
class ReportStream final : public grpc::ServerBidiReactor<v1::ReportRequest, v1::ReportResponse> {
 public:
  // How long an agent that sends too much is not read.
  static constexpr absl::Duration kPause = absl::Milliseconds(100);

  ReportStream(grpc::CallbackServerContext* context, StreamOwner* owner, SiteIndex site);

  SiteIndex site() const { return site_; }

  // Sends, merged with what waits. Any thread.
  void Send(const v1::ReportResponse& response) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the stream, once; later calls change nothing. A write in flight is waited for: a dead peer
  // is found out by keepalive, and one that does not read keeps no more than its own site's
  // streams. Any thread.
  void End(const grpc::Status& status, StreamEnd reason) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  ~ReportStream() override = default;

  void ReadNext(bool after_pause) ABSL_LOCKS_EXCLUDED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishWhenIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  grpc::CallbackServerContext* const context_;
  StreamOwner* const owner_;
  const SiteIndex site_;
  v1::ReportRequest request_;   // of the read in flight
  v1::ReportResponse sending_;  // of the write in flight
  grpc::Alarm pause_;

  // The loop's side, the service's and gRPC's meet here; held for a few assignments.
  Mutex mutex_;
  v1::ReportResponse next_ ABSL_GUARDED_BY(mutex_);
  bool has_next_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_ ABSL_GUARDED_BY(mutex_);
  StreamEnd reason_ ABSL_GUARDED_BY(mutex_) = StreamEnd::kAgent;
};

}  // namespace dialtone::detector
