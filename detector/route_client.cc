#include "detector/route_client.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/rpc.h"
#include "detector/route_codec.h"

namespace dialtone::detector {
namespace {

using std::chrono::steady_clock;

std::chrono::system_clock::time_point DeadlineIn(absl::Duration patience) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(
             absl::ToChronoNanoseconds(patience));
}

steady_clock::time_point SteadyIn(absl::Duration patience) {
  return steady_clock::now() + absl::ToChronoNanoseconds(patience);
}

// The router has decided, and changed nothing. Every other failure leaves it open.
bool IsRefusal(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNIMPLEMENTED:
      return true;
    default:  // gRPC may add codes
      return false;
  }
}

std::string Describe(const grpc::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(FromGrpc(status).code()), ": ",
                      status.error_message());
}

}  // namespace

RouteClient::RouteClient(Options options, std::unique_ptr<v1::RouteService::StubInterface> router,
                         LoopMailbox* mailbox, RouterMetrics metrics)
    : options_(std::move(options)),
      router_(std::move(router)),
      mailbox_(*mailbox),
      metrics_(std::move(metrics)),
      epoch_(options_.epoch) {}

RouteClient::~RouteClient() { Stop(); }

void RouteClient::Start() {
  writer_ = std::thread([this] { Write(); });
  listener_ = std::thread([this] { Listen(); });
}

void RouteClient::Want(Wish wish) {
  {
    MutexLock lock(&mutex_);
    highest_wished_ = std::max(highest_wished_, wish.generation);
    latest_ = wish;
    unsent_ = std::move(wish);
    not_before_ = {};  // a newer wish does not wait for the older one's back-off
  }
  changed_.SignalAll();
}

void RouteClient::Renew(const LeaseRenewal& renewal) {
  {
    MutexLock lock(&mutex_);
    renewal_ = renewal;
  }
  changed_.SignalAll();
}

void RouteClient::UseEpoch(std::uint64_t epoch) {
  {
    MutexLock lock(&mutex_);
    epoch_ = epoch;
    // Also one that was refused: an older epoch may have been the reason.
    if (!unsent_.has_value()) unsent_ = latest_;
    not_before_ = {};
  }
  changed_.SignalAll();
}

void RouteClient::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    if (writing_ != nullptr) writing_->TryCancel();
    if (listening_ != nullptr) listening_->TryCancel();
  }
  changed_.SignalAll();
  if (writer_.joinable()) writer_.join();
  if (listener_.joinable()) listener_.join();
}

// ---- the writing thread

void RouteClient::Write() {
  while (const std::optional<Work> work = TakeWork()) {
    if (work->wish.has_value()) Set(*work->wish, work->epoch);
    if (work->renewal.has_value()) SendRenewal(*work->renewal, work->epoch);
  }
}

// Waits for something to do; watches over the listener's silence meanwhile. Nothing: stopping.
std::optional<RouteClient::Work> RouteClient::TakeWork() {
  MutexLock lock(&mutex_);
  for (;;) {
    if (stopping_) return std::nullopt;
    const steady_clock::time_point now = steady_clock::now();
    Work work = {.epoch = epoch_};
    if (now >= not_before_) work.wish = std::exchange(unsent_, std::nullopt);
    // A lease of the table that is just being replaced is not worth an RPC.
    if (!unsent_.has_value()) work.renewal = std::exchange(renewal_, std::nullopt);
    if (work.wish.has_value() || work.renewal.has_value()) return work;

    if (listening_ != nullptr && now > heard_ + absl::ToChronoNanoseconds(kLongestSilence)) {
      listening_->TryCancel();
    }
    steady_clock::time_point wake = now + std::chrono::seconds(1);
    if (unsent_.has_value()) wake = std::min(wake, not_before_);
    changed_.WaitUntil(&mutex_, wake);
  }
}

// One RPC about so many groups, with its deadline, measured; Stop breaks it off.
grpc::Status RouteClient::Call(RouterMethod method, size_t groups,
                               const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  grpc::ClientContext context;
  context.set_deadline(DeadlineIn(kDeadline + static_cast<double>(groups) * kDeadlinePerGroup));
  {
    MutexLock lock(&mutex_);
    if (stopping_) return {grpc::StatusCode::CANCELLED, "stopping"};
    writing_ = &context;
  }
  const steady_clock::time_point begin = steady_clock::now();
  const grpc::Status status = call(&context);
  metrics_.Ended(method, std::chrono::duration<double>(steady_clock::now() - begin).count());
  if (!status.ok()) {
    metrics_.Failed(method, absl::StatusCodeToString(FromGrpc(status).code()));
  }
  MutexLock lock(&mutex_);
  writing_ = nullptr;
  return status;
}

void RouteClient::Set(const Wish& wish, std::uint64_t epoch) {
  v1::SetRoutesResponse response;
  const v1::SetRoutesRequest request = EncodeWish(wish, epoch);
  const grpc::Status status =
      Call(RouterMethod::kSetRoutes, wish.groups.size(), [&](grpc::ClientContext* context) {
        return router_->SetRoutes(context, request, &response);
      });
  SetRoutesEnded ended = {.voice_layer = options_.voice_layer, .generation = wish.generation};
  if (status.ok()) {
    ended.refused_hop_states = Decode(response.refused_hop_states());
  } else if (IsRefusal(status.error_code())) {
    ended.result = SetRoutesEnded::Result::kRefused;
    ended.error = Describe(status);
    LogError("routes_refused", {{"voice_layer", options_.name},
                                {"epoch", epoch},
                                {"generation", wish.generation},
                                {"error", ended.error}});
  } else if (!ReadBack(wish, epoch)) {
    RetryLater(wish);
    if (uncertain_generation_ == wish.generation) return;
    uncertain_generation_ = wish.generation;
    ended.result = SetRoutesEnded::Result::kUncertain;
    ended.error = Describe(status);
    LogWarning(
        "routes_uncertain",
        {{"voice_layer", options_.name}, {"generation", wish.generation}, {"error", ended.error}});
  }
  if (ended.result == SetRoutesEnded::Result::kDone) Accept(wish, epoch);
  if (ended.result != SetRoutesEnded::Result::kUncertain) {
    back_off_ = kShortestBackOff;
    uncertain_generation_ = 0;
  }
  // Lost when the mailbox is full: the next report of the router says the same.
  (void)mailbox_.Post(Event(std::move(ended)));
}

// Whether the router has just this table: the RPC may have been carried out though its answer was
// lost.
bool RouteClient::ReadBack(const Wish& wish, std::uint64_t epoch) {
  v1::ReadRoutesResponse response;
  const grpc::Status status =
      Call(RouterMethod::kReadRoutes, wish.groups.size(), [&](grpc::ClientContext* context) {
        return router_->ReadRoutes(context, v1::ReadRoutesRequest(), &response);
      });
  return status.ok() && response.epoch() == epoch && response.generation() == wish.generation;
}

void RouteClient::Accept(const Wish& wish, std::uint64_t epoch) {
  MutexLock lock(&mutex_);
  accepted_ = wish;
  accepted_epoch_ = epoch;
}

void RouteClient::RetryLater(const Wish& wish) {
  MutexLock lock(&mutex_);
  if (!unsent_.has_value()) {
    unsent_ = wish;
    not_before_ = SteadyIn(back_off_);
  }
  back_off_ = std::min(2 * back_off_, kLongestBackOff);
}

void RouteClient::SendRenewal(const LeaseRenewal& renewal, std::uint64_t epoch) {
  v1::RenewHopStatesRequest request;
  request.set_epoch(epoch);
  request.set_generation(renewal.generation);
  v1::RenewHopStatesResponse response;
  const grpc::Status status =
      Call(RouterMethod::kRenewHopStates, 0, [&](grpc::ClientContext* context) {
        return router_->RenewHopStates(context, request, &response);
      });
  // What was refused comes with the router's report. A failed renewal is followed by the next one,
  // three to a lease.
  if (!status.ok()) {
    LogWarning("lease_not_renewed", {{"voice_layer", options_.name}, {"error", Describe(status)}});
  }
}

// ---- the listening thread

void RouteClient::Listen() {
  absl::Duration back_off = kShortestBackOff;
  bool told = false;
  while (!Stopping()) {
    bool heard = false;
    std::string error = ListenOnce(&heard);
    if (Stopping()) return;
    if (heard) {
      back_off = kShortestBackOff;
      told = false;
    }
    if (!told) {
      LogWarning("router_lost", {{"voice_layer", options_.name}, {"error", error}});
      told = mailbox_.Post(
          Event(RouterLost{.voice_layer = options_.voice_layer, .error = std::move(error)}));
    }
    if (!WaitBeforeRetry(back_off)) return;
    back_off = std::min(2 * back_off, kLongestBackOff);
  }
}

// One stream, to its end. Returns why it ended, and whether the router said anything good.
std::string RouteClient::ListenOnce(bool* heard) {
  grpc::ClientContext context;
  {
    MutexLock lock(&mutex_);
    if (stopping_) return "stopping";
    listening_ = &context;
    heard_ = steady_clock::now();
  }
  std::string error;
  const auto stream = router_->WatchRoutes(&context, v1::ReadRoutesRequest());
  v1::ReadRoutesResponse message;
  while (stream->Read(&message)) {
    absl::StatusOr<RouterReport> report =
        DecodeReport(message, options_.voice_layer, options_.name);
    if (!report.ok()) {
      error = std::string(report.status().message());
      context.TryCancel();
      break;
    }
    *heard = true;
    Compare(*report);
    // Lost when the mailbox is full: the router says it again within 5 s.
    (void)mailbox_.Post(Event(*std::move(report)));
  }
  const grpc::Status status = stream->Finish();
  MutexLock lock(&mutex_);
  listening_ = nullptr;
  if (!error.empty()) return error;
  return status.ok() ? "the router closed the stream" : Describe(status);
}

// What the router has, against what it had accepted from us.
void RouteClient::Compare(const RouterReport& report) {
  std::uint64_t outbid = 0;
  {
    MutexLock lock(&mutex_);
    heard_ = steady_clock::now();
    if (report.epoch > epoch_ || (report.epoch == epoch_ && report.generation > highest_wished_)) {
      outbid = report.epoch;
    } else if (accepted_.has_value() && !unsent_.has_value() && writing_ == nullptr &&
               std::tie(report.epoch, report.generation) <
                   std::tie(accepted_epoch_, accepted_->generation)) {
      LogWarning("router_forgot", {{"voice_layer", options_.name},
                                   {"has", report.generation},
                                   {"accepted", accepted_->generation}});
      unsent_ = accepted_;
      not_before_ = SteadyIn(kLongestBackOff);  // bounds what a confused router can cost
    }
  }
  if (outbid != 0) options_.outbid(outbid);
  changed_.SignalAll();
}

bool RouteClient::Stopping() {
  MutexLock lock(&mutex_);
  return stopping_;
}

// False: stopping.
bool RouteClient::WaitBeforeRetry(absl::Duration patience) {
  const steady_clock::time_point deadline = SteadyIn(patience);
  MutexLock lock(&mutex_);
  while (!stopping_ && steady_clock::now() < deadline) changed_.WaitUntil(&mutex_, deadline);
  return !stopping_;
}

// ---- before the first epoch

std::uint64_t HighestEpoch(const std::vector<NamedRouter>& routers, absl::Duration patience) {
  std::vector<std::uint64_t> epochs(routers.size(), 0);
  std::vector<std::thread> readers;
  for (size_t i = 0; i < routers.size(); ++i) {
    readers.emplace_back([&, i] {
      grpc::ClientContext context;
      context.set_deadline(DeadlineIn(patience));
      context.set_wait_for_ready(true);  // a router that is just starting counts too
      v1::ReadRoutesResponse response;
      const grpc::Status status =
          routers[i].stub->ReadRoutes(&context, v1::ReadRoutesRequest(), &response);
      if (status.ok()) epochs[i] = response.epoch();
      if (status.ok()) return;
      LogWarning("router_not_read",
                 {{"voice_layer", routers[i].name}, {"error", Describe(status)}});
    });
  }
  for (std::thread& reader : readers) reader.join();
  return epochs.empty() ? 0 : *std::max_element(epochs.begin(), epochs.end());
}

}  // namespace dialtone::detector
