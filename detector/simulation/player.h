// Plays a scenario: the simulated world, agents and routers around the real decision, in virtual
// time.
#pragma once

#include <cstdint>

#include "detector/fleet.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// One run, from its warm-up to its end. The same scenario, policy and seed give the same record,
// bit for bit, on every machine.
RunRecord Play(const Scenario& scenario, const Policy& policy, std::uint64_t seed);

}  // namespace dialtone::detector::simulation
