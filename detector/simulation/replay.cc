#include "detector/simulation/replay.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "detector/effects_digest.h"

namespace dialtone::detector::simulation {
namespace {

// A start is no decision, and a later file of a recording is replayed from a start of its own.
void Append(const std::vector<Occurrence>& occurrences, std::vector<Occurrence>* decisions) {
  std::copy_if(occurrences.begin(), occurrences.end(), std::back_inserter(*decisions),
               [](const Occurrence& one) { return one.kind != OccurrenceKind::kStarted; });
}

using Key =
    std::tuple<OccurrenceKind, std::vector<std::string>, std::string, std::string, std::string>;

// With its words, or without.
Key KeyOf(const Occurrence& occurrence, bool with_words) {
  return {occurrence.kind, occurrence.groups, occurrence.hop, occurrence.guard,
          with_words ? occurrence.sentence : ""};
}

// Pairs what neither list has paired yet, by key, in order.
void Pair(const std::vector<Occurrence>& recorded, const std::vector<Occurrence>& redecided,
          bool with_words, std::vector<int>* partner, std::vector<bool>* taken) {
  std::map<Key, std::deque<int>> waiting;
  for (std::size_t i = 0; i < redecided.size(); ++i) {
    if ((*taken)[i]) continue;
    waiting[KeyOf(redecided[i], with_words)].push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if ((*partner)[i] >= 0) continue;
    std::deque<int>& like = waiting[KeyOf(recorded[i], with_words)];
    if (like.empty()) continue;
    (*partner)[i] = like.front();
    (*taken)[static_cast<std::size_t>(like.front())] = true;
    like.pop_front();
  }
}

absl::Time TimeOf(const DecisionDifference& difference) {
  return difference.recorded.has_value() ? difference.recorded->time : difference.redecided->time;
}

}  // namespace

Replay::Replay(Fleet fleet, Policy policy, const CoreStart& start, absl::Time now)
    : core_(std::move(fleet), std::move(policy), start, now) {}

void Replay::Take(const Event& event, absl::Time now, const std::vector<Occurrence>& decisions,
                  std::uint64_t digest) {
  const Effects effects = core_.Handle(event, now);
  ++outcome_.steps;
  outcome_.first = std::min(outcome_.first, now);
  outcome_.last = now;
  if (DigestOf(effects) != digest) ++outcome_.different_steps;
  Append(decisions, &recorded_);
  Append(effects.occurrences, &redecided_);
}

ReplayOutcome Replay::Outcome() const {
  ReplayOutcome outcome = outcome_;
  outcome.recorded = recorded_.size();
  outcome.redecided = redecided_.size();
  outcome.differences = Compare(recorded_, redecided_);
  return outcome;
}

std::vector<DecisionDifference> Compare(const std::vector<Occurrence>& recorded,
                                        const std::vector<Occurrence>& redecided) {
  std::vector<int> partner(recorded.size(), -1);
  std::vector<bool> taken(redecided.size(), false);
  Pair(recorded, redecided, /*with_words=*/true, &partner, &taken);
  Pair(recorded, redecided, /*with_words=*/false, &partner, &taken);
  std::vector<DecisionDifference> differences;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (partner[i] < 0) {
      differences.push_back({.recorded = recorded[i]});
      continue;
    }
    const Occurrence& again = redecided[static_cast<std::size_t>(partner[i])];
    if (again.time == recorded[i].time && again.sentence == recorded[i].sentence) continue;
    differences.push_back({.recorded = recorded[i], .redecided = again});
  }
  for (std::size_t i = 0; i < redecided.size(); ++i) {
    if (!taken[i]) differences.push_back({.redecided = redecided[i]});
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const DecisionDifference& a, const DecisionDifference& b) {
                     return TimeOf(a) < TimeOf(b);
                   });
  return differences;
}

}  // namespace dialtone::detector::simulation
