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

// The company that the forecast is for: sites spread evenly over ISPs, each with the targets of a
// scenario's fleet.
struct FleetShape {
  int sites = 20;
  int isps = 4;
};

// One kind of fault.
struct FaultForecast {
  std::string fault = {};
  std::string scope = {};
  absl::Duration recognised = {};            // infinite: not within an hour
  std::optional<absl::Duration> moved = {};  // absent: such a fault moves no numbers
};

struct Forecast {
  Thresholds thresholds = {};
  std::vector<FaultForecast> faults = {};
  double brief_flips_per_year = 0;       // of the whole system, with nominal troubles
  std::vector<std::string> broken = {};  // what the user stated and this policy does not keep
};

// Computed, not played: expected nats a probe, the rates in force, bursts once suspected, and the
// wait for the answer that does not come. Half of the cases are quicker. What it leaves out (bursts
// of the line, rivals that must be beaten) `dialtone simulate` plays.
Forecast ForecastOf(const Policy& policy, const FleetShape& shape);

}  // namespace dialtone::detector::simulation
