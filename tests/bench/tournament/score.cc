#include "tests/bench/tournament/score.h"

#include <algorithm>
#include <cmath>

#include "absl/time/time.h"

namespace dialtone::bench {
namespace {

using detector::FaultDomain;
using detector::simulation::FaultKind;
using detector::simulation::FlipWish;
using detector::simulation::SitesOf;

// Rules of judging: moves this long after a truth's end still belong to it.
constexpr double kAftermath = 15;

// A hub's own fault.
int HubOf(const detector::simulation::Truth& truth) {
  for (const auto& domain : truth.domains) {
    if (domain.domain == FaultDomain::kHub) return domain.hub;
  }
  return 0;
}

bool IsAwayAt(const Turns& turns, Moment at) {
  bool is_away = false;
  for (const Turn& turn : turns) {
    if (turn.at > at) break;
    is_away = turn.is_away;
  }
  return is_away;
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

struct Due {
  Moment from = 0;
  Moment to = 0;
  double degraded = 0;
  int hub = 0;
};

void AddSite(const std::vector<Due>& dues, const std::vector<Due>& allowed, const SiteTurns& turns,
             Score* score) {
  Moment last_end = -kNever;
  for (const Due& due : dues) {
    const Turns& seen =
        due.hub > 0 ? turns.hubs[static_cast<std::size_t>(due.hub - 1)] : turns.moves;
    const Moment first = FirstAway(seen, due.from);
    score->due += 1;
    if (first < due.to) {
      score->delays.push_back(first - due.from);
    } else {
      score->missed += 1;
    }
    score->hurt += due.degraded * (due.to - due.from);
    score->left += due.degraded * (due.to - due.from - AwayWithin(seen, due.from, due.to));
    last_end = std::max(last_end, due.to);
    if (due.hub > 0) continue;
    score->moves += static_cast<double>(std::count_if(
        seen.begin(), seen.end(), [](const Turn& turn) { return turn.is_away && turn.at >= 0; }));
  }
  for (const Turn& turn : turns.moves) {
    if (dues.empty() || turn.is_away || turn.at < last_end || dues.front().hub > 0) continue;
    score->back.push_back(turn.at - last_end);
    break;
  }
  const bool is_needless =
      std::any_of(turns.moves.begin(), turns.moves.end(), [&allowed](const Turn& turn) {
        return turn.is_away && turn.at >= 0 &&
               std::none_of(allowed.begin(), allowed.end(), [&turn](const Due& span) {
                 return span.from <= turn.at && turn.at < span.to + kAftermath;
               });
      });
  if (is_needless) score->needless += 1;
}

}  // namespace

void Add(const Scenario& scenario, const Outcome& outcome, Score* score) {
  ++score->runs;
  const std::size_t sites = outcome.sites.size();
  std::vector<std::vector<Due>> dues(sites);
  std::vector<std::vector<Due>> allowed(sites);
  for (const auto& truth : scenario.truths) {
    const Due due = {.from = absl::ToDoubleSeconds(truth.when.from),
                     .to = absl::ToDoubleSeconds(truth.when.to),
                     .degraded = truth.calls_degraded,
                     .hub = HubOf(truth)};
    for (const SiteIndex site : SitesOf(truth.where, scenario)) {
      const auto at = static_cast<std::size_t>(site);
      if (truth.flip == FlipWish::kYes || due.hub > 0) dues[at].push_back(due);
      if (truth.flip != FlipWish::kNo) allowed[at].push_back(due);
    }
  }
  for (std::size_t site = 0; site < sites; ++site) {
    AddSite(dues[site], allowed[site], outcome.sites[site], score);
  }
  const double first = outcome.recognised.empty() ? kNever
                                                  : *std::min_element(outcome.recognised.begin(),
                                                                      outcome.recognised.end());
  if (!outcome.recognised.empty()) score->recognised.push_back(first);
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return kNever;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

Limits LimitsOf(const Scenario& scenario, const Rates& rates) {
  // What a healthy path does by chance, and how seldom an alarm may be false.
  constexpr double kBadByChance = 0.005;
  constexpr double kTenYears = 10 * 365.25 * 86400;
  constexpr double kMeanRoundTrip = 0.045;
  Limits limits;
  if (scenario.faults.empty()) return limits;
  const auto& fault = scenario.faults.front();
  if (fault.flap_on.has_value() || fault.ramp_in > absl::ZeroDuration()) return limits;
  double per_second = 0;
  for (int probed = 0; probed < detector::simulation::kProbedCount; ++probed) {
    const auto target = static_cast<Probed>(probed);
    if (!fault.targets.Has(target)) continue;
    per_second += 1 / (target == Probed::kCall ? rates.call : rates.microsoft);
  }
  per_second *= static_cast<double>(SitesOf(fault.where, scenario).size());
  if (per_second <= 0) return limits;
  const bool says_no = fault.kind == FaultKind::kError503;
  limits.physical = (says_no ? kMeanRoundTrip : 0.3 + 2 * kMeanRoundTrip) + 0.5 / per_second;
  if (fault.kind == FaultKind::kLoss || fault.kind == FaultKind::kSlow) return limits;
  const double p = kBadByChance;
  const double f = std::min(0.999, fault.severity + (1 - fault.severity) * p);
  const double divergence = f * std::log(f / p) + (1 - f) * std::log((1 - f) / (1 - p));
  limits.lorden = std::log(kTenYears * per_second) / divergence / per_second +
                  (limits.physical - 0.5 / per_second);
  return limits;
}

}  // namespace dialtone::bench
