// What the outcomes of one contestant over the runs of one class are worth.
#pragma once

#include <cstdint>
#include <vector>

#include "detector/simulation/run_record.h"
#include "tests/bench/tournament/contest.h"

namespace dialtone::bench {

// By run: what was measured in it.
using Samples = std::vector<std::vector<double>>;

// Sums over runs. A site is "due" when its calls had to leave; in a fault of one hub, when that hub
// had to be left.
struct Score {
  int runs = 0;
  Samples delays = {};  // s, from the start of a fault until a due site's calls are away; kNever:
                        // not before it was over
  Samples recognised = {};  // s, Dialtone only: until the first right diagnosis of a run
  Samples back = {};  // s, from the end of the last fault until the calls of a site that had left
                      // are all home; kNever: not before the run's end
  double due = 0;     // sites
  double missed = 0;  // of them: the calls did not leave
  double moves = 0;   // times that calls left, at due sites
  double most_moves = 0;     // times that numbers left, the largest over sites and runs
  double false_flips = 0;    // times that a site's calls left without such a fault: no fault, or
                             // one that is not Microsoft's
  double false_numbers = 0;  // of them: numbers left, not only calls by a skip of every hub
  double brief = 0;          // episodes, each once: a fault of Microsoft's was there, numbers left,
                             // and it was over within 30 s
  double brief_calls = 0;    // the same for calls, as a skip of all hubs takes them away
  double judged = 0;         // runs in which something was named, or somebody moved
  double wrong_owner = 0;    // of them
  double wrong_scope = 0;    // of them
  double hurt = 0;           // seconds x share of calls hurt at due sites ...
  double left = 0;           // ... that is left with this contestant
  double site_seconds = 0;   // played, of all sites
  double episodes = 0;       // of the scenario and of the noise that could have moved somebody
};

// Adds one run. `noise`: the noise's own episodes of that run.
void Add(const Scenario& scenario, const std::vector<detector::simulation::NoiseEpisode>& noise,
         const Outcome& outcome, Score* score);

// The value that `share` of the values do not exceed; kNever of nothing.
double Quantile(const Samples& samples, double share);

// A 95 % interval of the median: runs drawn anew with replacement (the percentile bootstrap, whole
// runs because the sites of a run share its fault), always the same draws.
struct Interval {
  double low = kNever;
  double high = kNever;
};
Interval MedianInterval(const Samples& samples);

// The largest rate of a Poisson process that 95 % do not believe in after `count` events: 3.0 for
// none. One-sided.
double PoissonUpper(double count);

// No rule can be faster, seconds.
struct Limits {
  // The wait for an answer that does not come (or its way, when it says no) plus half the time
  // between two probes of the whole scope.
  double physical = kNever;
  // For faults that spoil a share of the requests: Lorden's bound (1971) at one false alarm in ten
  // years, ln(mean time between false alarms) / Kullback-Leibler divergence, and that wait.
  double lorden = kNever;
};
// kNever for a scenario that has no single such fault.
Limits LimitsOf(const Scenario& scenario, const detector::Policy& policy);

}  // namespace dialtone::bench
