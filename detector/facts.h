// What a plan may look at.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/diagnosis.h"
#include "detector/fleet.h"
#include "detector/holds.h"
#include "detector/observations.h"
#include "detector/routers.h"

namespace dialtone::detector {

// Read-only: everything a plan depends on beside its own memory.
struct Facts {
  const Fleet& fleet;
  const Policy& policy;
  const Observations& observations;
  const std::vector<ActiveDiagnosis>& active;
  const Routers& routers;
  const Holds& holds;
  absl::Time started;  // of this detector
  bool is_warm;        // automatic moves are allowed: the journal was fresh, or the warm-up is over
};

// How well a group's way to its backup is proven, in words, and by which route.
struct BackupProof {
  std::string route = {};  // the first proven one; empty: none
  std::string words = {};  // "pbx: proven by OPTIONS only", or why not
  bool is_known = true;    // false: too early to say, shortly after a start
};

// An OPTIONS answer proves a backup for this long.
inline constexpr absl::Duration kProofLasts = absl::Seconds(30);

// `route` empty: any of the group's backup routes, in their order.
BackupProof ProofOf(const Facts& facts, GroupIndex group, absl::string_view route, absl::Time now);

// Whether a diagnosis is about calls of a group, so that it may move them: hub evidence counts at
// the vantage of the group's voice layer, the rest at the site of its users; a network moves only
// groups whose backup avoids it. No other domain moves anything.
bool MayMove(const Facts& facts, const Diagnosis& diagnosis, GroupIndex group);

// Whether a group of that voice layer's router is one of the fleet's.
bool IsOurs(const Fleet& fleet, VoiceLayerIndex voice_layer, absl::string_view group);

// A confirmed or suspected diagnosis that may move the group; null when there is none. Confirmed
// ones come first.
const ActiveDiagnosis* MovingDiagnosis(const Facts& facts, GroupIndex group);

}  // namespace dialtone::detector
