#include "agents/agent.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"

#include "base/log.h"

namespace dialtone::agents {

Agent::Agent(Loop& loop, size_t spool_results, Runner::MakeProbe make_probe, AgentMetrics* metrics)
    : loop_(loop),
      metrics_(*metrics),
      spool_(spool_results),
      runner_(loop, std::move(make_probe), [this](Result result) { OnResult(std::move(result)); }) {
}

void Agent::AddDetector(const std::string& name, const std::shared_ptr<grpc::Channel>& channel,
                        const Speaker& speaker) {
  Uplink::Owner& owner = *this;
  uplinks_.push_back(std::make_unique<Uplink>(loop_, name, channel, spool_, speaker, owner,
                                              metrics_.OfDetector(name)));
}

void Agent::Start() {
  running_uplinks_ = uplinks_.size();
  for (const auto& uplink : uplinks_) uplink->Start();
}

void Agent::Stop(std::function<void()> stopped) {
  runner_.Stop();
  for (const auto& uplink : uplinks_) {
    uplink->Stop([this, stopped] {
      if (--running_uplinks_ == 0) stopped();
    });
  }
}

void Agent::OnPlan(const Plan& plan) {
  const std::vector<std::string> refused = runner_.Follow(plan);
  const std::vector<Target> targets = runner_.targets();
  metrics_.Follow(targets);
  LogInfo("plan_followed", {{"version", plan.version}, {"targets", targets.size()}});
  if (refused != refused_ && !refused.empty()) {
    LogWarning("targets_refused", {{"targets", absl::StrJoin(refused, "; ")}});
  }
  refused_ = refused;
  for (const auto& uplink : uplinks_) uplink->SetRefusedTargets(refused);
}

void Agent::OnTaken() {
  uint64_t taken_by_all = spool_.end();
  for (const auto& uplink : uplinks_) {
    taken_by_all = std::min(taken_by_all, uplink->unacknowledged());
  }
  spool_.ForgetBefore(taken_by_all);
}

void Agent::OnResult(Result result) {
  metrics_.Count(result);
  metrics_.CountSkipped(static_cast<double>(runner_.skipped() - skipped_told_));
  skipped_told_ = runner_.skipped();
  const bool is_urgent = urgency_.IsUrgent(result);
  spool_.Expire(loop_.Now());
  spool_.Add(std::move(result));
  for (const auto& uplink : uplinks_) uplink->OnResult(is_urgent);
}

}  // namespace dialtone::agents
