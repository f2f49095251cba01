// What the outcomes of one contestant over the runs of one scenario are worth.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/tournament/contest.h"

namespace dialtone::bench {

// Sums over runs. "Site" is a site in a run.
struct Score {
  std::vector<double> delays = {};  // s, from the start of a fault until a site's calls are away
  std::vector<double> recognised = {};  // s, Dialtone only: first right diagnosis, one per run
  double due = 0;                       // sites whose calls had to leave ...
  double missed = 0;                    // ... and did not before the fault was over
  double needless = 0;                  // sites whose calls left though they had no reason to
  double moves = 0;                     // times that calls left, at sites that were due
  std::vector<double> back = {};        // s, from the end of the last fault until calls are back
  double hurt = 0;                      // seconds x share of calls hurt at sites that were due ...
  double left = 0;                      // ... that is left with this contestant
  int runs = 0;
};

// Adds one run. A fault of one hub is judged by that hub being out of use.
void Add(const Scenario& scenario, const Outcome& outcome, Score* score);

// The value that `share` of the sorted values do not exceed; kNever of nothing.
double Quantile(std::vector<double> values, double share);

// No rule can be faster, seconds: the wait for an answer that does not come (or its way, when it
// says no) plus half the time between two probes of the whole scope; and, for faults that spoil a
// share of the requests, Lorden's bound (1971) at one false alarm in ten years: ln(mean time
// between false alarms) / Kullback-Leibler divergence. kNever for a scenario that has no single
// such fault.
struct Limits {
  double physical = kNever;
  double lorden = kNever;
};
Limits LimitsOf(const Scenario& scenario, const Rates& rates);

}  // namespace dialtone::bench
