// How fast a scenario is played: probe results and virtual seconds per second of one core.
//
//   play_bench [SITES] [MINUTES] [SEED]
//
// All hubs fall silent after a minute and return two minutes later, among nominal noise, at
// laboratory rates: what most scenarios of tests/scenarios are made of.
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "absl/time/time.h"

#include "detector/simulation/player.h"
#include "detector/simulation/policies.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {
namespace {

Scenario SilentHubs(int sites, int minutes) {
  Scenario scenario;
  scenario.isps = sites >= 20 ? 4 : 1;
  scenario.regions = sites >= 20 ? 2 : 1;
  scenario.sites = DefaultSites(sites, scenario.isps, scenario.regions);
  scenario.duration = absl::Minutes(minutes);
  ProbedSet targets = ProbedOf("hubs");
  targets.Add(Probed::kCall);
  scenario.faults.push_back({.when = {.from = absl::Minutes(1), .to = absl::Minutes(3)},
                             .kind = FaultKind::kBlackhole,
                             .targets = targets});
  return scenario;
}

int Main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) {
    return argc > i ? std::atoi(argv[i]) : otherwise;
  };
  const Scenario scenario = SilentHubs(argument(1, 20), argument(2, 8));
  const auto begin = std::chrono::steady_clock::now();
  const RunRecord record =
      Play(scenario, LaboratoryPolicy(), static_cast<std::uint64_t>(argument(3, 1)));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  const double results = static_cast<double>(record.probes);
  std::cout << scenario.sites.size() << " sites: " << results << " results in " << taken.count()
            << " s, " << results / taken.count() << " results/s, "
            << absl::ToDoubleSeconds(scenario.warm_up + scenario.duration) / taken.count()
            << " times real time\n";
  for (const TimelineEntry& entry : record.timeline) {
    if (std::getenv("TIMELINE") != nullptr) std::cout << entry.at << " " << entry.sentence << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace dialtone::detector::simulation

int main(int argc, char** argv) { return dialtone::detector::simulation::Main(argc, argv); }
