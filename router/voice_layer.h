// The outside telephone world, as the reconciler sees it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "router/hop_calls.h"
#include "router/hop_states.h"
#include "router/proposal.h"
#include "router/route_table.h"

namespace dialtone::router {

// What a look at the voice layer shows.
struct VoiceLayerLook {
  std::string start = {};                   // another one after each start of the voice layer
  std::vector<HopCounters> counters = {};   // of every hop, in a fixed order
  std::vector<HopReading> hop_states = {};  // of the hops that are not NORMAL
  bool numbers_current = false;             // it routes by the inventory of this router
};

// Applies routes and reads back what is in force. It decides every call alone, from what it has; a
// dead router changes nothing.
//
// UNAVAILABLE: it is not there or does not answer, within a second. Whatever was being written may
// have been written or not; it is read back before anything else is done. Any other error: it
// answers, but not as expected. Owned by one thread.
class VoiceLayer {
 public:
  virtual ~VoiceLayer() = default;

  // A quick look, to be had every second: some requests a hop.
  virtual absl::StatusOr<VoiceLayerLook> Look() = 0;

  // Reads back the plans in force.
  virtual absl::StatusOr<std::vector<PlanReading>> ReadPlans(
      const std::vector<std::string>& groups) = 0;

  // Puts `wanted`, the plans of all groups, in force: those that differ all at one moment, each
  // read back. Gives readings of what it wrote and of what it had to read. After an error each
  // group has the plan it had or the one wanted.
  virtual absl::StatusOr<std::vector<PlanReading>> Apply(const std::vector<GroupPlan>& wanted) = 0;

  // Keeps `wanted`, the plans of all groups, for the voice layer's next start. Before Apply().
  virtual absl::Status Keep(const std::vector<GroupPlan>& wanted) = 0;

  // Writes hop states, each with a lease of 30 s, and reads them back; others stay as they are.
  virtual absl::Status SetHopStates(const std::vector<HopWish>& states) = 0;

  // Makes hops NORMAL.
  virtual absl::Status ClearHopStates(const std::vector<std::string>& hops) = 0;

  // Makes it route by the inventory of this router, or goes on with it: false when there is more to
  // do. May take half a minute with a million numbers; calls go on meanwhile.
  virtual absl::StatusOr<bool> LoadNumbers() = 0;
};

}  // namespace dialtone::router
