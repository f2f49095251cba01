#include "detector/operator_service.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/rpc.h"
#include "detector/event_stream.h"
#include "detector/operator_codec.h"

namespace dialtone::detector {

// One unary call that waits for its answer. Finishes exactly once; destroyed unanswered (the
// mailbox was full or closed) it says so to the caller.
class OperatorService::Call {
 public:
  Call(OperatorService* service, grpc::CallbackServerContext* context, OperatorMethod method)
      : service_(*service),
        reactor_(context->DefaultReactor()),
        method_(method),
        caller_(CallerOf(*context)) {
    ++service_.waiting_;
  }
  ~Call() {
    if (reactor_ != nullptr)
      Finish(absl::UnavailableError("the detector is overloaded, or stops; try again"));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void Finish(const absl::Status& status) {
    --service_.waiting_;
    service_.metrics_.Ended(method_, caller_.ok() ? caller_->role : "none",
                            absl::StatusCodeToString(status.code()));
    std::exchange(reactor_, nullptr)->Finish(ToGrpc(status));
  }

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

 private:
  OperatorService& service_;
  grpc::ServerUnaryReactor* reactor_;
  const OperatorMethod method_;
  const absl::StatusOr<Caller> caller_;
};

namespace {

// Who orders: the name in the certificate.
std::string AuthorOf(const grpc::CallbackServerContext& context) {
  const absl::StatusOr<Caller> caller = CallerOf(context);
  return caller.ok() ? caller->name : "";
}

}  // namespace

OperatorService::OperatorService(const Fleet& fleet, const Clock& clock, LoopMailbox* mailbox,
                                 detector::History* history, const JournalWriter& journal,
                                 OperatorMetrics* metrics)
    : fleet_(fleet),
      clock_(clock),
      mailbox_(*mailbox),
      history_(*history),
      journal_(journal),
      metrics_(*metrics) {}

OperatorService::~OperatorService() = default;

void OperatorService::Stop() {
  stopping_ = true;
  history_.CloseWatches();
}

// Posts a question; `look` answers it on the loop's thread.
grpc::ServerUnaryReactor* OperatorService::Ask(grpc::CallbackServerContext* context,
                                               OperatorMethod method, Look look) {
  auto call = std::make_unique<Call>(this, context, method);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  if (const absl::Status busy = Busy(); !busy.ok()) {
    call->Finish(busy);
    return reactor;
  }
  // A mailbox that is full or closed destroys the message, and with it the call, which then
  // answers.
  (void)mailbox_.Post(
      Question{[call = std::move(call), look = std::move(look)](const View& view, absl::Time now) {
        call->Finish(look(view, now));
      }});
  return reactor;
}

// Posts an order, unless it is not one; `answer` fills the response when it was carried out.
template <typename OrderEvent>
grpc::ServerUnaryReactor* OperatorService::Do(grpc::CallbackServerContext* context,
                                              OperatorMethod method,
                                              absl::StatusOr<OrderEvent> event, Answer answer) {
  auto call = std::make_unique<Call>(this, context, method);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  absl::Status refusal = event.status();
  if (refusal.ok()) refusal = Busy();
  if (!refusal.ok()) {
    call->Finish(refusal);
    return reactor;
  }
  const auto left = context->deadline() - std::chrono::system_clock::now();
  const absl::Duration patience = std::min(absl::FromChrono(left), kLongestWait);
  (void)mailbox_.Post(Order{
      .event = Event(*std::move(event)),
      .deadline = clock_.TimeNow() + patience,
      .reply = [call = std::move(call), answer = std::move(answer)](const OperatorAnswer& result) {
        if (result.status.ok()) answer(result);
        call->Finish(result.status);
      }});
  return reactor;
}

absl::Status OperatorService::Busy() const {
  if (stopping_) return absl::UnavailableError("the detector stops");
  if (waiting_ <= kMaxWaiting) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("more than ", kMaxWaiting, " calls wait for the detector; try again"));
}

grpc::ServerUnaryReactor* OperatorService::Status(grpc::CallbackServerContext* context,
                                                  const v1::StatusRequest*,
                                                  v1::StatusResponse* response) {
  return Ask(context, OperatorMethod::kStatus, [this, response](const View& view, absl::Time now) {
    *response = EncodeStatus(
        fleet_, view,
        {.now = now, .epoch = journal_.epoch(), .journal_error = journal_.health().error});
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OperatorService::Sites(grpc::CallbackServerContext* context,
                                                 const v1::SitesRequest* request,
                                                 v1::SitesResponse* response) {
  return Ask(context, OperatorMethod::kSites,
             [this, request, response](const View& view, absl::Time now) {
               absl::StatusOr<v1::SitesResponse> sites = EncodeSites(fleet_, view, *request, now);
               if (!sites.ok()) return sites.status();
               *response = *std::move(sites);
               return absl::OkStatus();
             });
}

grpc::ServerUnaryReactor* OperatorService::Explain(grpc::CallbackServerContext* context,
                                                   const v1::ExplainRequest* request,
                                                   v1::ExplainResponse* response) {
  return Ask(
      context, OperatorMethod::kExplain, [this, request, response](const View& view, absl::Time) {
        absl::StatusOr<v1::ExplainResponse> explained = detector::Explain(fleet_, view, *request);
        if (explained.ok()) *response = *std::move(explained);
        return explained.status();
      });
}

grpc::ServerUnaryReactor* OperatorService::Plan(grpc::CallbackServerContext* context,
                                                const v1::PlanRequest* request,
                                                v1::PlanResponse* response) {
  return Do(context, OperatorMethod::kPlan, Decode(*request),
            [response](const OperatorAnswer& answer) { *response = EncodePlanAnswer(answer); });
}

grpc::ServerUnaryReactor* OperatorService::Apply(grpc::CallbackServerContext* context,
                                                 const v1::ApplyRequest* request,
                                                 v1::ApplyResponse* response) {
  return Do(context, OperatorMethod::kApply, Decode(*request, AuthorOf(*context)),
            [response](const OperatorAnswer& answer) { *response = EncodeApplyAnswer(answer); });
}

grpc::ServerUnaryReactor* OperatorService::Hold(grpc::CallbackServerContext* context,
                                                const v1::HoldRequest* request,
                                                v1::HoldResponse* response) {
  if (request->verb() == v1::HoldRequest::LIST) {
    return Ask(context, OperatorMethod::kHold, [response](const View& view, absl::Time) {
      for (const detector::Hold& hold : view.holds) *response->add_holds() = EncodeHold(hold);
      return absl::OkStatus();
    });
  }
  return Do(context, OperatorMethod::kHold, Decode(*request, AuthorOf(*context)),
            [response](const OperatorAnswer& answer) { *response = EncodeHoldAnswer(answer); });
}

grpc::ServerUnaryReactor* OperatorService::Freeze(grpc::CallbackServerContext* context,
                                                  const v1::FreezeRequest* request,
                                                  v1::FreezeResponse* response) {
  return Do(context, OperatorMethod::kFreeze, Decode(*request, AuthorOf(*context)),
            [response](const OperatorAnswer& answer) { response->set_frozen(answer.frozen); });
}

grpc::ServerUnaryReactor* OperatorService::History(grpc::CallbackServerContext* context,
                                                   const v1::HistoryRequest* request,
                                                   v1::HistoryResponse* response) {
  Call call(this, context, OperatorMethod::kHistory);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  if (request->limit() > kMaxHistory) {
    call.Finish(absl::InvalidArgumentError(absl::StrCat("limit: given ", request->limit(),
                                                        ", expected 1 to ", kMaxHistory,
                                                        " (or 0 for ", kDefaultHistory, ")")));
    return reactor;
  }
  const size_t limit = request->limit() == 0 ? kDefaultHistory : request->limit();
  for (const Occurrence& occurrence : history_.Newest(limit)) {
    *response->add_events() = EncodeOccurrence(occurrence);
  }
  call.Finish(absl::OkStatus());
  return reactor;
}

grpc::ServerWriteReactor<v1::Event>* OperatorService::Watch(grpc::CallbackServerContext* context,
                                                            const v1::WatchRequest* request) {
  const absl::StatusOr<Caller> caller = CallerOf(*context);
  return new EventStream(
      context, &history_, request->after_id(), [this, caller](absl::StatusCode code) {
        metrics_.Ended(OperatorMethod::kWatch, caller.ok() ? caller->role : "none",
                       absl::StatusCodeToString(code));
      });
}

}  // namespace dialtone::detector
