#include "agents/report_call.h"

#include <utility>

namespace dialtone::agents {

ReportCall::ReportCall(Loop& loop, v1::ReportService::Stub& stub, Owner& owner)
    : loop_(loop), owner_(owner) {
  stub.async()->Report(&context_, this);
  AddHold();  // writes are started by the loop, outside of gRPC's callbacks
  StartRead(&response_);
  StartCall();
}

void ReportCall::Write(v1::ReportRequest request) {
  if (is_ending_) return;
  request_ = std::move(request);
  StartWrite(&request_);
}

void ReportCall::OnReadDone(bool ok) {
  loop_.Post([this, ok] {
    if (!ok) {
      is_ending_ = true;
      return RemoveHold();
    }
    owner_.OnResponse(response_);
    if (!is_ending_) StartRead(&response_);
  });
}

void ReportCall::OnWriteDone(bool ok) {
  if (!ok) return;  // the read fails too, and ends the stream
  loop_.Post([this] { owner_.OnWritten(); });
}

void ReportCall::OnDone(const grpc::Status& status) {
  loop_.Post([&owner = owner_, status] { owner.OnEnded(status); });
}

}  // namespace dialtone::agents
