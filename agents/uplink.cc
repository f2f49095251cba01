#include "agents/uplink.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "agents/codec.h"
#include "base/log.h"

namespace dialtone::agents {
namespace {

// Whether trying again soon is pointless: the detector knows us and does not want us.
bool IsRefusal(grpc::StatusCode code) {
  return code == grpc::PERMISSION_DENIED || code == grpc::ALREADY_EXISTS ||
         code == grpc::UNIMPLEMENTED;
}

}  // namespace

Uplink::Uplink(Loop& loop, std::string detector, const std::shared_ptr<grpc::Channel>& channel,
               const Spool& spool, const Speaker& speaker, Owner& owner, UplinkMetrics metrics)
    : loop_(loop),
      detector_(std::move(detector)),
      stub_(v1::ReportService::NewStub(channel)),
      spool_(spool),
      speaker_(speaker),
      owner_(owner),
      metrics_(metrics),
      outbox_(spool),
      timer_(loop, &Call<Uplink, &Uplink::Wake>, this) {}

void Uplink::Start() { Open(); }

void Uplink::OnResult(bool is_urgent) {
  if (is_urgent) outbox_.Hurry();
  Pump();
  Observe();
}

void Uplink::SetRefusedTargets(const std::vector<std::string>& refused) {
  if (refused == refused_) return;
  refused_ = refused;
  hello_is_due_ = true;
}

void Uplink::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  timer_.Cancel();
  if (call_ == nullptr) return stopped_();
  call_->Cancel();
}

void Uplink::Open() {
  outbox_.Open(loop_.Now());
  hello_is_due_ = true;
  is_heard_ = false;
  plan_version_ = 0;
  ReportCall::Owner& owner = *this;
  call_ = std::make_unique<ReportCall>(loop_, *stub_, owner);
  Pump();
}

void Uplink::Pump() {
  if (call_ == nullptr || stopped_) return;
  const absl::Time now = loop_.Now();
  if (const std::optional<Outbox::Batch> batch = outbox_.Take(now)) {
    v1::ReportRequest request = EncodeBatch(*batch, spool_, now, loop_.WallTime());
    request.set_dropped_results(outbox_.dropped());
    if (std::exchange(hello_is_due_, false)) {
      v1::Hello& hello = *request.mutable_hello();
      hello.set_agent_version(speaker_.version);
      hello.set_run_id(speaker_.run_id);
      hello.mutable_refused_targets()->Assign(refused_.begin(), refused_.end());
    }
    call_->Write(std::move(request));
  }
  timer_.StartAt(outbox_.NextWake());
}

void Uplink::Wake() {
  if (call_ == nullptr) return Open();
  if (outbox_.IsSilent(loop_.Now())) {
    LogWarning("detector_silent", {{"detector", detector_}});
    return call_->Cancel();
  }
  Pump();
}

void Uplink::OnResponse(const v1::ReportResponse& response) {
  if (stopped_) return;
  if (!std::exchange(is_heard_, true)) {
    LogInfo("detector_connected", {{"detector", detector_}});
    metrics_.connected->Set(1);
    backoff_.Reset();
    loss_is_told_ = false;
  }
  outbox_.Hear(response.acknowledged_batch(), DecodeBatchInterval(response), loop_.Now());
  owner_.OnTaken();
  if (const std::optional<Plan> plan = DecodePlan(response);
      plan && (plan_version_ == 0 || plan->version > plan_version_)) {
    plan_version_ = plan->version;
    owner_.OnPlan(*plan);
  }
  if (const std::optional<Burst> burst = DecodeBurst(response)) owner_.OnBurst(*burst);
  Pump();
  Observe();
}

void Uplink::OnWritten() {
  outbox_.Written();
  Pump();
}

void Uplink::OnEnded(const grpc::Status& status) {
  call_.reset();
  outbox_.Close();
  metrics_.connected->Set(0);
  if (stopped_) return stopped_();
  const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
  const absl::Duration wait =
      IsRefusal(status.error_code()) ? Backoff::AfterRefusal(draw) : backoff_.AfterFailure(draw);
  LogLoss(status, wait);
  timer_.StartIn(wait);
}

void Uplink::Observe() {
  metrics_.buffered->Set(static_cast<double>(outbox_.waiting()));
  const uint64_t dropped = outbox_.dropped();
  metrics_.dropped->Increment(static_cast<double>(dropped - dropped_told_));
  dropped_told_ = dropped;
}

void Uplink::LogLoss(const grpc::Status& status, absl::Duration wait) {
  const std::initializer_list<LogField> fields = {
      {"detector", detector_},
      {"reason", status.ok() ? "it ended the stream" : status.error_message()},
      {"next_attempt_in", absl::FormatDuration(absl::Trunc(wait, absl::Milliseconds(1)))}};
  if (std::exchange(loss_is_told_, true)) return LogDebug("detector_lost", fields);
  LogWarning("detector_lost", fields);
}

}  // namespace dialtone::agents
