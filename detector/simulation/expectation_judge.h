// Judges the terms of `expect` lines.
#pragma once

#include <vector>

#include "detector/simulation/judge.h"
#include "detector/simulation/run_facts.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/truth_book.h"

namespace dialtone::detector::simulation {

// `truths` are the scenario's. Reasons are not yet limited in number.
Finding JudgeExpectation(const Expectation& term, const Scenario& scenario,
                         const std::vector<KnownTruth>& truths, const std::vector<RunFacts>& runs);

}  // namespace dialtone::detector::simulation
