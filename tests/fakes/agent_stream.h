// The agent's end of a report stream, hand-driven.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "dialtone/v1/probe.grpc.pb.h"

namespace dialtone {

// Every call blocks, for 10 s at most: the stream's deadline.
class AgentStream {
 public:
  explicit AgentStream(const std::shared_ptr<grpc::Channel>& channel)
      : agent_(v1::ReportService::NewStub(channel)) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    stream_ = agent_->Report(&context_);
  }
  ~AgentStream() {
    context_.TryCancel();
    if (!finished_) (void)Finish();
  }
  AgentStream(const AgentStream&) = delete;
  AgentStream& operator=(const AgentStream&) = delete;

  // Returns when the detector has let it in, or has refused it.
  void WaitUntilOpen() { stream_->WaitForInitialMetadata(); }

  bool Send(const v1::ReportRequest& request) { return stream_->Write(request); }

  // Says hello, with batch 1, and returns the first answer: the plan.
  v1::ReportResponse Greet(std::uint64_t run_id) {
    v1::ReportRequest request;
    request.mutable_hello()->set_agent_version("0.1.0");
    request.mutable_hello()->set_run_id(run_id);
    request.set_batch(1);
    Send(request);
    return Read();
  }

  // The next answer; an empty one when the stream has ended.
  v1::ReportResponse Read() {
    v1::ReportResponse response;
    if (!stream_->Read(&response)) response.Clear();
    return response;
  }

  // No more messages from here.
  void SayGoodbye() { stream_->WritesDone(); }

  // How the detector ended it. Answers that were not read are lost.
  grpc::Status Finish() {
    v1::ReportResponse ignored;
    while (stream_->Read(&ignored)) {
    }
    finished_ = true;
    return stream_->Finish();
  }

  void Cancel() { context_.TryCancel(); }

 private:
  std::unique_ptr<v1::ReportService::Stub> agent_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ReportRequest, v1::ReportResponse>> stream_;
  bool finished_ = false;
};

}  // namespace dialtone
