// What a plan may look at.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/attendance.h"
#include "detector/call_watch.h"
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
  const Attendance& attendance;
  const std::vector<ActiveDiagnosis>& active;
  const Routers& routers;
  const Holds& holds;
  const CallWatch& calls;
  absl::Time started;  // of this detector
  bool is_warm;        // automatic moves are allowed: the journal was fresh, or the warm-up is over
};

// How well a group's way to its backup is proven, in words, and by which route.
struct BackupProof {
  std::string route = {};  // the first proven one; empty: none
  std::string words = {};  // "pbx: proven by OPTIONS only", or why not
  bool is_known = true;    // false: too early to say, shortly after a start

  // "pbx (proven by OPTIONS only)", inside a sentence.
  std::string InBrackets() const;
};

// An OPTIONS answer proves a backup for this long, unless so many later ones in a row were missing:
// two tell that it is no good time to go there; one that carries calls is left only when no line
// loses that many.
inline constexpr absl::Duration kProofLasts = absl::Seconds(30);
inline constexpr int kDoubtedAfter = 2;
inline constexpr int kLeftAfter = PathHealth::kState;

// A backup that a vantage had proven when its agent fell silent serves those that go along with
// others for this long; as long as a change night.
inline constexpr absl::Duration kSilentProofLasts = absl::Hours(1);

// `route` empty: any of the group's backup routes, in their order. A diagnosis of the voice layer
// disarms them all, unless what leads the group away from home is the harder fault.
BackupProof ProofOf(const Facts& facts, GroupIndex group, absl::string_view route, absl::Time now);

// Whether a diagnosis is about calls of a group, so that it may move them: hub evidence counts at
// the vantage of the group's voice layer, the rest at the site of its users, and what spoils both
// at either; a network moves only groups whose backup avoids it. No other domain moves anything.
//
// A mute site goes along with a region's or the whole world's diagnosis that two ISPs carry, while
// its voice layer is heard: by the agent beside it, or, where that agent is the mute one, by its
// router.
bool MayMove(const Facts& facts, const Diagnosis& diagnosis, GroupIndex group);

// Whether a site lies within the scope of a diagnosis, hit or not.
bool IsInScope(const Site& site, const Diagnosis& diagnosis);

// Whether sites of two ISPs carry a diagnosis, or of all ISPs that there are.
bool IspsCarry(const Fleet& fleet, const Diagnosis& diagnosis);

// Whether an agent that is heard carries a diagnosis; `but` is left out. What nobody heard says any
// more is history: it begins nothing.
bool IsCarried(const Facts& facts, const Diagnosis& diagnosis, SiteIndex but = kNone);

// Whether a group of that voice layer's router is one of the fleet's.
bool IsOurs(const Fleet& fleet, VoiceLayerIndex voice_layer, absl::string_view group);

// Share of its calls that a diagnosis hurts, 0 to 1: by its severity, and what loses packets by
// what it does to audio. Of the mildest severity, which stands for anything milder, too, no more
// than was counted of the probes since the evidence began; with room, 1.4 times as much, for of
// some thirty losses that is what chance leaves open.
double ShareHurt(const Facts& facts, const ActiveDiagnosis& active);

// How long a diagnosis of that scope and domain must last before numbers move.
absl::Duration PersistenceOf(const Policy& policy, const Diagnosis& diagnosis);
// When a group's numbers may move by a diagnosis, if it lasts.
absl::Time MaturesAt(const Facts& facts, const ActiveDiagnosis& active, GroupIndex group);

// A confirmed or suspected diagnosis that may move the group; null when there is none. Confirmed
// ones come first, of these the one that has lasted long enough first.
const ActiveDiagnosis* MovingDiagnosis(const Facts& facts, GroupIndex group);

}  // namespace dialtone::detector
