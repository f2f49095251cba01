// Plays scenarios with Dialtone and with the rules of others, and prints a table for each.
//
//   tournament [--runs N] [--rates lab|shipped] FILE.scn...
//
// All of them see the same world: what becomes of a probe depends on the run, the site, the target
// and the moment alone.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

#include "detector/simulation/player.h"
#include "detector/simulation/policies.h"
#include "detector/simulation/scenario_reader.h"
#include "tests/bench/tournament/contest.h"
#include "tests/bench/tournament/score.h"

namespace dialtone::bench {
namespace {

using detector::Policy;

struct Arguments {
  int runs = 20;
  bool is_shipped = false;
  std::vector<std::string> files = {};
};

Policy PolicyOf(bool is_shipped) {
  if (!is_shipped) return detector::simulation::LaboratoryPolicy();
  Policy policy;
  policy.may_act = true;
  return policy;
}

std::string Seconds(double value) {
  if (value == kNever) return "-";
  return absl::StrFormat("%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

void PrintRow(const std::string& name, const Score& score) {
  const double runs = score.runs;
  const bool has_due = score.due > 0;
  std::cout << absl::StrFormat(
      "| %s | %s | %s | %s | %.2f | %s | %s | %s |\n", name, Seconds(Quantile(score.delays, 0.5)),
      Seconds(Quantile(score.delays, 0.99)),
      has_due ? absl::StrFormat("%.0f %%", 100 * score.missed / score.due) : "-",
      score.needless / runs, has_due ? absl::StrFormat("%.1f", score.moves / score.due) : "-",
      score.hurt > 0 ? absl::StrFormat("%.1f %%", 100 * score.left / score.hurt) : "-",
      Seconds(Quantile(score.back, 0.5)));
}

void PlayFile(const Scenario& scenario, const Arguments& arguments) {
  const Rates rates = arguments.is_shipped ? Rates{.microsoft = 15, .call = 300} : Rates{};
  const Policy policy = PolicyOf(arguments.is_shipped);
  const std::vector<Peer> peers = Peers();
  std::vector<std::vector<Outcome>> played(static_cast<std::size_t>(arguments.runs));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int run = next++; run < arguments.runs; run = next++) {
      const std::uint64_t seed = detector::simulation::SeedOfRun(scenario.seed, run);
      std::vector<Outcome>& outcomes = played[static_cast<std::size_t>(run)];
      outcomes = PlayPeers(scenario, seed, rates);
      outcomes.push_back(OutcomeOf(scenario, detector::simulation::Play(scenario, policy, seed)));
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    workers.emplace_back(work);
  }
  for (std::thread& worker : workers) worker.join();

  std::vector<Score> scores(peers.size() + 1);
  for (const std::vector<Outcome>& outcomes : played) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) Add(scenario, outcomes[i], &scores[i]);
  }
  const Limits limits = LimitsOf(scenario, rates);
  const Score& ours = scores.back();
  std::cout
      << "\n## " << scenario.name << " (" << scenario.site_count() << " sites, " << arguments.runs
      << " runs, " << (arguments.is_shipped ? "shipped" : "lab") << " rates)\n\n"
      << "Recognised by Dialtone after " << Seconds(Quantile(ours.recognised, 0.5)) << " s (p99 "
      << Seconds(Quantile(ours.recognised, 0.99)) << "); physical limit "
      << Seconds(limits.physical) << " s, Lorden's bound " << Seconds(limits.lorden) << " s.\n\n"
      << "| contestant | calls away, median s | p99 s | missed | needless site moves per run | "
         "moves per site | hurt calls left | back home, median s |\n"
      << "|---|---|---|---|---|---|---|---|\n";
  PrintRow("**Dialtone**", ours);
  for (std::size_t i = 0; i < peers.size(); ++i) PrintRow(peers[i].name, scores[i]);
  std::cout << std::flush;
}

bool Parse(int argc, char** argv, Arguments* arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--runs" && i + 1 < argc) {
      arguments->runs = std::atoi(argv[++i]);
    } else if (word == "--rates" && i + 1 < argc) {
      const std::string rates = argv[++i];
      if (rates != "lab" && rates != "shipped") return false;
      arguments->is_shipped = rates == "shipped";
    } else if (word.rfind("--", 0) == 0) {
      return false;
    } else {
      arguments->files.push_back(word);
    }
  }
  return arguments->runs > 0 && !arguments->files.empty();
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse(argc, argv, &arguments)) {
    std::cerr << "usage: tournament [--runs N] [--rates lab|shipped] FILE.scn...\n";
    return 2;
  }
  for (const std::string& file : arguments.files) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    const auto read = detector::simulation::ReadScenario(file, text.str());
    if (!stream || !read.scenario.has_value()) {
      for (const std::string& error : read.errors) std::cerr << error << "\n";
      if (!stream) std::cerr << file << ": cannot be read\n";
      return 2;
    }
    PlayFile(*read.scenario, arguments);
  }
  return 0;
}

}  // namespace
}  // namespace dialtone::bench

int main(int argc, char** argv) { return dialtone::bench::Main(argc, argv); }
