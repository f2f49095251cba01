#include "router/route_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "base/rpc.h"
#include "router/route_codec.h"

namespace dialtone::router {
namespace {

// A unary call on its way through the loop. Who is dropped unanswered, because the mailbox is full
// or closed, answers for itself: the caller must not wait for ever.
class Call {
 public:
  explicit Call(grpc::CallbackServerContext* context) : reactor_(context->DefaultReactor()) {}
  Call(Call&& other) noexcept : reactor_(std::exchange(other.reactor_, nullptr)) {}
  Call& operator=(Call&&) = delete;
  ~Call() {
    if (reactor_ != nullptr) Finish(absl::ResourceExhaustedError("the router is busy; try again"));
  }

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  void Finish(const absl::Status& status) {
    std::exchange(reactor_, nullptr)->Finish(ToGrpc(status));
  }

 private:
  grpc::ServerUnaryReactor* reactor_;
};

Writer WriterOf(const Caller& caller) {
  if (caller.role == "operator") return Writer::kOperator;
  return caller.role == "any" ? Writer::kAnyone : Writer::kDetector;
}

template <typename Response>
void AddRefused(const Answer& answer, Response* response) {
  for (const RefusedHop& refused : answer.refused) {
    *response->add_refused_hop_states() = EncodeRefused(refused);
  }
}

// One watcher: the newest picture replaces one not yet written. Owns itself until gRPC is done with
// it; the loop knows it by a weak pointer, hence the shared ones.
class RouteStream final : public grpc::ServerWriteReactor<v1::ReadRoutesResponse>,
                          public Watcher,
                          public std::enable_shared_from_this<RouteStream> {
 public:
  explicit RouteStream(const Topology& topology) : topology_(topology) {}

  // The watcher, alive until OnDone().
  static std::shared_ptr<RouteStream> Make(const Topology& topology) {
    auto stream = std::make_shared<RouteStream>(topology);
    stream->self_ = stream;
    return stream;
  }

  void End(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    if (!end_) end_ = status;
    Advance();
  }

  void Show(const Picture& picture) override {
    v1::ReadRoutesResponse response = EncodePicture(picture, topology_);
    MutexLock lock(&mutex_);
    waiting_ = std::move(response);
    Advance();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok && !end_) end_ = absl::CancelledError("the watcher has gone");
    Advance();
  }
  void OnCancel() override { End(absl::CancelledError("the watcher has gone")); }
  void OnDone() override { self_.reset(); }

 private:
  // Writes what waits, or ends. gRPC calls back on threads of its own, never from here.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (end_) {
      finished_ = true;
      return Finish(ToGrpc(*end_));
    }
    if (!waiting_) return;
    sending_ = *std::exchange(waiting_, std::nullopt);
    writing_ = true;
    StartWrite(&sending_);
  }

  const Topology& topology_;
  std::shared_ptr<RouteStream> self_;
  v1::ReadRoutesResponse sending_;  // of the write in flight

  // The loop's thread brings pictures, gRPC's take them away.
  Mutex mutex_;
  std::optional<v1::ReadRoutesResponse> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

grpc::ServerUnaryReactor* RouteService::SetRoutes(grpc::CallbackServerContext* context,
                                                  const v1::SetRoutesRequest* request,
                                                  v1::SetRoutesResponse* response) {
  Call call(context);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  const absl::StatusOr<Caller> caller = CallerOf(*context);
  if (!caller.ok()) {
    call.Finish(caller.status());
    return reactor;
  }
  absl::StatusOr<Proposal> proposal = DecodeProposal(*request);
  if (!proposal.ok()) {
    metrics_.Judged(ProposalResult::kInvalid);
    call.Finish(proposal.status());
    return reactor;
  }
  const bool posted = mailbox_.Post(
      Propose{.proposal = *std::move(proposal),
              .writer = WriterOf(*caller),
              .caller = caller->ToString(),
              .reply = [call = std::move(call), response](const Answer& answer) mutable {
                if (answer.judgement.accepted()) AddRefused(answer, response);
                call.Finish(ToStatus(answer.judgement));
              }});
  if (!posted) metrics_.Judged(ProposalResult::kBusy);
  return reactor;
}

grpc::ServerUnaryReactor* RouteService::RenewHopStates(grpc::CallbackServerContext* context,
                                                       const v1::RenewHopStatesRequest* request,
                                                       v1::RenewHopStatesResponse* response) {
  Call call(context);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  (void)mailbox_.Post(
      Renew{.version = {request->epoch(), request->generation()},
            .reply = [call = std::move(call), response](const Answer& answer) mutable {
              if (answer.judgement.accepted()) AddRefused(answer, response);
              call.Finish(ToStatus(answer.judgement));
            }});
  return reactor;
}

grpc::ServerUnaryReactor* RouteService::ReadRoutes(grpc::CallbackServerContext* context,
                                                   const v1::ReadRoutesRequest*,
                                                   v1::ReadRoutesResponse* response) {
  Call call(context);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  (void)mailbox_.Post(
      Question{[this, call = std::move(call), response](const Picture& picture) mutable {
        *response = EncodePicture(picture, topology_);
        call.Finish(absl::OkStatus());
      }});
  return reactor;
}

grpc::ServerWriteReactor<v1::ReadRoutesResponse>* RouteService::WatchRoutes(
    grpc::CallbackServerContext*, const v1::ReadRoutesRequest*) {
  const std::shared_ptr<RouteStream> stream = RouteStream::Make(topology_);
  if (!mailbox_.Post(Watch{stream})) {
    stream->End(absl::ResourceExhaustedError("the router is busy; try again"));
  }
  return stream.get();
}

}  // namespace dialtone::router
