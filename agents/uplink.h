// The agent's stream to one detector, kept open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "agents/agent_metrics.h"
#include "agents/backoff.h"
#include "agents/loop.h"
#include "agents/outbox.h"
#include "agents/plan.h"
#include "agents/report_call.h"
#include "agents/spool.h"

namespace dialtone::agents {

// Who speaks: the hello of every stream.
struct Speaker {
  std::string version = {};
  uint64_t run_id = 0;
};

// Opens a stream, says hello, sends what the outbox says is due, hands on what the detector wants,
// and opens the next stream when this one is lost. Lives on the loop's thread.
class Uplink final : private ReportCall::Owner {
 public:
  // Hears what the detector wants. May call everything of the uplink but the destructor.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnPlan(const Plan& plan) = 0;
    virtual void OnBurst(const Burst& burst) = 0;
    // The detector has taken results: the spool may forget some.
    virtual void OnTaken() = 0;
  };

  // `detector` is its name in logs. All references outlive the uplink.
  Uplink(Loop& loop, std::string detector, const std::shared_ptr<grpc::Channel>& channel,
         const Spool& spool, const Speaker& speaker, Owner& owner, UplinkMetrics metrics);

  // Opens the first stream.
  void Start();

  // A result was added to the spool.
  void OnResult(bool is_urgent);

  // What of the plan this agent cannot probe; said in the next message.
  void SetRefusedTargets(const std::vector<std::string>& refused);

  // Ends the stream for good, then calls `stopped`. Only after that the uplink may be destroyed.
  void Stop(std::function<void()> stopped);

  // The first result that the detector has not taken yet.
  uint64_t unacknowledged() const { return outbox_.unacknowledged(); }

 private:
  void OnResponse(const v1::ReportResponse& response) override;
  void OnWritten() override;
  void OnEnded(const grpc::Status& status) override;

  void Open();
  // Writes what is due, and sleeps until the next is.
  void Pump();
  void Wake();
  void Observe();
  void LogLoss(const grpc::Status& status, absl::Duration wait);

  Loop& loop_;
  const std::string detector_;
  const std::unique_ptr<v1::ReportService::Stub> stub_;
  const Spool& spool_;
  const Speaker speaker_;
  Owner& owner_;
  const UplinkMetrics metrics_;
  Outbox outbox_;
  Backoff backoff_;
  std::minstd_rand random_{std::random_device{}()};
  std::vector<std::string> refused_;
  bool hello_is_due_ = false;
  bool is_heard_ = false;      // the detector has answered on this stream
  bool loss_is_told_ = false;  // one line a loss, not one an attempt
  uint64_t plan_version_ = 0;  // of this stream
  uint64_t dropped_told_ = 0;  // to the metrics
  std::function<void()> stopped_;
  std::unique_ptr<ReportCall> call_;
  Timer timer_;
};

}  // namespace dialtone::agents
