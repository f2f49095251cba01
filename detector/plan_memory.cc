// Plan over restarts and human orders: what it adopts, keeps and gives back.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "detector/plan.h"
#include "detector/saved_fields.h"

namespace dialtone::detector {
namespace {

constexpr absl::string_view kKey = "group/";
// Of the record; another one is not read.
constexpr absl::string_view kForm = "2";

// The route that takes most of a group's calls away from home; empty when all go home.
std::string BackupOf(const GroupRoute& wanted, const RouterGroup& known) {
  const Share* most = nullptr;
  for (const Share& share : wanted.shares) {
    if (share.route == known.home_route || share.percent == 0) continue;
    if (most == nullptr || share.percent > most->percent) most = &share;
  }
  return most == nullptr ? "" : most->route;
}

// Whether the router still knows every route that is wanted: its configuration may have changed.
bool HasRoutesOf(const GroupRoute& wanted, const RouterGroup& known) {
  return std::all_of(wanted.shares.begin(), wanted.shares.end(), [&known](const Share& share) {
    return share.route == known.home_route ||
           std::find(known.backup_routes.begin(), known.backup_routes.end(), share.route) !=
               known.backup_routes.end();
  });
}

bool SumsUp(const std::vector<Share>& shares) {
  int sum = 0;
  for (const Share& share : shares) {
    if (share.route.empty() || share.percent < 0 || share.percent > 100) return false;
    sum += share.percent;
  }
  return sum == 100;
}

// Whether the network of a group's users is the fault, and its backup hangs on it too.
bool SharesDeadUplink(const Facts& facts, GroupIndex group) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  return !what.backup_avoids_uplink &&
         std::any_of(facts.active.begin(), facts.active.end(), [&](const ActiveDiagnosis& active) {
           const Diagnosis& diagnosis = active.diagnosis;
           return diagnosis.state == DiagnosisState::kConfirmed &&
                  Domains::IsNetwork(diagnosis.domain) &&
                  std::binary_search(diagnosis.sites.begin(), diagnosis.sites.end(), what.site);
         });
}

// The value of one group in the journal.
std::string TextOf(const GroupStanding& standing) {
  FieldWriter fields;
  fields.Add(kForm);
  fields.Add(static_cast<std::int64_t>(standing.wanted->origin));
  fields.Add(standing.wanted->reason);
  fields.Add(standing.wanted->since);
  fields.Add(static_cast<std::int64_t>(standing.wanted->shares.size()));
  for (const Share& share : standing.wanted->shares) {
    fields.Add(share.route);
    fields.Add(static_cast<std::int64_t>(share.percent));
  }
  fields.Add(static_cast<std::int64_t>(standing.flips.size()));
  for (const absl::Time flip : standing.flips) fields.Add(flip);
  fields.Add(absl::ToInt64Microseconds(standing.lull));
  fields.Add(standing.clean_since);
  if (standing.away.has_value()) {
    fields.Add(standing.away->since);
    fields.Add(standing.away->backup);
    fields.Add(static_cast<std::int64_t>(standing.away->diagnosis));
    fields.Add(static_cast<std::int64_t>(standing.away->is_wide));
    fields.Add(standing.away->clean_since);
    fields.Add(static_cast<std::int64_t>(standing.away->step));
    fields.Add(standing.away->step_since);
  }
  return fields.text();
}

}  // namespace

std::vector<GroupIndex> Plan::Adopt(const Facts& facts, const RouterReport& report,
                                    absl::Time now) {
  std::vector<GroupIndex> moved_by_human;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
    if (what.voice_layer != report.voice_layer) continue;
    const RouterGroup* const known = facts.routers.Find(what);
    if (known == nullptr) continue;
    GroupStanding& standing = At(group);
    // What was ordered past us, beside the detector, stands.
    const bool is_break_glass =
        known->wanted.has_value() && known->wanted->origin == Origin::kBreakGlass &&
        known->wanted != standing.break_glass &&
        (!standing.wanted.has_value() || known->wanted->shares != standing.wanted->shares);
    if (is_break_glass) standing.break_glass = known->wanted;
    if (standing.wanted.has_value() && !is_break_glass && HasRoutesOf(*standing.wanted, *known)) {
      continue;
    }
    standing.away.reset();
    if (!known->wanted.has_value()) {
      standing.wanted = GroupRoute{.group = what.name,
                                   .shares = {{.route = known->home_route, .percent = 100}},
                                   .origin = Origin::kAuto,
                                   .reason = "never moved",
                                   .since = now};
      continue;
    }
    standing.wanted = known->wanted;
    standing.wanted->group = what.name;
    standing.wanted->ignore_hop_states = false;  // decided anew with every table
    const std::string backup = BackupOf(*known->wanted, *known);
    if (backup.empty()) continue;
    is_idle_ = false;
    if (known->wanted->origin == Origin::kAuto) {
      standing.away = Away{.since = now, .backup = backup};
    } else if (facts.holds.Covering(group) == nullptr) {
      moved_by_human.push_back(group);
    }
  }
  return moved_by_human;
}

void Plan::Order(GroupIndex group, GroupRoute route) {
  GroupStanding& standing = At(group);
  standing.wanted = std::move(route);
  standing.away.reset();
  standing.guard.clear();
  standing.blocked_by.clear();
}

void Plan::Release(const Facts& facts, GroupIndex group, absl::Time now) {
  GroupStanding& standing = At(group);
  const RouterGroup* const known =
      facts.routers.Find(facts.fleet.groups[static_cast<std::size_t>(group)]);
  if (known == nullptr || !standing.wanted.has_value() || standing.away.has_value()) return;
  const std::string backup = BackupOf(*standing.wanted, *known);
  if (backup.empty()) return;
  standing.away = Away{.since = now, .backup = backup};
  is_idle_ = false;
}

std::vector<std::string> Plan::NextSteps(const Facts& facts, absl::Time now) const {
  std::vector<std::string> steps;
  const auto in = [now](absl::Time at) {
    return absl::StrCat("in ", absl::FormatDuration(absl::Ceil(
                                   std::max(at - now, absl::ZeroDuration()), absl::Seconds(1))));
  };
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    const GroupStanding& group_standing = standing(group);
    const std::string& name = facts.fleet.groups[static_cast<std::size_t>(group)].name;
    if (!group_standing.blocked_by.empty()) {
      steps.push_back(absl::StrCat(name, " stays where it is: ", group_standing.blocked_by));
      continue;
    }
    if (const std::optional<Away>& away = group_standing.away) {
      if (away->clean_since == absl::InfiniteFuture()) {
        steps.push_back(
            absl::StrCat(name, " stays on ", away->backup, " until its home route is clean"));
      } else if (away->step >= 0) {
        steps.push_back(absl::StrCat(name, " takes its next step home ",
                                     in(away->step_since + facts.policy.failback_step)));
      } else {
        steps.push_back(absl::StrCat(name, " begins to come home ",
                                     in(HomeFrom(facts.policy, group_standing)),
                                     " at the earliest"));
      }
      continue;
    }
    const ActiveDiagnosis* const moving = MovingDiagnosis(facts, group);
    if (moving == nullptr || moving->diagnosis.state != DiagnosisState::kConfirmed) {
      if (SharesDeadUplink(facts, group)) {
        steps.push_back(absl::StrCat(
            name, " stays at home: its backup does not avoid the uplink, so it would not help"));
      }
      continue;
    }
    const absl::Duration persistence = PersistenceOf(facts.policy, moving->diagnosis);
    if (moving->lasts_since == absl::InfiniteFuture()) {
      steps.push_back(absl::StrCat(name, " stays at home: the fault has gone quiet; it must be ",
                                   "there for ", absl::FormatDuration(persistence)));
    } else {
      steps.push_back(absl::StrCat(name, facts.policy.may_act ? " moves" : " would move",
                                   " to its backup ", in(MaturesAt(facts, *moving, group)),
                                   " if the fault lasts",
                                   facts.policy.may_act ? "" : ", but the policy only observes"));
    }
  }
  return steps;
}

std::string Plan::KeyOf(const Group& group) { return absl::StrCat(kKey, group.name); }

std::map<std::string, std::string> Plan::Unsaved(const Fleet& fleet) {
  std::map<std::string, std::string> unsaved;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    const GroupStanding& standing = groups_[group];
    Saved& saved = saved_[group];
    if (!standing.wanted.has_value() || standing == saved.standing) continue;
    saved.standing = standing;
    std::string text = TextOf(standing);
    if (text == saved.text) continue;  // what differs is not saved
    saved.text = std::move(text);
    unsaved[KeyOf(fleet.groups[group])] = saved.text;
  }
  return unsaved;
}

void Plan::Restore(const Fleet& fleet, const std::map<std::string, std::string>& journal) {
  constexpr std::int64_t kMostFields = 1000;
  for (GroupIndex group = 0; group < static_cast<int>(groups_.size()); ++group) {
    const std::string& name = fleet.groups[static_cast<std::size_t>(group)].name;
    const auto saved = journal.find(KeyOf(fleet.groups[static_cast<std::size_t>(group)]));
    if (saved == journal.end()) continue;
    saved_[static_cast<std::size_t>(group)].text = saved->second;
    FieldReader fields(saved->second);
    if (fields.Text() != kForm) continue;  // of another version: adopted from the router instead
    GroupStanding standing;
    GroupRoute wanted{.group = name};
    wanted.origin = static_cast<Origin>(std::clamp<std::int64_t>(fields.Number(), 0, 2));
    wanted.reason = fields.Text();
    wanted.since = fields.Time();
    for (std::int64_t left = std::min(fields.Number(), kMostFields); left > 0; --left) {
      Share share;
      share.route = fields.Text();
      share.percent = static_cast<int>(fields.Number());
      wanted.shares.push_back(share);
    }
    for (std::int64_t left = std::min(fields.Number(), kMostFields); left > 0; --left) {
      standing.flips.push_back(fields.Time());
    }
    standing.lull = absl::Microseconds(fields.Number());
    standing.clean_since = fields.Time();
    if (!fields.at_end()) {
      Away away;
      away.since = fields.Time();
      away.backup = fields.Text();
      away.diagnosis = static_cast<std::uint64_t>(fields.Number());
      away.is_wide = fields.Number() != 0;
      away.clean_since = fields.Time();
      away.step = static_cast<int>(fields.Number());
      away.step_since = fields.Time();
      standing.away = away;
    }
    // Damaged: adopted from the router instead.
    if (!fields.ok() || !SumsUp(wanted.shares)) continue;
    standing.wanted = std::move(wanted);
    At(group) = std::move(standing);
  }
}

}  // namespace dialtone::detector
