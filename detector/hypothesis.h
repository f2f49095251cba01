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

// Enter a suspicion: 3,000 to 1 on the scale of one hypothesis at one site; shown, and worth a
// burst of probes.
inline constexpr double kSuspectedNats = 8;
// How far it must lead every hypothesis that would lead to another action: 20 to 1.
inline constexpr double kLeadNats = 3;
// What a line does for two seconds passes for a fault of Teams at that site, and what a fault of
// Teams does in its first seconds for one of the line. Numbers move for one site after ten seconds,
// for its line after thirty: what would move them, and what accuses the network, is confirmed at a
// single site when it has lasted so long. A lone hub is left at once.
inline constexpr absl::Duration kLastsToMove = absl::Milliseconds(2500);
inline constexpr absl::Duration kLastsAsNetwork = absl::Seconds(5);
// A score that has fallen this far below its own peak is on its way out.
inline constexpr double kOffPeakNats = 3;
// A site with more than this is implicated: one bad result out of the blue.
inline constexpr double kImplicatedNats = 2;
// Share of the heard sites that a wide fault must show at, at least; and two sites.
inline constexpr double kLeastBreadth = 0.05;
// Share of the odds that must come from beyond the ISP that says most.
inline constexpr double kBeyondOneIsp = 0.1;
// A narrower scope with this share of the odds speaks alone while the rest has next to none.
// Of two regions one has half of the odds by chance, so it takes more there.
inline constexpr double kConcentratedIsp = 0.7;
inline constexpr double kConcentratedRegion = 0.8;
// One fault domain in one scope, and how well it explains the evidence.
struct Hypothesis {
  DomainIndex domain = kNone;
  FaultDomain name = FaultDomain::kUnknown;  // of the domain, or kUnknown: nobody may be accused
  Scope scope = Scope::kSite;
  std::string scope_name = {};
  ScopeIndex pool = kNone;                    // kNone: one site
  std::vector<SiteIndex> sites = {};          // whom it hits, ascending
  std::vector<SiteIndex> hit = {};            // those of them whose own evidence says so
  bool is_part = false;                       // the other sites of its scope are well
  double score = 0;                           // nats
  bool is_pooled = false;                     // of what a scope pooled; else of single sites
  int severity = 0;                           // below kWithLossy
  bool is_confirmed = false;                  // else suspected
  absl::Time onset = absl::InfiniteFuture();  // first bad probe
  absl::Time rose = absl::InfiniteFuture();   // since when it lasts
};

// The hypotheses that are suspected or confirmed at `now`, widest first, then by score.
//
// A scope convicts by its pooled evidence, or by the votes of its sites: few sites hit hard drown
// in the pool of a large fleet, and shout in the vote. The scope that speaks is the smallest one
// outside of which there is proven health: a wider one stays quiet while those outside a narrower
// one are well, and a narrower one waits until they are. So the scope settles before anything is
// confirmed, also where evidence is slow.
std::vector<Hypothesis> Hypotheses(const Fleet& fleet, const Observations& observations,
                                   const Attendance& attendance, absl::Time now);

// What else would explain the evidence of a hypothesis, and why that lost: best first, at most 5.
std::vector<RunnerUp> RunnersUp(const Fleet& fleet, const Observations& observations,
                                const Attendance& attendance, const Hypothesis& hypothesis,
                                absl::Time now);

}  // namespace dialtone::detector
