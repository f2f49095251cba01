// One contestant in one run: when each site's calls left Teams, and when they came back.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "detector/fleet.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"
#include "tests/bench/tournament/rules.h"

namespace dialtone::bench {

using detector::SiteIndex;
using detector::simulation::RunRecord;
using detector::simulation::Scenario;

// From `at` on calls are away from where they belong, or back.
struct Turn {
  Moment at = 0;
  bool is_away = false;
};
using Turns = std::vector<Turn>;  // by time, alternating, the first is away

// What one contestant did with one site.
struct SiteTurns {
  Turns moves = {};                // the calls are away from Teams
  std::array<Turns, 3> hubs = {};  // the hub is out of use
};

// What one contestant did in one run.
struct Outcome {
  std::vector<SiteTurns> sites = {};
  // Dialtone only: the first confirmed diagnosis of a right domain per truth; kNever: none.
  std::vector<Moment> recognised = {};
};

// How fast the stream of probes is that the peers share with Dialtone.
struct Rates {
  double microsoft = 1;
  double call = 10;
};

// Plays all peers at once in the world of (scenario, seed), from its warm-up to its end: an outcome
// per peer of Peers(), in their order. A site's calls leave when all hubs are down, or (for those
// that look at more than OPTIONS) both media relays, or sign-in, or the test calls.
std::vector<Outcome> PlayPeers(const Scenario& scenario, std::uint64_t seed, const Rates& rates);

// What Dialtone did, read from its record: calls leave by skip of every hub or by flip.
Outcome OutcomeOf(const Scenario& scenario, const RunRecord& record);

}  // namespace dialtone::bench
