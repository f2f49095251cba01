// Plan on the way home: when a route is clean, how long numbers stay, and how they return.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detector/group_names.h"
#include "detector/plan.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kThirdFault = 3;
// Home is clean only while the vantage has heard from it this recently.
constexpr absl::Duration kHeardWithin = absl::Seconds(5);
// A fault that comes back after more than this is another one, not a wave of the same.
constexpr absl::Duration kLongestLull = absl::Hours(1);

// How the hubs answer one vantage.
struct HubsSeen {
  int all = 0;
  int answering = 0;
  bool most() const { return 2 * answering > all || all == 0; }
};

HubsSeen HubsFrom(const Facts& facts, SiteIndex vantage, Agenda* agenda) {
  HubsSeen seen;
  for (TargetIndex target = 0; target < static_cast<int>(facts.fleet.targets.size()); ++target) {
    if (facts.fleet.targets[static_cast<std::size_t>(target)].role != TargetRole::kTeamsHub) {
      continue;
    }
    const PathHealth* const path = facts.observations.Find(vantage, target);
    if (path == nullptr) continue;
    ++seen.all;
    const absl::Duration patience = std::max(kHeardWithin, 3 * facts.observations.interval(target));
    if (path->good_streak() > 0 && !agenda->Passed(path->last_good_sent() + patience)) {
      ++seen.answering;
    }
  }
  return seen;
}

// Of the vantages that are heard, whether most find the hubs answering.
bool OthersAreClean(const Facts& facts, Agenda* agenda) {
  int heard = 0;
  int clean = 0;
  for (const VoiceLayer& layer : facts.fleet.voice_layers) {
    if (!facts.attendance.is_heard(layer.vantage)) continue;
    ++heard;
    if (HubsFrom(facts, layer.vantage, agenda).most()) ++clean;
  }
  return 2 * clean > heard;
}

}  // namespace

absl::Time HomeFrom(const Policy& policy, const GroupStanding& standing) {
  const Away& away = *standing.away;
  absl::Duration clean = policy.failback_clean;
  if (policy.stay_doubles) {
    const absl::Duration longest = std::max(policy.stay_longest, policy.stay_after_third_fault);
    clean = std::max(clean, std::min(2 * standing.lull, longest));
  }
  if (policy.stay_after_third_fault > absl::ZeroDuration() &&
      standing.flips.size() >= kThirdFault) {
    clean = std::max(clean, policy.stay_after_third_fault);
  }
  absl::Duration stay = policy.stay_first;
  if (policy.stay_doubles) {
    for (std::size_t flip = 1; flip < standing.flips.size() && stay < policy.stay_longest; ++flip) {
      stay *= 2;
    }
  }
  return std::max(away.clean_since + clean, away.since + std::min(stay, policy.stay_longest));
}

void NoteLull(absl::Time now, GroupStanding* standing) {
  const absl::Time began = std::exchange(standing->clean_since, absl::InfiniteFuture());
  if (began >= now || began + kLongestLull < now) return;
  standing->lull = std::max(standing->lull, now - began);
}

void Plan::DecideHomecoming(const Facts& facts, Agenda* agenda, Chronicle* chronicle) {
  Homecoming homecoming;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    if (!At(group).away.has_value()) continue;
    if (!GoesBack(facts, group, agenda->now(), chronicle)) {
      DecideFailback(facts, group, agenda, &homecoming);
    }
  }
  for (const auto& [step, groups] : homecoming) {
    chronicle->Add(agenda->now(),
                   {.kind = OccurrenceKind::kFailback,
                    .sentence = absl::StrCat(Names(facts.fleet, groups), ": ", step.percent,
                                             " % of calls on ", step.home_route, " again"),
                    .diagnosis = step.diagnosis,
                    .groups = NameList(facts.fleet, groups)});
  }
}

// Each step is checked by the calls that took it: where their success falls the group goes back,
// whatever the probes say.
bool Plan::GoesBack(const Facts& facts, GroupIndex group, absl::Time now, Chronicle* chronicle) {
  GroupStanding& standing = At(group);
  Away& away = *standing.away;
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  if (away.step < 0 || !facts.calls.SawFall(what.voice_layer, away.step_since)) return false;
  if (facts.holds.frozen() || facts.holds.Covering(group) != nullptr) return false;
  NoteLull(now, &standing);
  standing.flips.push_back(now);
  away.since = now;
  away.step = -1;
  away.clean_since = absl::InfiniteFuture();
  const std::string why = "calls on the home route stay unanswered";
  standing.wanted = AllTo(what.name, away.backup, why, now);
  chronicle->Add(now, {.kind = OccurrenceKind::kFlip,
                       .sentence = absl::StrCat(what.name, " back to ", away.backup, ": ", why),
                       .diagnosis = away.diagnosis,
                       .groups = {what.name}});
  return true;
}

void Plan::DecideFailback(const Facts& facts, GroupIndex group, Agenda* agenda,
                          Homecoming* homecoming) {
  const absl::Time now = agenda->now();
  GroupStanding& standing = At(group);
  Away& away = *standing.away;
  const ActiveDiagnosis* const moving = MovingDiagnosis(facts, group);
  if (moving != nullptr && moving->diagnosis.state == DiagnosisState::kConfirmed) {
    NoteLull(now, &standing);
  }
  if (moving != nullptr || !IsClean(facts, group, agenda)) {
    away.clean_since = absl::InfiniteFuture();
    return;
  }
  if (away.clean_since == absl::InfiniteFuture()) away.clean_since = now;
  // A suspicion that came to nothing ends no lull.
  if (standing.clean_since == absl::InfiniteFuture()) standing.clean_since = now;
  if (facts.holds.frozen() || facts.holds.Covering(group) != nullptr) return;

  const std::vector<int>& steps = facts.policy.failback_steps;
  const auto next = static_cast<std::size_t>(away.step + 1);
  const int percent = next < steps.size() ? steps[next] : 100;
  // What stands on a dead backup does not wait for the stay.
  const BackupProof backup = ProofOf(facts, group, away.backup, now);
  if (backup.route.empty() && backup.is_known &&
      agenda->Passed(away.clean_since + facts.policy.failback_clean)) {
    Step(facts, group, 100, now, homecoming);
  } else if (agenda->Passed(away.step < 0 ? HomeFrom(facts.policy, standing)
                                          : away.step_since + facts.policy.failback_step)) {
    Step(facts, group, percent, now, homecoming);
  }
  if (standing.away.has_value() && standing.away->step >= 0) {
    agenda->Passed(standing.away->step_since + facts.policy.failback_step);
  }
}

// What stands on the home route answers: silence is not clean. A group that a wide diagnosis moved
// and whose vantage is mute now comes home as it went, along with the others.
bool Plan::IsClean(const Facts& facts, GroupIndex group, Agenda* agenda) const {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const SiteIndex vantage =
      facts.fleet.voice_layers[static_cast<std::size_t>(what.voice_layer)].vantage;
  if (standing(group).away->is_wide && facts.attendance.is_known(vantage) &&
      !facts.attendance.is_heard(vantage)) {
    return OthersAreClean(facts, agenda);
  }
  return HubsFrom(facts, vantage, agenda).most();
}

void Plan::Step(const Facts& facts, GroupIndex group, int percent, absl::Time now,
                Homecoming* homecoming) {
  GroupStanding& standing = At(group);
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const RouterGroup* const known = facts.routers.Find(what);
  if (known == nullptr) return;
  Away& away = *standing.away;
  ++away.step;
  away.step_since = now;
  GroupRoute wanted = AllTo(what.name, known->home_route, "home again", now);
  if (percent < 100) {
    wanted.shares = {{.route = known->home_route, .percent = percent},
                     {.route = away.backup, .percent = 100 - percent}};
    wanted.reason = absl::StrCat("coming home, ", percent, " % of calls");
  }
  standing.wanted = std::move(wanted);
  (*homecoming)[{known->home_route, percent, away.diagnosis}].push_back(group);
  if (percent >= 100) standing.away.reset();
}

}  // namespace dialtone::detector
