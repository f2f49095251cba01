// What one run of a scenario recorded: all that the judge and the reader of a timeline need.
//
// Every `at` is time since time 0 of the scenario; negative during the warm-up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/simulation/scenario.h"
#include "detector/view.h"

namespace dialtone::detector::simulation {

// The routes of a site's numbers changed, as its router confirmed it. One per confirmed change:
// a staged failback gives several.
struct ShareChange {
  SiteIndex site = kNone;
  absl::Duration at = {};
  int backup_percent = 0;  // of the site's calls that draw a backup route from now on
  Origin origin = Origin::kAuto;
  std::uint64_t diagnosis = 0;  // that moved them; 0: none
  std::string reason = {};
};

// A next hop of one site's voice layer is tried otherwise from now on, as its router confirmed it.
struct HopChange {
  SiteIndex site = kNone;  // whose voice layer
  absl::Duration at = {};
  int hub = 0;  // 1..3
  HopState state = HopState::kNormal;
};

// One diagnosis as it stood from `at` on, until the next edition of the same id.
struct DiagnosisEdition {
  absl::Duration at = {};
  DiagnosisState state = DiagnosisState::kSuspected;
  DomainName domain = {};
  Scope scope = Scope::kSite;
  std::string scope_name = {};
  std::vector<SiteIndex> sites = {};  // ascending, without vantages
  std::string sentence = {};
};

// One diagnosis from suspicion to its end. A new edition whenever state, domain, scope or sites
// change; a change of sites alone may be noticed up to 250 ms late.
struct RecordedDiagnosis {
  std::uint64_t id = 0;
  std::vector<DiagnosisEdition> editions = {};  // by time, never empty
};

// Trouble that the noise made by itself: an implicit truth with `flip may`.
struct NoiseEpisode {
  Span when = {};
  std::vector<DomainName> domains = {};  // any of them is a right name for it
  std::vector<SiteIndex> sites = {};     // ascending
};

// What became of the callers.
struct CallFigures {
  double placed = 0;
  double hurt = 0;          // with Dialtone
  double hurt_unaided = 0;  // had every call gone its home route
  double seconds_hurt = 0;  // sum over sites of the time in which their calls were hurt
  double saved() const { return hurt_unaided - hurt; }
};

// One thing that happened, as the core told it.
struct TimelineEntry {
  absl::Duration at = {};
  OccurrenceKind kind = OccurrenceKind::kStarted;
  std::string sentence = {};
  std::uint64_t diagnosis = 0;
  std::vector<SiteIndex> sites = {};  // whose numbers or hops it is about
};

// One run.
struct RunRecord {
  std::uint64_t seed = 0;
  absl::Duration end = {};                        // how far it was played
  std::vector<ShareChange> shares = {};           // by time
  std::vector<HopChange> hops = {};               // by time
  std::vector<RecordedDiagnosis> diagnoses = {};  // by first edition
  std::vector<NoiseEpisode> noise = {};
  std::vector<TimelineEntry> timeline = {};   // by time
  std::vector<std::string> explanation = {};  // what `dialtone explain` says at the end
  CallFigures calls = {};
  std::uint64_t probes = 0;  // results that reached the detector
};

}  // namespace dialtone::detector::simulation
