#include "tests/bench/tournament/score.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/time/time.h"

#include "detector/simulation/quantile.h"
#include "detector/simulation/random.h"
#include "detector/simulation/truth_book.h"

namespace dialtone::bench {
namespace {

using detector::FaultDomain;
using detector::simulation::DomainName;
using detector::simulation::FlipWish;
using detector::simulation::KnownTruth;
using detector::simulation::NoiseEpisode;
using detector::simulation::SitesOf;
using detector::simulation::Span;

// A fault that is over this soon after a move was not worth it, seconds.
constexpr double kBrief = 30;
const double kAftermath = absl::ToDoubleSeconds(detector::simulation::kAftermath);

bool IsMicrosofts(const std::vector<DomainName>& domains) {
  return std::any_of(domains.begin(), domains.end(), [](const DomainName& name) {
    switch (name.domain) {
      case FaultDomain::kTeamsSignalling:
      case FaultDomain::kTeamsMedia:
      case FaultDomain::kIdentity:
      case FaultDomain::kTeamsCalling:
      case FaultDomain::kTeamsAll:
      case FaultDomain::kMicrosoft365:
        return true;
      default:
        return false;
    }
  });
}

// A hub's own fault.
int HubOf(const std::vector<DomainName>& domains) {
  for (const DomainName& domain : domains) {
    if (domain.domain == FaultDomain::kHub) return domain.hub;
  }
  return 0;
}

// A truth of the scenario, or an episode of the noise.
struct Cause {
  Moment from = 0;
  Moment to = 0;
  double degraded = 0;
  int hub = 0;
  bool is_due = false;   // calls have to leave, or the hub has to be left
  bool is_ours = false;  // the fault is not Microsoft's: moving away from Teams is wrong
  std::vector<bool> covers = {};
};

Cause CauseOf(const Span& when, const std::vector<DomainName>& domains,
              const std::vector<SiteIndex>& sites, std::size_t fleet) {
  Cause cause = {.from = absl::ToDoubleSeconds(when.from),
                 .to = absl::ToDoubleSeconds(when.to),
                 .hub = HubOf(domains),
                 .is_ours = !IsMicrosofts(domains)};
  cause.covers.resize(fleet, false);
  for (const SiteIndex site : sites) cause.covers[static_cast<std::size_t>(site)] = true;
  return cause;
}

std::vector<Cause> CausesOf(const Scenario& scenario, const std::vector<NoiseEpisode>& noise) {
  std::vector<Cause> causes;
  const auto fleet = static_cast<std::size_t>(scenario.site_count());
  for (const auto& truth : scenario.truths) {
    Cause cause = CauseOf(truth.when, truth.domains, SitesOf(truth.where, scenario), fleet);
    cause.degraded = truth.calls_degraded;
    cause.is_due = truth.flip == FlipWish::kYes || (cause.hub > 0 && truth.flip == FlipWish::kNo);
    causes.push_back(std::move(cause));
  }
  for (const NoiseEpisode& episode : noise) {
    if (absl::ToDoubleSeconds(episode.when.to) < 0) continue;
    causes.push_back(CauseOf(episode.when, episode.domains, episode.sites, fleet));
  }
  return causes;
}

// Seconds of [from, to) that the calls are away.
double AwayWithin(const Turns& turns, Moment from, Moment to) {
  double sum = 0;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (!turns[i].is_away) continue;
    const Moment end = i + 1 < turns.size() ? turns[i + 1].at : kNever;
    sum += std::max(0.0, std::min(end, to) - std::max(turns[i].at, from));
  }
  return sum;
}

Moment FirstAway(const Turns& turns, Moment from) {
  if (IsAwayAt(turns, from)) return from;
  for (const Turn& turn : turns) {
    if (turn.is_away && turn.at >= from) return turn.at;
  }
  return kNever;
}

double Departures(const Turns& turns) {
  return static_cast<double>(std::count_if(
      turns.begin(), turns.end(), [](const Turn& turn) { return turn.is_away && turn.at >= 0; }));
}

// When the calls are home for good; kNever: never.
Moment Home(const Turns& turns) {
  return turns.empty() ? -kNever : turns.back().is_away ? kNever : turns.back().at;
}

void AddDue(const std::vector<Cause>& causes, std::size_t site, const SiteTurns& turns,
            std::vector<double>* delays, std::vector<double>* back, Score* score) {
  Moment last_end = -kNever;
  for (const Cause& cause : causes) {
    if (!cause.is_due || !cause.covers[site]) continue;
    const Turns& seen =
        cause.hub > 0 ? turns.hubs[static_cast<std::size_t>(cause.hub - 1)] : turns.calls;
    const Moment first = FirstAway(seen, cause.from);
    score->due += 1;
    if (first >= cause.to) score->missed += 1;
    delays->push_back(first < cause.to ? first - cause.from : kNever);
    score->hurt += cause.degraded * (cause.to - cause.from);
    score->left +=
        cause.degraded * (cause.to - cause.from - AwayWithin(seen, cause.from, cause.to));
    score->moves += Departures(seen);
    last_end = std::max(last_end, cause.to);
    if (cause.hub > 0 || !IsAwayAt(seen, cause.to)) continue;
    back->push_back(std::max(0.0, Home(seen) - cause.to));
  }
  if (last_end > -kNever)
    score->most_moves = std::max(score->most_moves, Departures(turns.numbers));
}

// The cause that a departure of a site belongs to: one of Microsoft's if there is any.
const Cause* CauseOfMove(const std::vector<Cause>& causes, std::size_t site, Moment at) {
  for (const Cause& cause : causes) {
    if (!cause.is_ours && cause.covers[site] && cause.from <= at && at < cause.to + kAftermath) {
      return &cause;
    }
  }
  return nullptr;
}

// Departures without a cause of Microsoft's, and the causes that were soon over, spare those that
// calls had to leave for.
double AddDepartures(const std::vector<Cause>& causes, std::size_t site, const Turns& turns,
                     std::set<const Cause*>* brief) {
  double without_cause = 0;
  for (const Turn& turn : turns) {
    if (!turn.is_away || turn.at < 0) continue;
    const Cause* const cause = CauseOfMove(causes, site, turn.at);
    if (cause == nullptr) {
      without_cause += 1;
    } else if (!cause->is_due && cause->to < turn.at + kBrief) {
      brief->insert(cause);
    }
  }
  return without_cause;
}

// A peer names nothing: its owner is Microsoft by its nature, and its scope the sites that left
// while the truth was there.
Naming NamingOfPeer(const Cause& cause, const Outcome& outcome, int fleet) {
  Naming naming;
  std::vector<SiteIndex> truth;
  std::vector<SiteIndex> gone;
  for (std::size_t site = 0; site < outcome.sites.size(); ++site) {
    if (cause.covers[site]) truth.push_back(static_cast<SiteIndex>(site));
    const SiteTurns& turns = outcome.sites[site];
    const Turns& seen =
        cause.hub > 0 ? turns.hubs[static_cast<std::size_t>(cause.hub - 1)] : turns.calls;
    if (FirstAway(seen, cause.from) < cause.to + kAftermath) {
      gone.push_back(static_cast<SiteIndex>(site));
    }
  }
  if (gone.empty()) return naming;
  naming.is_judged = true;
  naming.is_owner_wrong = cause.is_ours && cause.hub == 0;
  const KnownTruth book({}, {}, truth, FlipWish::kMay, fleet);
  naming.is_scope_wrong = !book.IsScope(gone);
  return naming;
}

void AddNamings(const Scenario& scenario, const std::vector<Cause>& causes, const Outcome& outcome,
                Score* score) {
  bool is_judged = false;
  bool is_owner_wrong = false;
  bool is_scope_wrong = false;
  double recognised = kNever;
  for (std::size_t i = 0; i < scenario.truths.size(); ++i) {
    const Naming naming = outcome.namings.empty()
                              ? NamingOfPeer(causes[i], outcome, scenario.site_count())
                              : outcome.namings[i];
    is_judged |= naming.is_judged;
    is_owner_wrong |= naming.is_judged && naming.is_owner_wrong;
    is_scope_wrong |= naming.is_judged && naming.is_scope_wrong;
    recognised = std::min(recognised, naming.recognised);
  }
  score->judged += is_judged ? 1 : 0;
  score->wrong_owner += is_owner_wrong ? 1 : 0;
  score->wrong_scope += is_scope_wrong ? 1 : 0;
  if (!outcome.namings.empty()) score->recognised.push_back({recognised});
}

}  // namespace

void Add(const Scenario& scenario, const std::vector<NoiseEpisode>& noise, const Outcome& outcome,
         Score* score) {
  ++score->runs;
  const std::vector<Cause> causes = CausesOf(scenario, noise);
  std::vector<double>& delays = score->delays.emplace_back();
  std::vector<double>& back = score->back.emplace_back();
  std::set<const Cause*> brief;
  std::set<const Cause*> brief_calls;
  for (std::size_t site = 0; site < outcome.sites.size(); ++site) {
    const SiteTurns& turns = outcome.sites[site];
    AddDue(causes, site, turns, &delays, &back, score);
    score->false_numbers += AddDepartures(causes, site, turns.numbers, &brief);
    score->false_flips += AddDepartures(causes, site, turns.calls, &brief_calls);
  }
  score->brief += static_cast<double>(brief.size());
  score->brief_calls += static_cast<double>(brief_calls.size());
  score->site_seconds +=
      absl::ToDoubleSeconds(scenario.duration) * static_cast<double>(outcome.sites.size());
  score->episodes += static_cast<double>(scenario.faults.size() + scenario.agent_faults.size());
  AddNamings(scenario, causes, outcome, score);
}

double Quantile(const Samples& samples, double share) {
  std::vector<double> all;
  for (const std::vector<double>& run : samples) all.insert(all.end(), run.begin(), run.end());
  return all.empty() ? kNever : detector::simulation::Quantile(std::move(all), share);
}

Interval MedianInterval(const Samples& samples) {
  constexpr int kDraws = 400;
  Interval interval;
  if (Quantile(samples, 0.5) == kNever) return interval;
  detector::simulation::Dice dice(1);
  std::vector<double> medians;
  std::vector<double> drawn;
  for (int draw = 0; draw < kDraws; ++draw) {
    drawn.clear();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::vector<double>& run =
          samples[static_cast<std::size_t>(dice.Uniform() * static_cast<double>(samples.size()))];
      drawn.insert(drawn.end(), run.begin(), run.end());
    }
    if (drawn.empty()) continue;
    const auto middle = drawn.begin() + (std::ssize(drawn) - 1) / 2;
    std::nth_element(drawn.begin(), middle, drawn.end());
    medians.push_back(*middle);
  }
  interval.low = detector::simulation::Quantile(medians, 0.025);
  interval.high = detector::simulation::Quantile(medians, 0.975);
  return interval;
}

double PoissonUpper(double count) {
  // P(at most `count` events | mean) falls with the mean: halve until it is 5 %.
  double low = 0;
  double high = 10 + 3 * count;
  for (int i = 0; i < 60; ++i) {
    const double mean = (low + high) / 2;
    double sum = 0;
    for (double k = 0; k <= count; ++k)
      sum += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
    (sum > 0.05 ? low : high) = mean;
  }
  return high;
}

}  // namespace dialtone::bench
