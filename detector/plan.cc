#include "detector/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detector/group_names.h"

namespace dialtone::detector {
namespace {

constexpr absl::Duration kFlipsRemembered = absl::Hours(1);
constexpr absl::Duration kTellAgain = absl::Minutes(1);

bool IsHome(const GroupRoute& wanted, const RouterGroup& known) {
  return wanted.shares == std::vector<Share>{{.route = known.home_route, .percent = 100}};
}

const RouterGroup* Known(const Facts& facts, GroupIndex group) {
  return facts.routers.Find(facts.fleet.groups[static_cast<std::size_t>(group)]);
}

std::uint64_t Numbers(const Facts& facts, GroupIndex group) {
  const RouterGroup* const known = Known(facts, group);
  return known == nullptr ? 0 : known->numbers;
}

// A wider suspicion that may explain the same evidence; null: none.
const ActiveDiagnosis* WiderSuspicion(const Facts& facts, const ActiveDiagnosis& narrow) {
  const auto found =
      std::find_if(facts.active.begin(), facts.active.end(), [&](const ActiveDiagnosis& wide) {
        return wide.diagnosis.state == DiagnosisState::kSuspected &&
               wide.diagnosis.scope > narrow.diagnosis.scope &&
               std::all_of(narrow.diagnosis.sites.begin(), narrow.diagnosis.sites.end(),
                           [&](SiteIndex site) {
                             return IsInScope(facts.fleet.sites[static_cast<std::size_t>(site)],
                                              wide.diagnosis);
                           }) &&
               facts.observations.domains().Overlap(wide.domain, narrow.domain);
      });
  return found == facts.active.end() ? nullptr : &*found;
}

}  // namespace

GroupRoute AllTo(const std::string& group, const std::string& route, std::string reason,
                 absl::Time since) {
  return {.group = group,
          .shares = {{.route = route, .percent = 100}},
          .origin = Origin::kAuto,
          .reason = std::move(reason),
          .since = since};
}

void Plan::Decide(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle) {
  if (is_idle_ && facts.active.empty()) return;
  const absl::Time now = agenda->now();
  is_idle_ = facts.active.empty();
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    GroupStanding& standing = At(group);
    std::erase_if(standing.flips,
                  [now](absl::Time flip) { return flip + kFlipsRemembered <= now; });
    if (standing.flips.empty() && !standing.away.has_value()) standing.lull = absl::ZeroDuration();
    is_idle_ =
        is_idle_ && standing.flips.empty() && !standing.away.has_value() && standing.guard.empty();
  }
  std::erase_if(first_wave_, [&facts](const auto& wave) {
    return std::none_of(facts.active.begin(), facts.active.end(),
                        [&](const auto& active) { return active.diagnosis.id == wave.first; });
  });
  if (!facts.policy.may_act) return;
  DecideFlips(facts, cap, agenda, chronicle);
  DecideHomecoming(facts, agenda, chronicle);
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    int percent = 0;
    if (const GroupStanding& standing = At(group); standing.away.has_value()) {
      percent = 100;
      for (const Share& share : standing.wanted->shares) {
        if (share.route != standing.away->backup) percent -= share.percent;
      }
    }
    cap->SetFlipped(group, percent);
  }
}

// ---- flips

// Whether a diagnosis has lasted long enough for a group that is at home, or on its way there.
bool Plan::IsDue(const Facts& facts, GroupIndex group, const ActiveDiagnosis& moving,
                 Agenda* agenda) const {
  const RouterGroup* const known = Known(facts, group);
  const GroupStanding& its = standing(group);
  if (known == nullptr || !its.wanted.has_value()) return false;
  // A group on its way home goes back at once: that fault is no news to it.
  if (its.away.has_value() && its.away->step >= 0) return agenda->now() >= moving.lasts_since;
  if (!IsHome(*its.wanted, *known)) return false;
  return agenda->Passed(MaturesAt(facts, moving, group));
}

void Plan::DecideFlips(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle) {
  Candidates candidates;
  Blocked blocked;
  for (GroupIndex group = 0; !facts.active.empty() && group < static_cast<int>(groups_.size());
       ++group) {
    const ActiveDiagnosis* const moving = MovingDiagnosis(facts, group);
    if (moving == nullptr || moving->diagnosis.state != DiagnosisState::kConfirmed) continue;
    if (!IsDue(facts, group, *moving, agenda)) continue;
    if (std::optional<Guard> guard = Refusal(facts, group, *moving, agenda)) {
      blocked.emplace(group, *std::move(guard));
    } else {
      candidates[moving->diagnosis.id].push_back(group);
    }
  }
  std::optional<Cap::Account> account;
  if (!candidates.empty()) account.emplace(*cap, facts);
  for (auto& [id, groups] : candidates) {
    const auto active =
        std::find_if(facts.active.begin(), facts.active.end(),
                     [id = id](const ActiveDiagnosis& one) { return one.diagnosis.id == id; });
    const std::vector<GroupIndex> move =
        WithinLimits(facts, *active, std::move(groups), &*account, *cap, agenda, &blocked);
    if (!move.empty()) Flip(facts, *active, move, agenda->now(), chronicle);
  }
  LeaveDeadBackups(facts, agenda, &blocked, chronicle);
  Block(facts, blocked, agenda->now(), chronicle);
}

std::optional<Plan::Guard> Plan::Refusal(const Facts& facts, GroupIndex group,
                                         const ActiveDiagnosis& moving, Agenda* agenda) const {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  if (facts.holds.frozen()) return Guard{"frozen", facts.holds.frozen_reason()};
  if (const Hold* const hold = facts.holds.Covering(group)) {
    return Guard{"maintenance", absl::StrCat("held by ", hold->author, ": ", hold->reason)};
  }
  const bool is_at_home = !standing(group).away.has_value();
  if (const ActiveDiagnosis* const wider = WiderSuspicion(facts, moving); wider && is_at_home) {
    return Guard{"conflict",
                 absl::StrCat("a wider suspicion may explain it, and is settled first: ",
                              wider->diagnosis.sentence)};
  }
  if (!facts.is_warm) {
    return Guard{"warmup", "the detector has just started without a fresh journal"};
  }
  if (!IsCarried(facts, moving.diagnosis)) {
    return Guard{"stale", "every agent that carries the diagnosis is silent"};
  }
  const double hurt = 100 * ShareHurt(facts, moving);
  if (hurt < facts.policy.least_hurt_percent) {
    return Guard{"evidence",
                 absl::StrCat("about ", std::lround(hurt), " % of probes fail; numbers move from ",
                              facts.policy.least_hurt_percent, " % on")};
  }
  const RouterStanding& router = facts.routers.standing(what.voice_layer);
  if (!router.is_up) return Guard{"stale", absl::StrCat("its router is away: ", router.error)};
  const BackupProof proof = ProofOf(facts, group, "", agenda->now());
  if (proof.route.empty()) return Guard{"backup_unverified", proof.words};
  return std::nullopt;
}

// Where the diagnosis lifts the cap a first wave moves, and a little later the rest. Elsewhere what
// the cap leaves.
std::vector<GroupIndex> Plan::WithinLimits(const Facts& facts, const ActiveDiagnosis& active,
                                           std::vector<GroupIndex> groups, Cap::Account* account,
                                           const Cap& cap, Agenda* agenda, Blocked* blocked) {
  // No probe knows yet what a backup can carry: the smallest groups go first.
  std::stable_sort(groups.begin(), groups.end(), [&facts](GroupIndex a, GroupIndex b) {
    return Numbers(facts, a) < Numbers(facts, b);
  });
  std::vector<GroupIndex> move;
  std::vector<GroupIndex> lifted;
  for (const GroupIndex group : groups) {
    const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
    if (cap.Lifts(facts, active, what.voice_layer)) {
      lifted.push_back(group);
    } else if (account->Admit(group)) {
      move.push_back(group);
    } else {
      blocked->emplace(group, Guard{"cap", absl::StrCat("more than ", facts.policy.cap_percent,
                                                        " % of the numbers, or one site, may not "
                                                        "move by themselves")});
    }
  }
  if (lifted.empty()) return move;
  const auto [wave, is_first] = first_wave_.try_emplace(active.diagnosis.id, agenda->now());
  if (is_first) {
    const std::size_t first = std::max<std::size_t>(
        1, groups_.size() * static_cast<std::size_t>(facts.policy.first_wave_percent) / 100);
    if (lifted.size() > first) {
      lifted.resize(first);
      agenda->Passed(agenda->now() + facts.policy.wave_interval);
    }
  } else if (!agenda->Passed(wave->second + facts.policy.wave_interval)) {
    lifted.clear();
  }
  move.insert(move.end(), lifted.begin(), lifted.end());
  return move;
}

void Plan::Flip(const Facts& facts, const ActiveDiagnosis& active,
                const std::vector<GroupIndex>& groups, absl::Time now, Chronicle* chronicle) {
  std::map<std::string, std::vector<GroupIndex>> by_backup;
  for (const GroupIndex group : groups) {
    const BackupProof proof = ProofOf(facts, group, "", now);
    by_backup[proof.InBrackets()].push_back(group);
    GroupStanding& standing = At(group);
    NoteLull(now, &standing);
    standing.wanted = AllTo(facts.fleet.groups[static_cast<std::size_t>(group)].name, proof.route,
                            active.diagnosis.sentence, now);
    standing.away = Away{.since = now,
                         .backup = proof.route,
                         .diagnosis = active.diagnosis.id,
                         .is_wide = active.diagnosis.scope >= Scope::kRegion};
    standing.flips.push_back(now);
    standing.guard.clear();
    standing.blocked_by.clear();
  }
  for (const auto& [proof, moved] : by_backup) {
    chronicle->Add(now, {.kind = OccurrenceKind::kFlip,
                         .sentence = absl::StrCat(Names(facts.fleet, moved), " to ", proof, ": ",
                                                  active.diagnosis.sentence),
                         .diagnosis = active.diagnosis.id,
                         .groups = NameList(facts.fleet, moved)});
  }
}

void Plan::LeaveDeadBackups(const Facts& facts, Agenda* agenda, Blocked* blocked,
                            Chronicle* chronicle) {
  const absl::Time now = agenda->now();
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    GroupStanding& standing = At(group);
    if (!standing.away.has_value() || facts.holds.Covering(group) != nullptr) continue;
    if (facts.holds.frozen() || !facts.is_warm) continue;
    Away& away = *standing.away;
    if (!ProofOf(facts, group, away.backup, now).route.empty()) {
      agenda->Passed(now + kProofLasts);
      continue;
    }
    if (MovingDiagnosis(facts, group) == nullptr) continue;  // the way home is open: plan_home.cc
    const BackupProof next = ProofOf(facts, group, "", now);
    if (!next.is_known) continue;
    if (next.route.empty()) {
      blocked->emplace(group, Guard{"backup_unverified",
                                    absl::StrCat("it is on ", away.backup, ", and ", next.words)});
      continue;
    }
    chronicle->Add(now,
                   {.kind = OccurrenceKind::kFlip,
                    .sentence = absl::StrCat(Names(facts.fleet, {group}), " from ", away.backup,
                                             ", which does not answer, to ", next.InBrackets()),
                    .diagnosis = away.diagnosis,
                    .groups = NameList(facts.fleet, {group})});
    away.backup = next.route;
    standing.wanted = AllTo(facts.fleet.groups[static_cast<std::size_t>(group)].name, next.route,
                            standing.wanted->reason, now);
    away.step = -1;
  }
}

// Tells of a refusal once, and again when another guard refuses; of the same guard, which may come
// and go with what it stands on, only after a while.
void Plan::Block(const Facts& facts, const Blocked& blocked, absl::Time now, Chronicle* chronicle) {
  std::map<Guard, std::vector<GroupIndex>> news;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    GroupStanding& standing = At(group);
    const auto refused = blocked.find(group);
    if (refused == blocked.end()) {
      standing.guard.clear();
      standing.blocked_by.clear();
      continue;
    }
    if (standing.guard != refused->second.first) {
      absl::Time& told =
          standing.told.try_emplace(refused->second.first, absl::InfinitePast()).first->second;
      if (told + kTellAgain <= now) {
        told = now;
        news[refused->second].push_back(group);
      }
    }
    standing.guard = refused->second.first;
    standing.blocked_by = absl::StrCat(refused->second.first, ": ", refused->second.second);
  }
  for (const auto& [guard, groups] : news) {
    chronicle->Add(now, {.kind = OccurrenceKind::kBlocked,
                         .sentence = absl::StrCat(Names(facts.fleet, groups),
                                                  " stay: ", guard.first, ": ", guard.second),
                         .groups = NameList(facts.fleet, groups),
                         .guard = guard.first});
  }
}

}  // namespace dialtone::detector
