// Makes the probes that targets need.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "agents/loop.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/tls_context.h"
#include "agents/stream_budget.h"

namespace dialtone::agents {

// Knows what all probes of this agent share: the loop, the TLS profiles, the address they are sent
// from. Outlives the probes it made.
class Instruments {
 public:
  // INVALID_ARGUMENT: a profile cannot be loaded.
  static absl::StatusOr<std::unique_ptr<Instruments>> Load(Loop& loop,
                                                           const std::vector<TlsProfile>& profiles,
                                                           std::string source);

  // The probe for a target; or why this agent cannot probe it, in words for the engineer.
  absl::StatusOr<std::unique_ptr<Probe>> Make(const Target& target);

 private:
  Instruments(Loop& loop, std::string source) : loop_(loop), source_(std::move(source)) {}

  // Of a target that was not refused: it has one.
  TlsContext* ContextOf(const Target& target) const {
    return contexts_.at(TlsProfileOf(target)).get();
  }

  Loop& loop_;
  const std::string source_;
  std::map<std::string, std::unique_ptr<TlsContext>> contexts_;
  std::set<std::string> profiles_;
  // Of public relays, by address: outlives their probes, or a new plan would be a new budget.
  std::map<std::string, StreamBudget> budgets_;
};

}  // namespace dialtone::agents
