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

// Whether something was away at that moment.
bool IsAwayAt(const Turns& turns, Moment at);

// Appends a turn if it is one.
void Note(bool is_away, Moment at, Turns* turns);

// What one contestant did with one site.
struct SiteTurns {
  // New calls go elsewhere. Dialtone: its hubs are skipped, or its numbers are wholly or in part on
  // backup.
  Turns calls = {};
  Turns numbers = {};              // numbers were moved; of a peer the same
  std::array<Turns, 3> hubs = {};  // the hub is out of use
};

// What Dialtone said about one truth of the scenario.
struct Naming {
  // Since its start, the first confirmed diagnosis of a right domain with at least the right
  // scope, and 80 % of the sites; kNever: none.
  Moment recognised = kNever;
  // Numbers moved, or where they should not: something was confirmed for ten seconds. Then the
  // diagnosis in force had ...
  bool is_judged = false;
  bool is_owner_wrong = false;  // ... another domain ...
  bool is_scope_wrong = false;  // ... or other sites, by the rules of judging of scenario files.
};

// What one contestant did in one run.
struct Outcome {
  std::vector<SiteTurns> sites = {};
  std::vector<Naming> namings = {};  // Dialtone only: one per truth
};

// Plays all peers at once in the world of (scenario, seed), from its warm-up to its end: an outcome
// per peer of Peers(), in their order. Those that read a shared stream get the results of the very
// probes that Dialtone's agents plan, judged by the same deadlines. A site's calls leave when all
// hubs are down, or (for those that look at more than OPTIONS) both media relays, or sign-in, or
// the test calls.
std::vector<Outcome> PlayPeers(const Scenario& scenario, const detector::Policy& policy,
                               std::uint64_t seed);

// What Dialtone did, read from its record.
Outcome OutcomeOf(const Scenario& scenario, const RunRecord& record);

}  // namespace dialtone::bench
