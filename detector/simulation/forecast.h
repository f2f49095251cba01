// What a policy promises before it is used: how long each kind of fault takes to be recognised and
// to move numbers, and how often numbers will move needlessly.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/fleet.h"
#include "detector/thresholds.h"

namespace dialtone::detector::simulation {

// A company of which no more is known: sites spread evenly over ISPs, each with the targets of a
// scenario's fleet.
struct FleetShape {
  int sites = 20;
  int isps = 4;
};
Fleet EvenFleet(const FleetShape& shape, const Policy& policy);

// What a kind of fault leads to.
enum class Consequence {
  kNumbersMove,   // skip, then flip
  kHopSkipped,    // reorder, skip; numbers stay
  kAvoidingMove,  // only numbers whose backup does not need the dead line
  kNothing,       // named; nothing moves
};

// One kind of fault in one scope.
struct FaultForecast {
  std::string fault = {};
  std::string scope = {};                                // "everyone", "one ISP", "one site"
  int sites = 0;                                         // that it hits
  absl::Duration recognised = absl::InfiniteDuration();  // infinite: not within an hour
  Consequence consequence = Consequence::kNothing;
  std::optional<absl::Duration> moved = {};  // absent: no numbers move
};

struct Forecast {
  int sites = 0;
  int isps = 0;
  Thresholds thresholds = {};
  std::vector<FaultForecast> faults = {};
  double brief_flips_per_year = 0;       // of the whole system, with nominal troubles
  std::vector<std::string> broken = {};  // what the user stated and this policy does not keep
};

// Computed, not played: what the results of each kind of fault say on average, at the rates in
// force, nearly as the evidence weighs them (expected_evidence.h), up to the thresholds; and the
// wait for the answer that does not come. Half of the cases are quicker. Where sites or ISPs
// differ, those with the fewest probes stand for all. What it leaves out (noise, rivals that must
// be beaten, the scope that must settle) `dialtone simulate` plays.
Forecast ForecastOf(const Policy& policy, const Fleet& fleet);

}  // namespace dialtone::detector::simulation
