// The `at` lines of a scenario file: faults, agent faults, truths, and what else happens when.
#pragma once

#include "detector/simulation/line_reader.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// Reads what follows the word `at` and adds it to the scenario.
void ReadEvent(LineReader& line, Scenario* scenario);

}  // namespace dialtone::detector::simulation
