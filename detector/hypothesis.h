// Which faults would explain what was observed: the candidates for a diagnosis.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/attendance.h"
#include "detector/domains.h"
#include "detector/observations.h"
#include "detector/view.h"

namespace dialtone::detector {

// Enter a suspicion; settled with the words of the operator's page.
inline constexpr double kSuspectedNats = 8;
// Enter a diagnosis: one site alone, several sites together.
inline constexpr double kConfirmedNatsSite = 20;
inline constexpr double kConfirmedNatsWide = 22;
// What one site may add to a pooled score: no single site convicts a wide scope.
inline constexpr double kMostNatsOfOneSite = 11;
// How far it must lead every hypothesis that would lead to another action.
inline constexpr double kLeadNats = 3;
// A site with more than this is implicated.
inline constexpr double kImplicatedNats = 2;
// Share of the heard sites of a wide scope that must be implicated.
inline constexpr double kBreadth = 0.6;

// One fault domain in one scope, and how well it explains the evidence.
struct Hypothesis {
  DomainIndex domain = kNone;
  FaultDomain name = FaultDomain::kUnknown;  // of the domain, or kUnknown: nobody may be accused
  Scope scope = Scope::kSite;
  std::string scope_name = {};
  std::vector<SiteIndex> sites = {};  // implicated, ascending
  double score = 0;                   // nats, summed over the sites
  int severity = 0;                   // index in kSeverities, of the site that says most
  bool is_confirmed = false;          // else suspected
  absl::Time onset = absl::InfiniteFuture();
  absl::Time rose = absl::InfiniteFuture();  // since when it lasts: see Rose()
  std::vector<RunnerUp> runners_up = {};     // best first, at most 5
};

// Which sites Microsoft may be accused from and a network may be accused at.
//
// A site may accuse Microsoft only while an internet witness that answered after the fault began
// proves its own line; it may accuse its network only when no kind of target off the LAN is clean.
// A site for which neither holds accuses nobody.
bool MayAccuse(const Fleet& fleet, const Observations& observations, SiteIndex site,
               DomainIndex domain);

// The hypotheses that are suspected or confirmed now: widest first, then confirmed ones, then by
// score. Narrower ones that a wider one explains are left out: a narrow scope never matures before
// the wide one.
std::vector<Hypothesis> Hypotheses(const Fleet& fleet, const Observations& observations,
                                   const Attendance& attendance);

}  // namespace dialtone::detector
