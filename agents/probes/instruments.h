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
  absl::StatusOr<std::unique_ptr<Probe>> Make(const Target& target) const;

 private:
  Instruments(Loop& loop, std::string source) : loop_(loop), source_(std::move(source)) {}

  Loop& loop_;
  const std::string source_;
  std::map<std::string, std::unique_ptr<TlsContext>> contexts_;
  std::set<std::string> profiles_;
};

}  // namespace dialtone::agents
