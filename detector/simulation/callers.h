// The callers of a scenario: whom its faults hurt, with Dialtone and without.
#pragma once

#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// Counts the calls placed between time 0 and the end, as expectations: the `calls` of the scenario,
// the share that its truths degrade, less what the routes and hop states in force took elsewhere.
// Calls on a backup route are out of reach of every fault but the voice layer's own, the site's
// network, and a dead backup; hop states help where a hub, or all, are the fault.
CallFigures CountCalls(const Scenario& scenario, const RunRecord& record);

}  // namespace dialtone::detector::simulation
