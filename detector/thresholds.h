// How sure a diagnosis must be: from what the user can bear and from how fast is probed.
#pragma once

#include "detector/fleet.h"

namespace dialtone::detector {

// Evidence, in nats, that enters a diagnosis.
struct Thresholds {
  double site = 0;   // of one site
  double wide = 0;   // of an ISP, a region, everyone: the pooled evidence
  double votes = 0;  // of the same: the sum of what sites say each for itself
};

// Lorden: a sum of log-likelihood ratios that never sinks below 0 passes h without cause at most
// once in e^h results. Of the diagnoses that chance makes, one in a hundred lasts as long as the
// shortest persistence (measured on lines that burst: of 4 a year none was kept for 3 s in 100
// years). So with r results of Microsoft's targets a second and at most b false flips in a time T:
//
//     h = ln(0.01 r T / b)
//
// r of one site, T a year, for a site; r of the whole fleet, T ten years, for what is wider. With
// three hubs, two relays, sign-in and a witness every second and the shipped budgets that is 19.9
// nats for a site and, at 100 sites, 22.2 for what is wider. Votes are asked for 8 nats more: every
// site chose the explanation that suits it best among some ten, and a few sites suffice.
Thresholds ThresholdsOf(const Policy& policy, const Fleet& fleet);

}  // namespace dialtone::detector
