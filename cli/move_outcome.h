// What became of a move: told from the plan, the answer to Apply, and the status looked at since.
#pragma once

#include <string>
#include <vector>

#include "base/program.h"
#include "dialtone/v1/operator.pb.h"

namespace dialtone::cli {

struct MoveOutcome {
  std::vector<std::string> done;     // groups that every router has confirmed
  std::vector<std::string> waiting;  // groups that have not arrived
  ExitCode exit_code = ExitCode::kUnknown;
  std::string sentence =
      "UNKNOWN: the detector took the order; no router has been seen to confirm it.";
};

// Done when all groups have arrived; partial when some have; unknown when none has, or a router is
// down.
MoveOutcome OutcomeOf(const v1::PlanResponse& plan, const v1::ApplyResponse& applied,
                      const v1::StatusResponse& status);

}  // namespace dialtone::cli
