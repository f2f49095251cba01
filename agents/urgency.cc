#include "agents/urgency.h"

namespace dialtone::agents {

bool Urgency::IsUrgent(const Result& result) {
  if (IsBad(result.measurement)) {
    last_was_bad_.insert(result.target);
    return true;
  }
  if (result.measurement.outcome == Outcome::kAnswered && last_was_bad_.erase(result.target) > 0)
    return true;
  return result.in_burst;
}

}  // namespace dialtone::agents
