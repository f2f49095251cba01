#include "agents/urgency.h"

namespace dialtone::agents {

bool Urgency::IsUrgent(const Result& result) {
  const Outcome outcome = result.measurement.outcome;
  if (IsBad(outcome)) {
    last_was_bad_.insert(result.target);
    return true;
  }
  if (outcome == Outcome::kAnswered && last_was_bad_.erase(result.target) > 0) return true;
  return result.in_burst;
}

}  // namespace dialtone::agents
