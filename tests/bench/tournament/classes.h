// The fault classes that are played for, and the scenarios made of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "detector/fleet.h"
#include "detector/simulation/scenario.h"

namespace dialtone::bench {

enum class Rates { kLab, kShipped };

// "lab", "shipped".
std::string Word(Rates rates);

// What Dialtone plays by: the shipped policy, acting, at shipped or at laboratory rates.
detector::Policy PolicyOf(Rates rates);

// What a class is for.
enum class Purpose {
  kFault,    // one fault, seconds until it is seen
  kReturn,   // one long fault, and the way home after it
  kFlap,     // a fault that comes and goes
  kEpisode,  // many short ones, none of which is worth moving for
  kNoise,    // nothing but the noise of ordinary days
};

// The goal for how soon a fault is recognised at laboratory rates, seconds.
struct Goal {
  int sites = 0;
  double median = 0;
  double p99 = 0;
};

struct FaultClass {
  std::string name = {};   // of its rows, "hubs-silent"
  std::string title = {};  // for readers
  Purpose purpose = Purpose::kFault;
  std::vector<int> sizes = {};  // sites
  // The words of the scenario language that follow `at A..B`; no truth: nothing may move.
  std::string fault = {};
  std::string truth = {};
  double lasts = 0;  // s, of the fault; of all of it for kNoise; 0: as its size and rates ask
  std::string noise = "nominal";
  std::vector<Goal> goals = {};
};

// All of them: first the faults, in the order of the tables.
const std::vector<FaultClass>& FaultClasses();

// The goal at that size; null when there is none.
const Goal* GoalOf(const FaultClass& what, int sites);

// Run `run` of a class: the fault begins somewhere in a minute, so that no rule's phase is
// favoured.
detector::simulation::Scenario ScenarioOf(const FaultClass& what, int sites, Rates rates, int run);

// The seed of all that is drawn in that run.
std::uint64_t SeedOf(int run);

}  // namespace dialtone::bench
