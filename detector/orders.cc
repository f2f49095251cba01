#include "detector/orders.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dialtone::detector {
namespace {

std::string NameOf(const Facts& facts, GroupIndex group) {
  return facts.fleet.groups[static_cast<std::size_t>(group)].name;
}

std::vector<GroupIndex> GroupsIn(const Fleet& fleet, const ScopeSelector& scope) {
  std::vector<GroupIndex> groups;
  for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
    if (Covers(fleet, scope, group)) groups.push_back(group);
  }
  return groups;
}

absl::Status NothingMatches(const ScopeSelector& scope) {
  return absl::NotFoundError(
      absl::StrCat("given ", ScopeWords(scope), ", expected a scope with number groups"));
}

// Home, whatever is there: refused while the fault that moved the group lasts, unless overridden.
void PlanFailback(const Facts& facts, bool override_evidence, GroupIndex group, PlannedMove* move,
                  OperatorAnswer* answer) {
  move->proof = "home route";
  const ActiveDiagnosis* const fault = MovingDiagnosis(facts, group);
  if (fault == nullptr || !IsConfirmed(*fault)) return;
  const std::string why =
      absl::StrCat("its calls would go back into a fault that lasts: ", fault->diagnosis.sentence);
  if (override_evidence) {
    move->proof = absl::StrCat("home route, and held there, though ", why);
  } else {
    answer->guards.push_back(absl::StrCat("evidence: ", move->group, ": ", why));
  }
}

void PlanFailover(const Facts& facts, const std::string& to_route, GroupIndex group, absl::Time now,
                  PlannedMove* move, OperatorAnswer* answer) {
  const BackupProof proof = ProofOf(facts, group, to_route, now);
  if (proof.route.empty()) {
    answer->guards.push_back(absl::StrCat("backup_unverified: ", move->group, ": ", proof.words));
  }
  move->to_route = proof.route.empty() ? to_route : proof.route;
  move->proof = proof.words;
}

// One group's part of a plan: a move, or why it stays.
void PlanGroup(const Facts& facts, const OperatorPlan& order, GroupIndex group, absl::Time now,
               OperatorAnswer* answer) {
  const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
  const RouterGroup* const known = facts.routers.Find(what);
  if (known == nullptr) {
    const RouterStanding& router = facts.routers.standing(what.voice_layer);
    answer->stays.push_back(
        absl::StrCat(what.name, ": ",
                     router.is_read ? "its router does not know it" : "its router was not read"));
    return;
  }
  PlannedMove move{.group = what.name, .numbers = known->numbers};
  move.from_route = MainRoute(known->confirmed.empty() && known->wanted ? known->wanted->shares
                                                                        : known->confirmed);
  if (move.from_route.empty()) move.from_route = known->home_route;
  const auto is_there = [known](const std::string& route) {
    return known->confirmed == std::vector<Share>{{.route = route, .percent = 100}};
  };
  if (order.failback) {
    move.to_route = known->home_route;
    if (!is_there(move.to_route)) {
      PlanFailback(facts, order.override_evidence, group, &move, answer);
    }
  } else {
    PlanFailover(facts, order.to_route, group, now, &move, answer);
  }
  if (is_there(move.to_route)) {
    answer->stays.push_back(
        absl::StrCat(what.name, ": all of its calls take ", move.to_route, " already"));
  } else {
    answer->moves.push_back(std::move(move));
  }
}

// What setting or clearing a hold does to one group. `other`: a hold that covers it besides the one
// that is changed.
std::string HoldEffect(const Facts& facts, const OperatorHold& order, const Hold* other,
                       GroupIndex group, absl::Time now) {
  const std::string name = NameOf(facts, group);
  const RouterGroup* const known =
      facts.routers.Find(facts.fleet.groups[static_cast<std::size_t>(group)]);
  const std::string home = known == nullptr ? "" : known->home_route;
  std::string route = known == nullptr ? "" : MainRoute(known->confirmed);
  if (route.empty()) route = "a route that was not read yet";
  if (order.verb == OperatorHold::Verb::kSet) {
    return absl::StrCat(
        name, " stays on ", route, ": nothing automatic moves it ",
        order.duration == absl::InfiniteDuration()
            ? "until the hold is cleared"
            : absl::StrCat("until ", absl::FormatTime("%Y-%m-%d %H:%M UTC", now + order.duration,
                                                      absl::UTCTimeZone())));
  }
  if (other != nullptr) {
    return absl::StrCat(name, " stays on ", route, ": ", other->author, " holds ",
                        ScopeWords(other->scope), " too (", other->reason, ")");
  }
  if (route == home) return absl::StrCat(name, " is at home on ", home, "; a fault may move it");
  return absl::StrCat(name, " is on ", route,
                      " and comes home by itself when its home route is clean");
}

bool SameMoves(const std::vector<PlannedMove>& a, const std::vector<PlannedMove>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const PlannedMove& x, const PlannedMove& y) {
        return x.group == y.group && x.to_route == y.to_route && x.numbers == y.numbers;
      });
}

OperatorAnswer Draft(const OperatorPlan& order, const Facts& facts, absl::Time now) {
  OperatorAnswer answer{.request = order.request};
  const std::vector<GroupIndex> groups = GroupsIn(facts.fleet, order.scope);
  if (groups.empty()) {
    answer.status = NothingMatches(order.scope);
    return answer;
  }
  for (const GroupIndex group : groups) PlanGroup(facts, order, group, now, &answer);
  std::uint64_t numbers = 0;
  for (const PlannedMove& move : answer.moves) numbers += move.numbers;
  answer.emergency = "Emergency calls are not touched: no route of a group carries them.";
  answer.undo = absl::StrCat("dialtone ", order.failback ? "failover " : "failback ",
                             ScopeWords(order.scope), " --reason TEXT");
  answer.confirmation = order.scope.kind == ScopeSelector::Kind::kAll
                            ? absl::StrCat("all ", numbers)
                            : order.scope.name;
  return answer;
}

}  // namespace

std::string MainRoute(const std::vector<Share>& shares) {
  const auto most =
      std::max_element(shares.begin(), shares.end(),
                       [](const Share& a, const Share& b) { return a.percent < b.percent; });
  return most == shares.end() ? "" : most->route;
}

OperatorAnswer Orders::Handle(const OperatorPlan& order, const Facts& facts, absl::Time now) {
  std::erase_if(shown_, [now](const auto& shown) { return shown.second.until <= now; });
  OperatorAnswer answer = Draft(order, facts, now);
  if (!answer.status.ok()) return answer;
  if (shown_.size() >= kMostPlans) {
    answer.status = absl::ResourceExhaustedError(
        absl::StrCat(kMostPlans, " plans wait to be applied; they end after ",
                     absl::FormatDuration(kPlanLasts)));
    return answer;
  }
  answer.plan_id = absl::StrCat("p-", epoch_, "-", ++last_plan_);
  shown_[answer.plan_id] = {.order = order, .moves = answer.moves, .until = now + kPlanLasts};
  return answer;
}

OperatorAnswer Orders::Handle(const OperatorApply& order, const Facts& facts, absl::Time now,
                              Plan* plan, Holds* holds, Chronicle* chronicle) {
  OperatorAnswer answer{.request = order.request};
  const auto found = shown_.find(order.plan_id);
  if (found == shown_.end() || found->second.until <= now) {
    answer.status = absl::NotFoundError(
        absl::StrCat("given plan ", order.plan_id, ", expected one that was made within ",
                     absl::FormatDuration(kPlanLasts), " and not applied yet"));
    return answer;
  }
  const Shown shown = found->second;
  const OperatorAnswer today = Draft(shown.order, facts, now);
  if (!SameMoves(today.moves, shown.moves)) {
    shown_.erase(found);
    answer.status =
        absl::AbortedError("the facts have changed since the plan was made; plan again");
    return answer;
  }
  if (!today.guards.empty()) {
    answer.status = absl::FailedPreconditionError(absl::StrJoin(today.guards, "; "));
    return answer;
  }
  shown_.erase(found);

  const bool failback = shown.order.failback;
  std::vector<std::string> names;
  for (const GroupIndex group : GroupsIn(facts.fleet, shown.order.scope)) {
    const auto move =
        std::find_if(today.moves.begin(), today.moves.end(),
                     [&](const PlannedMove& one) { return one.group == NameOf(facts, group); });
    if (move == today.moves.end()) continue;
    names.push_back(move->group);
    plan->Order(group, {.group = move->group,
                        .shares = {{.route = move->to_route, .percent = 100}},
                        .origin = Origin::kOperator,
                        .reason = absl::StrCat(order.author, ": ", order.reason),
                        .since = now});
  }
  if (failback) holds->Clear(shown.order.scope);
  if (!failback || shown.order.override_evidence) {
    holds->Set({.scope = shown.order.scope,
                .author = order.author,
                .reason = order.reason,
                .since = now,
                .until = now + order.hold});
  }
  answer.occurrence = chronicle->Add(
      now, {.kind = failback ? OccurrenceKind::kFailback : OccurrenceKind::kFlip,
            .sentence = absl::StrCat(order.author, " ordered ", failback ? "failback" : "failover",
                                     " of ", ScopeWords(shown.order.scope), ": ", order.reason),
            .groups = names});
  return answer;
}

OperatorAnswer Orders::Handle(const OperatorHold& order, const Facts& facts, absl::Time now,
                              Plan* plan, Holds* holds, Chronicle* chronicle) {
  OperatorAnswer answer{.request = order.request};
  const std::vector<GroupIndex> groups = GroupsIn(facts.fleet, order.scope);
  const bool set = order.verb == OperatorHold::Verb::kSet;
  if (set && groups.empty()) {
    answer.status = NothingMatches(order.scope);
    return answer;
  }
  const bool exists = std::any_of(holds->all().begin(), holds->all().end(),
                                  [&](const Hold& hold) { return hold.scope == order.scope; });
  if (!set && !exists) {
    answer.status =
        absl::NotFoundError(absl::StrCat("there is no hold on ", ScopeWords(order.scope)));
    return answer;
  }
  for (const GroupIndex group : groups) {
    if (answer.effects.size() == kMostEffects) break;
    answer.effects.push_back(
        HoldEffect(facts, order, holds->CoveringBesides(order.scope, group), group, now));
  }
  if (order.dry_run) {
    answer.holds = holds->all();
    return answer;
  }
  if (set) {
    holds->Set({.scope = order.scope,
                .author = order.author,
                .reason = order.reason,
                .since = now,
                .until = now + order.duration});
  } else {
    holds->Clear(order.scope);
    for (const GroupIndex group : groups) {
      if (holds->Covering(group) == nullptr) plan->Release(facts, group, now);
    }
  }
  answer.holds = holds->all();
  answer.occurrence =
      chronicle->Add(now, {.kind = OccurrenceKind::kOperator,
                           .sentence = absl::StrCat(order.author, set ? " holds " : " released ",
                                                    ScopeWords(order.scope), ": ", order.reason)});
  return answer;
}

OperatorAnswer Orders::Handle(const OperatorFreeze& order, absl::Time now, Holds* holds,
                              Chronicle* chronicle) {
  holds->Freeze(order.frozen, absl::StrCat(order.author, ": ", order.reason));
  OperatorAnswer answer{.request = order.request};
  answer.frozen = holds->frozen();
  answer.occurrence = chronicle->Add(
      now, {.kind = OccurrenceKind::kOperator,
            .sentence = absl::StrCat(order.author, order.frozen ? " froze" : " unfroze",
                                     " all automatic steps: ", order.reason)});
  return answer;
}

}  // namespace dialtone::detector
