#include "detector/plan.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "detector/saved_fields.h"

namespace dialtone::detector {
namespace {

constexpr absl::Duration kFlipsRemembered = absl::Hours(1);
constexpr std::size_t kThirdFault = 3;
// Home is clean only while the vantage has heard from it this recently.
constexpr absl::Duration kHeardWithin = absl::Seconds(5);

GroupRoute All(const std::string& group, const std::string& route, std::string reason,
               absl::Time since) {
  return {.group = group,
          .shares = {{.route = route, .percent = 100}},
          .origin = Origin::kAuto,
          .reason = std::move(reason),
          .since = since};
}

bool IsHome(const GroupRoute& wanted, const RouterGroup& known) {
  return wanted.shares == std::vector<Share>{{.route = known.home_route, .percent = 100}};
}

std::string Names(const Facts& facts, const std::vector<GroupIndex>& groups) {
  return absl::StrJoin(groups, ", ", [&facts](std::string* out, GroupIndex group) {
    absl::StrAppend(out, facts.fleet.groups[static_cast<std::size_t>(group)].name);
  });
}

std::vector<std::string> NameList(const Facts& facts, const std::vector<GroupIndex>& groups) {
  std::vector<std::string> names;
  for (const GroupIndex group : groups) {
    names.push_back(facts.fleet.groups[static_cast<std::size_t>(group)].name);
  }
  return names;
}

const RouterGroup* Known(const Facts& facts, GroupIndex group) {
  return facts.routers.Find(facts.fleet.groups[static_cast<std::size_t>(group)]);
}

std::uint64_t Numbers(const Facts& facts, GroupIndex group) {
  const RouterGroup* const known = Known(facts, group);
  return known == nullptr ? 0 : known->numbers;
}

// Two ISPs carry a wide diagnosis, or all there are.
bool LiftsCap(const Facts& facts, const Diagnosis& diagnosis) {
  if (diagnosis.scope != Scope::kGlobal && diagnosis.scope != Scope::kRegion) return false;
  std::set<std::string> carrying;
  for (const SiteIndex site : diagnosis.sites) {
    carrying.insert(facts.fleet.sites[static_cast<std::size_t>(site)].isp);
  }
  std::set<std::string> all;
  for (const Site& site : facts.fleet.sites) all.insert(site.isp);
  return carrying.size() >= 2 || carrying.size() == all.size();
}

// A wider suspicion that may explain the same evidence.
bool WiderIsSuspected(const Facts& facts, const ActiveDiagnosis& narrow) {
  return std::any_of(facts.active.begin(), facts.active.end(), [&](const ActiveDiagnosis& wide) {
    return wide.diagnosis.state == DiagnosisState::kSuspected &&
           wide.diagnosis.scope > narrow.diagnosis.scope &&
           facts.observations.domains().Overlap(wide.domain, narrow.domain);
  });
}

}  // namespace

absl::Duration PersistenceOf(const Policy& policy, const Diagnosis& diagnosis) {
  if (Domains::IsNetwork(diagnosis.domain) || diagnosis.domain == FaultDomain::kMediaPath) {
    return policy.persistence_network;
  }
  switch (diagnosis.scope) {
    case Scope::kGlobal:
    case Scope::kRegion:
      return policy.persistence_wide;
    case Scope::kIsp:
      return policy.persistence_isp;
    case Scope::kSite:
    case Scope::kPath:
      return policy.persistence_site;
  }
  return policy.persistence_site;
}

void Plan::Decide(const Facts& facts, Agenda* agenda, Chronicle* chronicle) {
  const absl::Time now = agenda->now();
  for (GroupStanding& standing : groups_) {
    std::erase_if(standing.flips,
                  [now](absl::Time flip) { return flip + kFlipsRemembered <= now; });
  }
  std::erase_if(first_wave_, [&facts](const auto& wave) {
    return std::none_of(facts.active.begin(), facts.active.end(),
                        [&](const auto& active) { return active.diagnosis.id == wave.first; });
  });
  if (!facts.policy.may_act) return;
  DecideFlips(facts, agenda, chronicle);
  Homecoming homecoming;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    if (At(group).away.has_value()) DecideFailback(facts, group, agenda, &homecoming);
  }
  for (const auto& [step, groups] : homecoming) {
    chronicle->Add(now, {.kind = OccurrenceKind::kFailback,
                         .sentence = absl::StrCat(Names(facts, groups), ": ", step.percent,
                                                  " % of calls on ", step.home_route, " again"),
                         .diagnosis = step.diagnosis,
                         .groups = NameList(facts, groups)});
  }
}

// ---- flips

void Plan::DecideFlips(const Facts& facts, Agenda* agenda, Chronicle* chronicle) {
  Candidates candidates;
  std::map<GroupIndex, Guard> blocked;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    const GroupStanding& standing = At(group);
    const ActiveDiagnosis* const moving = MovingDiagnosis(facts, group);
    if (moving == nullptr || moving->diagnosis.state != DiagnosisState::kConfirmed) continue;
    const RouterGroup* const known = Known(facts, group);
    if (known == nullptr || !standing.wanted.has_value()) continue;
    const bool is_coming_home = standing.away.has_value() && standing.away->step >= 0;
    if (!IsHome(*standing.wanted, *known) && !is_coming_home) continue;
    // A group on its way home goes back at once: that fault is no news to it.
    if (!is_coming_home) {
      const absl::Time matures =
          moving->lasts_since + PersistenceOf(facts.policy, moving->diagnosis);
      if (!agenda->Passed(matures)) continue;
      if (WiderIsSuspected(facts, *moving)) continue;
    }
    if (std::optional<Guard> guard = Refusal(facts, group, agenda)) {
      blocked.emplace(group, *std::move(guard));
    } else {
      candidates[moving->diagnosis.id].push_back(group);
    }
  }
  for (auto& [id, groups] : candidates) {
    const auto active =
        std::find_if(facts.active.begin(), facts.active.end(),
                     [id = id](const ActiveDiagnosis& one) { return one.diagnosis.id == id; });
    const std::vector<GroupIndex> move = WithinLimits(facts, *active, groups, agenda);
    for (const GroupIndex group : groups) {
      if (std::find(move.begin(), move.end(), group) != move.end()) continue;
      if (first_wave_.contains(id)) continue;  // its wave comes
      blocked.emplace(group, Guard{"cap", absl::StrCat("more than ", facts.policy.cap_percent,
                                                       " % of the numbers, or one site, may not "
                                                       "move by themselves")});
    }
    if (!move.empty()) Flip(facts, *active, move, agenda->now(), chronicle);
  }
  Block(facts, blocked, agenda->now(), chronicle);
}

std::optional<Plan::Guard> Plan::Refusal(const Facts& facts, GroupIndex group,
                                         Agenda* agenda) const {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  if (facts.holds.frozen()) return Guard{"frozen", facts.holds.frozen_reason()};
  if (const Hold* const hold = facts.holds.Covering(group)) {
    return Guard{"maintenance", absl::StrCat("held by ", hold->author, ": ", hold->reason)};
  }
  if (!facts.is_warm) {
    return Guard{"warmup", "the detector has just started without a fresh journal"};
  }
  const RouterStanding& router = facts.routers.standing(what.voice_layer);
  if (!router.is_up) return Guard{"stale", absl::StrCat("its router is away: ", router.error)};
  const BackupProof proof = ProofOf(facts, group, "", agenda->now());
  if (proof.route.empty()) return Guard{"backup_unverified", proof.words};
  return std::nullopt;
}

// A diagnosis that lifts the cap moves a first wave and, a little later, the rest. Others move what
// the cap leaves: max(per cent of the numbers, one site).
std::vector<GroupIndex> Plan::WithinLimits(const Facts& facts, const ActiveDiagnosis& active,
                                           std::vector<GroupIndex> groups, Agenda* agenda) {
  // No probe knows yet what a backup can carry: the smallest groups go first.
  std::stable_sort(groups.begin(), groups.end(), [&facts](GroupIndex a, GroupIndex b) {
    return Numbers(facts, a) < Numbers(facts, b);
  });
  const std::uint64_t id = active.diagnosis.id;
  if (LiftsCap(facts, active.diagnosis)) {
    const auto wave = first_wave_.find(id);
    if (wave != first_wave_.end()) {
      return agenda->Passed(wave->second + facts.policy.wave_interval) ? groups
                                                                       : std::vector<GroupIndex>{};
    }
    first_wave_[id] = agenda->now();
    agenda->Passed(agenda->now() + facts.policy.wave_interval);
    const std::size_t first = std::max<std::size_t>(
        1, groups_.size() * static_cast<std::size_t>(facts.policy.first_wave_percent) / 100);
    if (groups.size() > first) groups.resize(first);
    return groups;
  }
  std::uint64_t all = 0;
  std::uint64_t away = 0;
  std::set<SiteIndex> sites;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    all += Numbers(facts, group);
    if (!standing(group).away.has_value()) continue;
    away += Numbers(facts, group);
    sites.insert(facts.fleet.groups[static_cast<std::size_t>(group)].site);
  }
  const std::uint64_t most = all * static_cast<std::uint64_t>(facts.policy.cap_percent) / 100;
  std::vector<GroupIndex> move;
  for (const GroupIndex group : groups) {
    const SiteIndex site = facts.fleet.groups[static_cast<std::size_t>(group)].site;
    std::set<SiteIndex> sites_then = sites;
    sites_then.insert(site);
    if (away + Numbers(facts, group) > most && sites_then.size() > 1) continue;
    away += Numbers(facts, group);
    sites = std::move(sites_then);
    move.push_back(group);
  }
  return move;
}

void Plan::Flip(const Facts& facts, const ActiveDiagnosis& active,
                const std::vector<GroupIndex>& groups, absl::Time now, Chronicle* chronicle) {
  std::map<std::string, std::vector<GroupIndex>> by_backup;
  for (const GroupIndex group : groups) {
    const BackupProof proof = ProofOf(facts, group, "", now);
    by_backup[proof.route].push_back(group);
    GroupStanding& standing = At(group);
    standing.wanted = All(facts.fleet.groups[static_cast<std::size_t>(group)].name, proof.route,
                          active.diagnosis.sentence, now);
    standing.away = Away{.since = now, .backup = proof.route, .diagnosis = active.diagnosis.id};
    standing.flips.push_back(now);
    standing.guard.clear();
    standing.blocked_by.clear();
  }
  for (const auto& [backup, moved] : by_backup) {
    chronicle->Add(
        now, {.kind = OccurrenceKind::kFlip,
              .sentence = absl::StrCat(Names(facts, moved), " to ", backup,
                                       " (proven by OPTIONS only): ", active.diagnosis.sentence),
              .diagnosis = active.diagnosis.id,
              .groups = NameList(facts, moved)});
  }
}

// Tells of a refusal once, and again when another guard refuses.
void Plan::Block(const Facts& facts, const std::map<GroupIndex, Guard>& blocked, absl::Time now,
                 Chronicle* chronicle) {
  std::map<Guard, std::vector<GroupIndex>> news;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    GroupStanding& standing = At(group);
    const auto refused = blocked.find(group);
    if (refused == blocked.end()) {
      standing.guard.clear();
      standing.blocked_by.clear();
      continue;
    }
    if (standing.guard != refused->second.first) news[refused->second].push_back(group);
    standing.guard = refused->second.first;
    standing.blocked_by = absl::StrCat(refused->second.first, ": ", refused->second.second);
  }
  for (const auto& [guard, groups] : news) {
    chronicle->Add(now, {.kind = OccurrenceKind::kBlocked,
                         .sentence = absl::StrCat(Names(facts, groups), " stay: ", guard.first,
                                                  ": ", guard.second),
                         .groups = NameList(facts, groups),
                         .guard = guard.first});
  }
}

// ---- failback

void Plan::DecideFailback(const Facts& facts, GroupIndex group, Agenda* agenda,
                          Homecoming* homecoming) {
  Away& away = *At(group).away;
  if (!IsClean(facts, group, agenda)) {
    away.clean_since = absl::InfiniteFuture();
    return;
  }
  const absl::Time now = agenda->now();
  if (away.clean_since == absl::InfiniteFuture()) away.clean_since = now;
  if (facts.holds.frozen() || facts.holds.Covering(group) != nullptr) return;
  if (away.step < 0) {
    const bool has_stayed = HasStayed(facts, At(group), agenda);
    const bool is_clean_long = agenda->Passed(away.clean_since + facts.policy.failback_clean);
    if (has_stayed && is_clean_long) Step(facts, group, now, homecoming);
  } else if (agenda->Passed(away.step_since + facts.policy.failback_step)) {
    Step(facts, group, now, homecoming);
  }
  if (At(group).away.has_value() && At(group).away->step >= 0) {
    agenda->Passed(At(group).away->step_since + facts.policy.failback_step);
  }
}

// Nothing accuses the home route, and what stands on it answers: silence is not clean.
bool Plan::IsClean(const Facts& facts, GroupIndex group, Agenda* agenda) const {
  if (MovingDiagnosis(facts, group) != nullptr) return false;
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const SiteIndex vantage =
      facts.fleet.voice_layers[static_cast<std::size_t>(what.voice_layer)].vantage;
  int hubs = 0;
  int answering = 0;
  for (TargetIndex target = 0; target < static_cast<int>(facts.fleet.targets.size()); ++target) {
    if (facts.fleet.targets[static_cast<std::size_t>(target)].role != TargetRole::kTeamsHub) {
      continue;
    }
    const PathHealth* const path = facts.observations.Find(vantage, target);
    if (path == nullptr) continue;
    ++hubs;
    const absl::Duration patience = std::max(kHeardWithin, 3 * facts.observations.interval(target));
    if (path->good_streak() > 0 && !agenda->Passed(path->last_good_sent() + patience)) {
      ++answering;
    }
  }
  return 2 * answering > hubs || hubs == 0;
}

bool Plan::HasStayed(const Facts& facts, const GroupStanding& standing, Agenda* agenda) const {
  const Policy& policy = facts.policy;
  const Away& away = *standing.away;
  if (policy.stay_after_third_fault > absl::ZeroDuration() &&
      standing.flips.size() >= kThirdFault) {
    return agenda->Passed(away.clean_since + policy.stay_after_third_fault);
  }
  absl::Duration stay = policy.stay_first;
  if (policy.stay_doubles) {
    for (std::size_t flip = 1; flip < standing.flips.size(); ++flip) stay *= 2;
  }
  return agenda->Passed(away.since + std::min(stay, policy.stay_longest));
}

void Plan::Step(const Facts& facts, GroupIndex group, absl::Time now, Homecoming* homecoming) {
  GroupStanding& standing = At(group);
  const std::string& name = facts.fleet.groups[static_cast<std::size_t>(group)].name;
  const RouterGroup* const known = Known(facts, group);
  if (known == nullptr) return;
  Away& away = *standing.away;
  ++away.step;
  away.step_since = now;
  const bool is_last = away.step + 1 >= static_cast<int>(facts.policy.failback_steps.size()) ||
                       facts.policy.failback_steps[static_cast<std::size_t>(away.step)] >= 100;
  const int percent =
      is_last ? 100 : facts.policy.failback_steps[static_cast<std::size_t>(away.step)];
  GroupRoute wanted = All(name, known->home_route, "home again", now);
  if (!is_last) {
    wanted.shares = {{.route = known->home_route, .percent = percent},
                     {.route = away.backup, .percent = 100 - percent}};
    wanted.reason = absl::StrCat("coming home, ", percent, " % of calls");
  }
  standing.wanted = std::move(wanted);
  (*homecoming)[{known->home_route, percent, away.diagnosis}].push_back(group);
  if (is_last) standing.away.reset();
}

}  // namespace dialtone::detector
