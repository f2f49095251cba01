// The fault classes of the tournament: the rows of its tables.
#pragma once

#include <string>
#include <vector>

#include "detector/simulation/scenario.h"

namespace dialtone::bench {

// One row: a scenario whose fault begins at time 0 and lasts until `fault_end`.
struct FaultClass {
  std::string name;
  detector::simulation::Scenario scenario;
  absl::Duration fault_end;
  bool moves_numbers = true;  // else the row is about recognition, and a move is an error
  bool is_one_hub = false;    // peers know hubs alone: what counts is hub1
};

// All rows, for so many sites: 4 ISPs and 2 regions from 20 sites on.
std::vector<FaultClass> AllClasses(int sites);

}  // namespace dialtone::bench
