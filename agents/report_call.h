// One report stream to a detector.
#pragma once

#include <string>

#include "grpcpp/grpcpp.h"

#include "agents/loop.h"
#include "dialtone/v1/probe.grpc.pb.h"

namespace dialtone::agents {

// Carries messages between gRPC's threads and the loop: one read and one write under way at a time,
// and the next read only when the loop has dealt with the last one. Every method is called on the
// loop's thread, every callback of the owner too.
class ReportCall final : private grpc::ClientBidiReactor<v1::ReportRequest, v1::ReportResponse> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnResponse(const v1::ReportResponse& response) = 0;
    // What was given to Write has left.
    virtual void OnWritten() = 0;
    // The stream is over. The last callback: the owner destroys the call, now or later.
    virtual void OnEnded(const grpc::Status& status) = 0;
  };

  // Begins the stream. Must not be destroyed before OnEnded.
  ReportCall(Loop& loop, v1::ReportService::Stub& stub, Owner& owner);

  // One message at a time: not again before OnWritten. Nothing happens on a stream that is ending.
  void Write(v1::ReportRequest request);

  // Ends it from our side; OnEnded follows.
  void Cancel() { context_.TryCancel(); }

 private:
  // gRPC's threads.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  Loop& loop_;
  Owner& owner_;
  grpc::ClientContext context_;
  bool is_ending_ = false;
  v1::ReportRequest request_;    // gRPC's while it is written
  v1::ReportResponse response_;  // gRPC's while it is read
};

}  // namespace dialtone::agents
