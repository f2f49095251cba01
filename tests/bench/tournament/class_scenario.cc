// How a class becomes the scenario of one run.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "base/check.h"
#include "detector/simulation/policies.h"
#include "detector/simulation/random.h"
#include "detector/simulation/scenario_reader.h"
#include "tests/bench/tournament/classes.h"

namespace dialtone::bench {
namespace {

using detector::simulation::Dice;
using detector::simulation::Key;

// The seed that a table states.
constexpr std::uint64_t kSeed = 1;

// Seconds before the earliest fault, and the time in which it may begin: the longest interval of
// the peers.
constexpr double kLead = 30;
constexpr double kBeginsWithin = 60;
// After a fault, so that moves in its aftermath are seen; and for the way home, of which the policy
// makes 30 s clean and three stages of two minutes.
constexpr double kTail = 20;
constexpr double kHomeTail = 480;
// Episodes of one run, and from one to the next: longer than an episode, its aftermath and a stay.
constexpr int kEpisodes = 20;
constexpr double kEpisodeSpacing = 90;

// How long a fault lasts when its class does not say: long enough for what is judged. In large
// fleets, whose runs cost most, everything is decided soon, but for a site alone.
double Lasts(const FaultClass& what, int sites, Rates rates) {
  if (what.lasts > 0) return what.lasts;
  if (sites >= 100) return rates == Rates::kLab ? 30 : 90;
  if (sites <= 3 && what.name == "requests-lost-5") return 480;
  return rates == Rates::kLab ? 120 : 300;
}

// One short episode of a noise class, as the simulated world draws them, at a random place.
struct Episode {
  std::string fault = {};
  std::string truth = {};
  double lasts = 0;
};

Episode DrawEpisode(const FaultClass& what, int sites, Dice* dice) {
  const auto length = [dice](double median, double sigma, double longest) {
    return std::max(0.05, std::min(longest, dice->Lognormal(median, sigma)));
  };
  const auto site = static_cast<int>(dice->Uniform() * sites);
  const auto share = static_cast<int>(dice->Uniform() * 3);
  const std::string kind = dice->Uniform() < 0.5 ? "blackhole" : "error503";
  if (what.name == "episodes-blackout") {
    return {
        .fault = absl::StrCat("fault blackhole targets offlan scope site ", site),
        .truth = absl::StrCat("domain network scope site ", site, " flip may calls-degraded 0%"),
        .lasts = length(3, 1, 29)};
  }
  if (what.name == "episodes-isp") {
    const bool is_all = dice->Uniform() >= 0.3;
    return {.fault = absl::StrCat("fault loss targets ", is_all ? "beyond-isp" : "microsoft365",
                                  " scope isp ", site % 4, " severity ",
                                  std::lround(dice->Between(30, 100)), "%"),
            .truth = absl::StrCat("domain ", is_all ? "network" : "microsoft365,teams-all",
                                  " scope isp ", site % 4, " flip may calls-degraded 0%"),
            .lasts = length(4, 1, 29)};
  }
  if (what.name == "episodes-stall") {
    return {.fault = absl::StrCat("agent stall scope site ", site),
            .truth = {},
            .lasts = length(0.4, 1, 8)};
  }
  if (what.name == "episodes-hub") {
    const std::string scope = absl::StrCat("fraction ",
                                           share == 0   ? 5
                                           : share == 1 ? 20
                                                        : 100,
                                           "%");
    const std::string hub = absl::StrCat("hub", site % 3 + 1);
    return {.fault = absl::StrCat("fault ", kind, " targets ", hub, " scope ", scope),
            .truth = absl::StrCat("domain ", hub, " scope ", scope, " flip may calls-degraded 0%"),
            .lasts = length(0.7, 0.7, 20)};
  }
  CHECK(what.name == "episodes-all-hubs") << what.name << " draws no episodes";
  const std::string scope = absl::StrCat("fraction ", share == 0 ? 20 : 100, "%");
  return {.fault = absl::StrCat("fault ", kind, " targets hubs scope ", scope),
          .truth = absl::StrCat("domain teams-signalling,teams-all scope ", scope,
                                " flip may calls-degraded 0%"),
          .lasts = length(1.5, 0.8, 20)};
}

std::string At(double from, double to, absl::string_view what) {
  return absl::StrFormat("at %dms..%dms %s\n", std::lround(from * 1000), std::lround(to * 1000),
                         what);
}

// The severity and the calls that suffer stand at the end of the two lines.
std::string Happening(double from, double lasts, const std::string& fault,
                      const std::string& truth) {
  std::string lines = At(from, from + lasts, fault);
  if (!truth.empty())
    absl::StrAppend(&lines, At(from, from + lasts, absl::StrCat("truth ", truth)));
  return lines;
}

}  // namespace

std::string Word(Rates rates) { return rates == Rates::kLab ? "lab" : "shipped"; }

detector::Policy PolicyOf(Rates rates) {
  if (rates == Rates::kLab) return detector::simulation::LaboratoryPolicy();
  detector::Policy policy;
  policy.may_act = true;
  return policy;
}

std::uint64_t SeedOf(int run) { return detector::simulation::SeedOfRun(kSeed, run); }

detector::simulation::Scenario ScenarioOf(const FaultClass& what, int sites, Rates rates, int run) {
  Dice dice(Key(SeedOf(run), 0x70757265));
  const double begin = kLead + kBeginsWithin * dice.Uniform();
  double end = what.lasts;
  std::string lines;
  if (what.purpose == Purpose::kEpisode) {
    for (int i = 0; i < kEpisodes; ++i) {
      const Episode one = DrawEpisode(what, sites, &dice);
      lines += Happening(begin + i * kEpisodeSpacing, one.lasts, one.fault, one.truth);
    }
    end = begin + kEpisodes * kEpisodeSpacing;
  } else if (what.purpose != Purpose::kNoise) {
    const double lasts = Lasts(what, sites, rates);
    lines = Happening(begin, lasts, what.fault, what.truth);
    end = begin + lasts + (what.purpose == Purpose::kReturn ? kHomeTail : kTail);
  }
  const std::string text = absl::StrFormat(
      "scenario %s v1\nsites %d isps %d regions %d\nnoise %s\ncalls 0.05/s per site\n"
      "warmup %ds\nstart-hour %d\nduration %dms\n%s",
      what.name, sites, sites >= 20 ? 4 : 3, sites == 3 ? 1 : 2, what.noise,
      rates == Rates::kLab ? 120 : 300, what.purpose == Purpose::kNoise ? 0 : 10,
      std::lround(end * 1000), lines);
  const auto read = detector::simulation::ReadScenario(what.name, text);
  CHECK(read.scenario.has_value()) << absl::StrJoin(read.errors, "\n");
  return *read.scenario;
}

}  // namespace dialtone::bench
