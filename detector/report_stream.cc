#include "detector/report_stream.h"

#include <chrono>
#include <utility>

#include "detector/probe_codec.h"

namespace dialtone::detector {

ReportStream::ReportStream(grpc::CallbackServerContext* context, StreamOwner* owner, SiteIndex site)
    : context_(context), owner_(owner), site_(site) {
  // The headers tell the agent at once that it was let in.
  StartSendInitialMetadata();
  StartRead(&request_);
}

void ReportStream::Send(const v1::ReportResponse& response) {
  MutexLock lock(&mutex_);
  // A newer burst replaces one that waits; the other fields are merged by their own rule.
  if (response.has_burst()) next_.clear_burst();
  next_.MergeFrom(response);
  has_next_ = true;
  WriteNext();
}

void ReportStream::End(const grpc::Status& status, StreamEnd reason) {
  MutexLock lock(&mutex_);
  if (ending_) return;
  ending_ = true;
  end_ = status;
  reason_ = reason;
  if (paused_) pause_.Cancel();
  FinishWhenIdle();
}

void ReportStream::OnReadDone(bool ok) {
  if (!ok) return End(grpc::Status::OK, StreamEnd::kAgent);  // see OnDone
  StreamOwner::Reaction reaction = owner_->Take(this, request_);
  // A message is reused, and keeps the memory of the largest one it ever held: not of such a one.
  if (request_.results_size() > kMaxResultsPerMessage) v1::ReportRequest().Swap(&request_);
  if (!reaction.end.ok()) return End(reaction.end, reaction.reason);
  if (reaction.response.ByteSizeLong() > 0) Send(reaction.response);
  if (!reaction.slow_down) return ReadNext(/*after_pause=*/false);

  MutexLock lock(&mutex_);
  if (ending_) return;
  paused_ = true;
  pause_.Set(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(kPause),
             [this](bool) { ReadNext(/*after_pause=*/true); });
}

void ReportStream::ReadNext(bool after_pause) {
  MutexLock lock(&mutex_);
  if (after_pause) paused_ = false;
  if (ending_) return FinishWhenIdle();
  StartRead(&request_);
}

void ReportStream::OnWriteDone(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (ending_) return FinishWhenIdle();
  if (ok) WriteNext();  // else the read fails too, and ends the stream
}

void ReportStream::OnDone() {
  StreamEnd reason;
  {
    MutexLock lock(&mutex_);
    reason = reason_;
    // Only now gRPC knows whether the other side was there to be told.
    if (reason == StreamEnd::kAgent && context_->IsCancelled()) reason = StreamEnd::kBroken;
  }
  owner_->Ended(this, reason);
  delete this;
}

void ReportStream::WriteNext() {
  if (!has_next_ || writing_ || ending_) return;
  sending_ = std::exchange(next_, v1::ReportResponse());
  has_next_ = false;
  writing_ = true;
  StartWrite(&sending_);
}

// gRPC calls OnDone after Finish and the last outstanding operation; the alarm is not one of those
// it knows, so it must be over first.
void ReportStream::FinishWhenIdle() {
  if (!ending_ || writing_ || paused_ || finished_) return;
  finished_ = true;
  Finish(end_);
}

}  // namespace dialtone::detector
