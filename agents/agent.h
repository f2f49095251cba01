// The agent: runner, spool and uplinks put together.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "agents/agent_metrics.h"
#include "agents/loop.h"
#include "agents/plan.h"
#include "agents/runner.h"
#include "agents/spool.h"
#include "agents/uplink.h"
#include "agents/urgency.h"

namespace dialtone::agents {

// What one result goes through: runner -> urgency -> spool -> every uplink. What detectors want
// goes the other way. When several detectors send plans, the last one received is followed; they
// are configured alike. Without a detector the last plan goes on. Lives on the loop's thread.
class Agent final : private Uplink::Owner {
 public:
  Agent(Loop& loop, size_t spool_results, Runner::MakeProbe make_probe, AgentMetrics* metrics);

  // Adds a detector to stream to; before Start.
  void AddDetector(const std::string& name, const std::shared_ptr<grpc::Channel>& channel,
                   const Speaker& speaker);

  // Opens the streams; probing begins when the first plan comes.
  void Start();

  // Ends everything, then calls `stopped`. Only after that the agent may be destroyed.
  void Stop(std::function<void()> stopped);

 private:
  void OnPlan(const Plan& plan) override;
  void OnBurst(const Burst& burst) override { runner_.StartBurst(burst); }
  void OnTaken() override;
  void OnResult(Result result);

  Loop& loop_;
  AgentMetrics& metrics_;
  Spool spool_;
  Urgency urgency_;
  Runner runner_;
  uint64_t skipped_told_ = 0;  // to the metrics
  std::vector<std::string> refused_;
  std::vector<std::unique_ptr<Uplink>> uplinks_;
  size_t running_uplinks_ = 0;
};

}  // namespace dialtone::agents
