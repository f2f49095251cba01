#include "cli/move_outcome.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dialtone::cli {
namespace {

// Arrived: what is wanted leads where the plan said, the router has read it back, and from a table
// no older than the one of the order.
bool HasArrived(const v1::PlannedMove& move, const v1::OperatorGroupStatus& group,
                const v1::RouterStatus& router, std::uint64_t generation) {
  const bool leads_there =
      std::any_of(group.confirmed().begin(), group.confirmed().end(), [&](const v1::Share& share) {
        return share.route() == move.to_route() && share.percent() == 100;
      });
  return leads_there && group.in_sync() && router.up() && router.generation() >= generation;
}

}  // namespace

MoveOutcome OutcomeOf(const v1::PlanResponse& plan, const v1::ApplyResponse& applied,
                      const v1::StatusResponse& status) {
  MoveOutcome outcome;
  std::uint64_t numbers = 0;
  std::vector<std::string> silent_routers;
  for (const v1::RouterStatus& router : status.routers()) {
    if (!router.up()) silent_routers.push_back(router.voice_layer());
  }
  for (const v1::PlannedMove& move : plan.moves()) {
    bool arrived = false;
    for (const v1::OperatorGroupStatus& group : status.groups()) {
      if (group.group() != move.group()) continue;
      for (const v1::RouterStatus& router : status.routers()) {
        if (router.voice_layer() != group.voice_layer()) continue;
        arrived = HasArrived(move, group, router, applied.generation());
      }
    }
    (arrived ? outcome.done : outcome.waiting).push_back(move.group());
    if (arrived) numbers += move.numbers();
  }
  if (outcome.waiting.empty()) {
    outcome.exit_code = ExitCode::kDone;
    outcome.sentence = absl::StrCat("Done: ", outcome.done.size(), " groups with ", numbers,
                                    " numbers moved; every router has confirmed it.");
    return outcome;
  }
  outcome.exit_code = outcome.done.empty() ? ExitCode::kUnknown : ExitCode::kPartial;
  outcome.sentence = absl::StrCat(
      outcome.done.empty() ? "UNKNOWN" : "PARTIAL", ": ", outcome.done.size(), " groups moved; ",
      absl::StrJoin(outcome.waiting, ", "), " not confirmed yet",
      silent_routers.empty()
          ? ""
          : absl::StrCat(" (no answer from router ", absl::StrJoin(silent_routers, ", "), ")"),
      ". The detector goes on: dialtone status");
  return outcome;
}

}  // namespace dialtone::cli
