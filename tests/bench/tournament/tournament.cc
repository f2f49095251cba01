// Plays every fault class with Dialtone and with the rules of others, and keeps what came of it.
//
//   tournament --results DIR --revision TEXT [--rates lab|shipped] [--only CLASS]... [--sites N]
//              [--runs N] [--threads N] [--budget MINUTES] [--again]
//   tournament --results DIR --report
//
// All contestants see the same world: what becomes of a probe depends on the run, the site, the
// target and the moment alone. A class that the results have already, of the same revision and with
// as many runs, is not played again; so a stopped run goes on where it was. tests/bench/README.md
// tells more.
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/simulation/player.h"
#include "tests/bench/tournament/classes.h"
#include "tests/bench/tournament/contest.h"
#include "tests/bench/tournament/report.h"
#include "tests/bench/tournament/row.h"
#include "tests/bench/tournament/score.h"

namespace dialtone::bench {
namespace {

using detector::simulation::RunRecord;

constexpr char kUsage[] =
    "usage: tournament --results DIR --revision TEXT [--rates lab|shipped] [--only CLASS]...\n"
    "                  [--sites N] [--runs N] [--threads N] [--budget MINUTES] [--again]\n"
    "       tournament --results DIR --report\n";

struct Arguments {
  std::string results = {};
  std::string revision = {};
  std::vector<Rates> rates = {Rates::kLab, Rates::kShipped};
  std::vector<std::string> only = {};
  int sites = 0;  // 0: all sizes
  int runs = 0;   // 0: as many as fit into two hours of two cores
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int budget = 0;  // minutes after which no class is begun; 0: none
  bool again = false;
  bool report_only = false;
};

// Runs cost what their sites and their length cost: fewer where they are many.
int RunsOf(const FaultClass& what, int sites, Rates rates, int runs) {
  const bool is_lab = rates == Rates::kLab;
  if (runs == 0) runs = is_lab ? 100 : 40;
  double share = 1;
  if (sites >= 100) share = is_lab ? 0.2 : 0.125;
  if (what.purpose != Purpose::kFault) share = what.purpose == Purpose::kNoise ? 0.04 : 0.2;
  return std::max(1, static_cast<int>(std::lround(runs * share)));
}

// What one run gave: the outcomes, in the order of Peers() with Dialtone's last.
struct Played {
  Scenario scenario = {};
  std::vector<detector::simulation::NoiseEpisode> noise = {};
  std::vector<Outcome> outcomes = {};
};

Played PlayRun(const FaultClass& what, int sites, Rates rates, int run) {
  const detector::Policy policy = PolicyOf(rates);
  Played played = {.scenario = ScenarioOf(what, sites, rates, run)};
  played.outcomes = PlayPeers(played.scenario, policy, SeedOf(run));
  RunRecord record = detector::simulation::Play(played.scenario, policy, SeedOf(run));
  played.outcomes.push_back(OutcomeOf(played.scenario, record));
  played.noise = std::move(record.noise);
  return played;
}

double CpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<Row> PlayClass(const FaultClass& what, int sites, Rates rates, int runs,
                           const Arguments& arguments) {
  const double begin = CpuSeconds();
  std::vector<Played> played(static_cast<std::size_t>(runs));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int run = next++; run < runs; run = next++) {
      played[static_cast<std::size_t>(run)] = PlayRun(what, sites, rates, run);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < std::min(runs, arguments.threads); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();

  const std::vector<Peer> peers = Peers();
  std::vector<Score> scores(peers.size() + 1);
  for (const Played& run : played) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      Add(run.scenario, run.noise, run.outcomes[i], &scores[i]);
    }
  }
  const Limits limits = LimitsOf(played.front().scenario, PolicyOf(rates));
  const double cpu_seconds = CpuSeconds() - begin;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Row row = RowOf(scores[i]);
    row.class_name = what.name;
    row.sites = sites;
    row.contestant = i < peers.size() ? peers[i].name : kDialtone;
    row.revision = arguments.revision;
    row.cpu_seconds = cpu_seconds;
    row.physical = limits.physical;
    row.lorden = limits.lorden;
    rows.push_back(std::move(row));
  }
  return rows;
}

bool IsWanted(const FaultClass& what, const Arguments& arguments) {
  return arguments.only.empty() ||
         std::find(arguments.only.begin(), arguments.only.end(), what.name) != arguments.only.end();
}

// The classes of one rate, those of 20 sites first.
std::vector<std::pair<const FaultClass*, int>> ProgrammeOf(const Arguments& arguments) {
  std::vector<std::pair<const FaultClass*, int>> programme;
  for (const int sites : {20, 6, 3, 100}) {
    for (const FaultClass& what : FaultClasses()) {
      const bool has_size =
          std::find(what.sizes.begin(), what.sizes.end(), sites) != what.sizes.end();
      if (!has_size || !IsWanted(what, arguments)) continue;
      if (arguments.sites == 0 || arguments.sites == sites) programme.emplace_back(&what, sites);
    }
  }
  return programme;
}

bool PlayAll(Rates rates, const Arguments& arguments,
             std::chrono::steady_clock::time_point deadline) {
  std::string error;
  Results results;
  const auto file = (std::filesystem::path(arguments.results) / (Word(rates) + ".tsv")).string();
  if (!results.Read(file, &error)) {
    std::cerr << error << "\n";
    return false;
  }
  for (const auto& [what, sites] : ProgrammeOf(arguments)) {
    const int runs = RunsOf(*what, sites, rates, arguments.runs);
    const Row* const known = results.Find(*what, sites, kDialtone);
    const bool is_there =
        known != nullptr && known->revision == arguments.revision && known->runs >= runs;
    if (is_there && !arguments.again) continue;
    if (arguments.budget > 0 && std::chrono::steady_clock::now() >= deadline) {
      std::cout << Word(rates) << " " << what->name << ", " << sites
                << " sites: not played, the time is up\n";
      continue;
    }
    const std::vector<Row> rows = PlayClass(*what, sites, rates, runs, arguments);
    const Row& ours = rows.back();
    std::cout << absl::StrFormat(
                     "%s %s, %d sites: %d runs, %.1f s of a core; recognised %.2f s, away %.2f s",
                     Word(rates), what->name, sites, runs, ours.cpu_seconds, ours.recognised,
                     ours.away)
              << std::endl;
    if (!results.Put(*what, sites, rows, &error)) {
      std::cerr << error << "\n";
      return false;
    }
  }
  return true;
}

bool ParseValue(const std::string& name, const std::string& value, Arguments* arguments) {
  if (name == "--results") {
    arguments->results = value;
  } else if (name == "--revision") {
    arguments->revision = value;
  } else if (name == "--only") {
    arguments->only.push_back(value);
  } else if (name == "--rates") {
    if (value != "lab" && value != "shipped") return false;
    arguments->rates = {value == "lab" ? Rates::kLab : Rates::kShipped};
  } else if (name == "--sites") {
    return absl::SimpleAtoi(value, &arguments->sites) && arguments->sites > 0;
  } else if (name == "--runs") {
    return absl::SimpleAtoi(value, &arguments->runs) && arguments->runs > 0;
  } else if (name == "--threads") {
    return absl::SimpleAtoi(value, &arguments->threads) && arguments->threads > 0;
  } else if (name == "--budget") {
    return absl::SimpleAtoi(value, &arguments->budget) && arguments->budget > 0;
  } else {
    return false;
  }
  return true;
}

bool Parse(int argc, char** argv, Arguments* arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--again") {
      arguments->again = true;
    } else if (name == "--report") {
      arguments->report_only = true;
    } else if (i + 1 == argc || !ParseValue(name, argv[++i], arguments)) {
      return false;
    }
  }
  const auto& all = FaultClasses();
  for (const std::string& name : arguments->only) {
    if (std::none_of(all.begin(), all.end(),
                     [&name](const FaultClass& what) { return what.name == name; })) {
      std::cerr << "no class is named " << name << "\n";
      return false;
    }
  }
  return !arguments->results.empty() && (arguments->report_only || !arguments->revision.empty());
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse(argc, argv, &arguments)) {
    std::cerr << kUsage;
    return 2;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(arguments.budget);
  std::error_code ignored;
  std::filesystem::create_directories(arguments.results, ignored);
  for (const Rates rates : arguments.rates) {
    if (!arguments.report_only && !PlayAll(rates, arguments, deadline)) return 1;
  }
  std::string error;
  if (!WriteReport(arguments.results, &error)) {
    std::cerr << error << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace dialtone::bench

int main(int argc, char** argv) { return dialtone::bench::Main(argc, argv); }
