// What `dialtone simulate` prints, as text for a person.
#pragma once

#include <string>

#include "dialtone/v1/simulation.pb.h"

namespace dialtone::cli {

// Timeline of the first run, its diagnoses, calls hurt and saved, and what holds and what does not.
std::string ShowScenario(const v1::ScenarioReport& report, bool colour);

// One line per scenario and one in all; empty without any.
std::string ShowSimulationSummary(const v1::SimulationReport& report, bool colour);

}  // namespace dialtone::cli
