// gRPC for the CLI and the NOC page. A handler checks, posts to the loop's mailbox and returns; the
// loop's answer finishes the call.
#pragma once

#include <atomic>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "detector/fleet.h"
#include "detector/history.h"
#include "detector/journal_writer.h"
#include "detector/message.h"
#include "detector/operator_metrics.h"
#include "dialtone/v1/operator.grpc.pb.h"

namespace dialtone::detector {

class OperatorService final : public v1::OperatorService::CallbackService {
 public:
  // Calls that wait for the loop. A loop that is this far behind is ill: say so.
  static constexpr int kMaxWaiting = 200;
  // An order of a caller without a deadline is not carried out later than this.
  static constexpr absl::Duration kLongestWait = absl::Seconds(30);

  OperatorService(const Fleet& fleet, const Clock& clock, LoopMailbox* mailbox,
                  detector::History* history, const JournalWriter& journal,
                  OperatorMetrics* metrics);
  ~OperatorService() override;

  // Ends all watches, and refuses new calls, with UNAVAILABLE.
  void Stop();

  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::StatusRequest* request,
                                   v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* Sites(grpc::CallbackServerContext* context,
                                  const v1::SitesRequest* request,
                                  v1::SitesResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* Plan(grpc::CallbackServerContext* context,
                                 const v1::PlanRequest* request,
                                 v1::PlanResponse* response) override;
  grpc::ServerUnaryReactor* Apply(grpc::CallbackServerContext* context,
                                  const v1::ApplyRequest* request,
                                  v1::ApplyResponse* response) override;
  grpc::ServerUnaryReactor* Hold(grpc::CallbackServerContext* context,
                                 const v1::HoldRequest* request,
                                 v1::HoldResponse* response) override;
  grpc::ServerUnaryReactor* Freeze(grpc::CallbackServerContext* context,
                                   const v1::FreezeRequest* request,
                                   v1::FreezeResponse* response) override;
  grpc::ServerWriteReactor<v1::Event>* Watch(grpc::CallbackServerContext* context,
                                             const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* History(grpc::CallbackServerContext* context,
                                    const v1::HistoryRequest* request,
                                    v1::HistoryResponse* response) override;

 private:
  class Call;

  using Look = std::function<absl::Status(const View& view, absl::Time now)>;
  using Answer = std::function<void(const OperatorAnswer& answer)>;

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, OperatorMethod method,
                                Look look);
  template <typename OrderEvent>
  grpc::ServerUnaryReactor* Do(grpc::CallbackServerContext* context, OperatorMethod method,
                               absl::StatusOr<OrderEvent> event, Answer answer);
  absl::Status Busy() const;

  const Fleet& fleet_;
  const Clock& clock_;
  LoopMailbox& mailbox_;
  detector::History& history_;
  const JournalWriter& journal_;
  OperatorMetrics& metrics_;
  std::atomic<int> waiting_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace dialtone::detector
