// How sure a diagnosis must be: from what the user can bear and from how fast is probed.
#pragma once

#include "detector/fleet.h"

namespace dialtone::detector {

// Evidence, in nats, that enters a diagnosis.
struct Thresholds {
  double site = 0;   // of one site
  double wide = 0;   // of an ISP, a region, everyone: the pooled evidence
  double votes = 0;  // of the same: the sum of what sites say each for itself

  // Half of what convicts a wide scope must remain without the site that says most: no single site
  // convicts everyone.
  double rest() const { return wide / 2; }
  // A site that has proven health since the fault began is implicated only by this much.
  double convinced() const { return site / 2; }
};

// Lorden: a sum of log-likelihood ratios that never sinks below 0 passes h without cause at most
// once in e^h results. Of the diagnoses that chance makes, one in a hundred lasts as long as the
// shortest persistence (measured on lines that burst: of 4 a year none was kept for 3 s in 100
// years). So with r results of Microsoft's targets a second, each heard in k scopes, and at most b
// false flips in a time T:
//
//     h = ln(0.01 k r T / b)
//
// For a site: r of the site that probes fastest, T a year, k = 1. For what is wider: r of the whole
// fleet, T ten years, k = 4, since a result is heard in its ISP, its region, among all, and once
// more as a vote. With three hubs, two relays, sign-in and a witness every second and the shipped
// budgets that is 19.9 nats for a site and, with 20 sites, 22.0 for what is wider (100: 23.6).
// Votes are asked for 8 nats more: every site chose the explanation that suits it best among some
// ten, and a few sites suffice. Within 14 and 40 nats, whatever is stated: less is two losses in a
// row, and what takes more is never found in time. What is wider never takes less than a site.
//
// The bound holds as far as the chance p of each bad result is right (observations.h). What makes
// results bad together and is not in p, an unknown kind of burst, passes any threshold; a higher
// one buys little against it, persistence and witnesses do.
Thresholds ThresholdsOf(const Policy& policy, const Fleet& fleet);

}  // namespace dialtone::detector
