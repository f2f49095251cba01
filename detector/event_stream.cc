#include "detector/event_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/rpc.h"
#include "detector/operator_codec.h"

namespace dialtone::detector {

EventStream::EventStream(grpc::CallbackServerContext* context, History* history,
                         std::uint64_t after_id, std::function<void(absl::StatusCode)> ended)
    : context_(context), history_(*history), ended_(std::move(ended)) {
  // The headers tell the watcher at once that it is watching.
  StartSendInitialMetadata();
  if (const absl::Status status = history_.Watch(this, after_id); !status.ok()) End(status);
}

void EventStream::Take(const std::vector<Occurrence>& occurrences) {
  {
    MutexLock lock(&mutex_);
    if (ending_) return;
    if (waiting_.size() + occurrences.size() <= kMaxWaiting) {
      waiting_.insert(waiting_.end(), occurrences.begin(), occurrences.end());
      return Advance();
    }
  }
  End(absl::ResourceExhaustedError(absl::StrCat(
      "more than ", kMaxWaiting, " events wait for this watcher: it reads too slowly")));
  // The write that it does not read would never end; cut off, it sees CANCELLED.
  context_->TryCancel();
}

void EventStream::Close() { End(absl::UnavailableError("the detector stops")); }

void EventStream::OnWriteDone(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok && !ending_) {
    ending_ = true;
    end_ = absl::CancelledError("the watcher has gone");
  }
  Advance();
}

void EventStream::OnCancel() { End(absl::CancelledError("the watcher has gone")); }

void EventStream::OnDone() {
  history_.Unwatch(this);
  {
    MutexLock lock(&mutex_);
    ended_(end_.code());
  }
  delete this;
}

void EventStream::End(const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (ending_) return;
  ending_ = true;
  end_ = status;
  Advance();  // what waits is not sent any more
}

// Writes the next event, or ends.
void EventStream::Advance() {
  if (writing_ || finished_) return;
  if (ending_) {
    finished_ = true;
    return Finish(ToGrpc(end_));
  }
  if (waiting_.empty()) return;
  sending_ = EncodeOccurrence(waiting_.front());
  waiting_.pop_front();
  writing_ = true;
  StartWrite(&sending_);
}

}  // namespace dialtone::detector
