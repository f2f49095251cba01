#include "tests/bench/tournament/classes.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/check.h"
#include "detector/simulation/scenario_reader.h"

namespace dialtone::bench {
namespace {

using detector::simulation::ReadScenario;

// A fault and the truth about it in the words of the scenario language, without their times.
struct Row {
  absl::string_view name;
  absl::string_view fault;
  absl::string_view domain;
  absl::string_view scope = "global";
  absl::string_view flip = "yes";
  int minutes = 5;
};

constexpr absl::string_view kSignalling = "teams-signalling,teams-all,teams-calling";

// The rows of the detection page, section 7.
constexpr Row kRows[] = {
    {"all hubs silent", "blackhole targets hubs,call severity 100%", kSignalling},
    {"all hubs 503", "error503 targets hubs,call severity 100%", kSignalling},
    {"one hub silent", "blackhole targets hub1 severity 100%", "hub1", "global", "no"},
    {"30 % of requests die", "blackhole targets hubs,call severity 30%", kSignalling},
    {"10 % of requests die", "blackhole targets hubs,call severity 10%", kSignalling},
    {"5 % of requests die", "blackhole targets hubs,call severity 5%", kSignalling, "global", "yes",
     10},
    {"post-dial delay 8 s", "slow targets call delay 6500ms severity 100%", "teams-calling"},
    {"one-way audio, all calls", "oneway targets call severity 100%", "teams-calling"},
    {"one-way audio, 30 % of calls", "oneway targets call severity 30%", "teams-calling"},
    // Packets are lost each way: 5.13 % twice are 10 %, 1.51 % twice 3 %.
    {"media loss 10 %", "loss targets media severity 5.13%", "teams-media"},
    {"media loss 3 %", "loss targets media severity 1.51%", "teams-media"},
    {"sign-in dead", "blackhole targets signin severity 100%", "identity"},
    {"all Microsoft 365 dead", "blackhole targets microsoft365 severity 100%",
     "microsoft365,teams-all"},
    {"Microsoft 365 lossy 60 %, 30 s ramp", "loss targets microsoft365 severity 60% ramp-in 30s",
     "microsoft365,teams-media,teams-all"},
    {"one region's hubs", "blackhole targets hubs,call severity 100%", kSignalling, "region 0"},
    {"one ISP's path to Microsoft", "loss targets microsoft365 severity 100%",
     "microsoft365,teams-all", "isp 1"},
    {"one ISP's core", "loss targets beyond-isp severity 100%", "network", "isp 1", "no"},
    {"one site's hubs", "blackhole targets hubs,call severity 100%", kSignalling, "site 2"},
    {"one site's uplink", "loss targets offlan severity 100%", "network", "site 2", "no"},
    {"10 % of the sites, all hubs", "blackhole targets hubs,call severity 100%", kSignalling,
     "fraction 10%"},
    {"voice layer dead", "blackhole targets voicelayer severity 100%", "voice-layer", "global", "no"},
    {"carrier dead", "blackhole targets carrier severity 100%", "carrier", "global", "no"},
    {"brown-out 0 to 40 % in 10 min", "blackhole targets hubs,call severity 40% ramp-in 10m",
     kSignalling, "global", "yes", 15},
    {"flapping, 20 s of 40 s", "blackhole targets hubs,call severity 100% flap 20s/20s", kSignalling,
     "global", "yes", 10},
};

FaultClass ClassOf(const Row& row, int sites) {
  const int isps = sites >= 20 ? 4 : sites >= 3 ? 2 : 1;
  const int regions = sites >= 20 ? 2 : 1;
  const std::string text = absl::StrCat(
      "scenario ", "row", " v1\nsites ", sites, " isps ", isps, " regions ", regions,
      "\nnoise nominal\nwarmup 180s\ncalls 0.1/s per site\nduration ", row.minutes + 4, "m\nat 0s..",
      row.minutes, "m fault ", row.fault, " scope ", row.scope, "\nat 0s..", row.minutes,
      "m truth domain ", row.domain, " scope ", row.scope, " flip ", row.flip,
      " calls-degraded 100%\n");
  const auto read = ReadScenario(row.name, text);
  CHECK(read.scenario.has_value()) << read.errors.front();
  return {.name = std::string(row.name),
          .scenario = *read.scenario,
          .fault_end = absl::Minutes(row.minutes),
          .moves_numbers = row.flip == "yes",
          .is_one_hub = row.domain == "hub1"};
}

}  // namespace

std::vector<FaultClass> AllClasses(int sites) {
  std::vector<FaultClass> classes;
  for (const Row& row : kRows) classes.push_back(ClassOf(row, sites));
  return classes;
}

}  // namespace dialtone::bench
