// What was played and judged, as the message that `dialtone simulate` shows.
#pragma once

#include <vector>

#include "detector/simulation/judge.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"
#include "dialtone/v1/simulation.pb.h"

namespace dialtone::detector::simulation {

// `runs` is not empty; its first one is told in full.
v1::ScenarioReport ReportOf(const Scenario& scenario, const std::vector<RunRecord>& runs,
                            const Judgement& judgement);

}  // namespace dialtone::detector::simulation
