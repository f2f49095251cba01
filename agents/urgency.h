// Which results may not wait for the next batch.
#pragma once

#include <set>
#include <string>

#include "agents/measurement.h"

namespace dialtone::agents {

// Urgent are: a bad result, the next good result of a path whose last one was bad, and every result
// of a burst. Everything else waits for the batch of the second.
class Urgency {
 public:
  // Called once for each result, in the order they come.
  bool IsUrgent(const Result& result);

 private:
  std::set<std::string> last_was_bad_;
};

}  // namespace dialtone::agents
