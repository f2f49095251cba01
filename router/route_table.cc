#include "router/route_table.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace dialtone::router {
namespace {

std::string ToString(const Version& version) {
  return absl::StrCat("(epoch ", version.epoch, ", generation ", version.generation, ")");
}

bool MayUse(Writer writer, Origin origin) {
  switch (writer) {
    case Writer::kDetector:
      return origin == Origin::kAuto || origin == Origin::kOperator;
    case Writer::kOperator:
      return origin == Origin::kBreakGlass;
    case Writer::kAnyone:
      return true;
  }
  return false;
}

Plan PlanFor(const Group& group, const GroupWish& wish) {
  return MakePlan(group, wish.shares, wish.ignore_hop_states);
}

std::vector<HopWish> WithoutNormal(const std::vector<HopWish>& wishes) {
  std::vector<HopWish> left;
  absl::c_copy_if(wishes, std::back_inserter(left),
                  [](const HopWish& wish) { return wish.state != HopState::kNormal; });
  return left;
}

bool ByHop(const HopWish& a, const HopWish& b) { return a.hop < b.hop; }

}  // namespace

RouteTable::RouteTable(const Topology& topology, const Inventory& inventory, size_t groups_per_10s)
    : rules_(topology), speed_limit_(groups_per_10s) {
  for (const Group& group : topology.groups) {
    GroupState& state = groups_.emplace_back();
    state.group = &group;
    state.numbers = inventory.CountOf(group.name);
    state.plan = HomePlan(group);
  }
  absl::c_sort(groups_, [](const GroupState& a, const GroupState& b) {
    return a.group->name < b.group->name;
  });
  for (size_t i = 0; i < groups_.size(); ++i) index_.emplace(groups_[i].group->name, i);
}

std::vector<std::string> RouteTable::Restore(const StoredTable& stored) {
  std::vector<std::string> not_restored;
  version_ = stored.version;
  for (const GroupWish& wish : stored.groups) {
    // The rules of today's configuration hold for yesterday's table.
    GroupState* state = FindMutable(wish.group);
    if (state == nullptr || !rules_.Check({version_, {wish}, {}}).accepted()) {
      not_restored.push_back(wish.group);
      continue;
    }
    if (!state->wanted) ++named_;
    state->wanted = wish;
    SetPlan(state, PlanFor(*state->group, wish));
  }
  return not_restored;
}

Judgement RouteTable::Judge(const Proposal& proposal, Writer writer) const {
  if (proposal.version.epoch == 0 || proposal.version.generation == 0) {
    return {ProposalResult::kInvalid,
            absl::StrCat("given ", ToString(proposal.version), ", expected both to count from 1")};
  }
  if (proposal.version < version_) {
    return {ProposalResult::kOlder, absl::StrCat("given ", ToString(proposal.version),
                                                 ", the last accepted is ", ToString(version_))};
  }
  Judgement judgement = rules_.Check(proposal);
  if (!judgement.accepted()) return judgement;
  if (proposal.version == version_) {
    if (SameContent(proposal)) return {ProposalResult::kRepeated, ""};
    return {ProposalResult::kConflicting,
            absl::StrCat(ToString(version_), " was accepted with other content before")};
  }
  // An entry that repeats what is wanted keeps the origin it has, whoever repeats it: a writer has
  // to name the whole table.
  for (const GroupWish& wish : Changed(proposal)) {
    if (MayUse(writer, wish.origin)) continue;
    return {ProposalResult::kNotPermitted,
            absl::StrCat("group \"", wish.group, "\": this caller may not set a route of origin ",
                         router::ToString(wish.origin))};
  }
  size_t named_again = 0;
  for (const GroupWish& wish : proposal.groups) named_again += Find(wish.group)->wanted ? 1 : 0;
  if (named_again < named_) {
    return {ProposalResult::kShrunk,
            absl::StrCat("given ", named_again, " of the ", named_,
                         " groups of the last accepted table, expected all")};
  }
  return {ProposalResult::kAccepted, ""};
}

bool RouteTable::SameContent(const Proposal& proposal) const {
  if (proposal.groups.size() != named_ || !Changed(proposal).empty()) return false;
  if (!hop_states_.known()) return true;  // not stored: the writer tells them again
  std::vector<HopWish> given = WithoutNormal(proposal.hop_states);
  std::vector<HopWish> wanted = hop_states_.wanted();
  absl::c_sort(given, ByHop);
  absl::c_sort(wanted, ByHop);
  return given == wanted;
}

std::vector<GroupWish> RouteTable::Changed(const Proposal& proposal) const {
  std::vector<GroupWish> changed;
  for (const GroupWish& wish : proposal.groups) {
    const GroupState* state = Find(wish.group);
    if (state == nullptr || state->wanted != wish) changed.push_back(wish);
  }
  return changed;
}

void RouteTable::Accept(Proposal proposal, absl::Time now) {
  CHECK(proposal.version >= version_) << "an older proposal was accepted";
  version_ = proposal.version;
  for (GroupWish& wish : proposal.groups) TakeWish(std::move(wish), now);
  hop_states_.Want(std::move(proposal.hop_states), now);
  Advance(now);
}

void RouteTable::TakeWish(GroupWish wish, absl::Time now) {
  GroupState* state = FindMutable(wish.group);
  CHECK(state != nullptr) << "an unknown group was accepted: " << wish.group;
  Plan before = state->wanted ? PlanFor(*state->group, *state->wanted) : state->plan;
  Plan after = PlanFor(*state->group, wish);
  if (after != before) state->asked_time = now;
  const bool automatic = wish.origin == Origin::kAuto;
  if (!state->wanted) ++named_;
  state->wanted = std::move(wish);
  const bool waits = automatic && after != state->plan;
  if (state->waiting) --waiting_;
  if (waits) ++waiting_;
  state->waiting = waits;
  if (!waits) SetPlan(state, std::move(after));
}

bool RouteTable::Renew(Version version, absl::Time now) {
  if (version != version_ || !hop_states_.known()) return false;
  hop_states_.Renew(now);
  Advance(now);
  return true;
}

void RouteTable::ObserveCalls(std::vector<HopCounters> counters, absl::Time now) {
  calls_.Observe(std::move(counters), now);
  hop_states_.Judge(calls_, now);
}

void RouteTable::LostCalls(absl::Time now) {
  calls_.Forget();
  hop_states_.Judge(calls_, now);
}

std::vector<absl::Duration> RouteTable::Confirm(const std::vector<PlanReading>& readings,
                                                absl::Time now) {
  std::vector<absl::Duration> took;
  for (const PlanReading& reading : readings) {
    GroupState* state = FindMutable(reading.group);
    if (state == nullptr) continue;  // not of this configuration
    Keep(reading);
    if (state->confirmed != reading.plan) ++confirmed_serial_;
    state->confirmed = reading.plan;
    state->confirmed_time = now;
    if (!state->in_sync() || !state->asked_time) continue;
    took.push_back(now - *state->asked_time);
    state->asked_time.reset();
  }
  return took;
}

void RouteTable::Keep(const PlanReading& reading) {
  GroupState* state = FindMutable(reading.group);
  if (state == nullptr || state->wanted || !reading.plan) return;
  if (!PlanFits(*reading.plan, *state->group)) return;
  // The same shares, tried in the order of today's configuration.
  SetPlan(state, MakePlan(*state->group, reading.plan->Drawn(), reading.plan->ignore_hop_states));
}

void RouteTable::Advance(absl::Time now) {
  hop_states_.Judge(calls_, now);
  for (auto state = groups_.begin(); waiting_ > 0 && state != groups_.end(); ++state) {
    if (!state->waiting) continue;
    if (!speed_limit_.Take(now)) break;
    state->waiting = false;
    --waiting_;
    SetPlan(&*state, PlanFor(*state->group, *state->wanted));
  }
}

absl::Time RouteTable::NextWake() const {
  const absl::Time lease_end = hop_states_.lease_end();
  return waiting_ == 0 ? lease_end : std::min(lease_end, speed_limit_.NextFree());
}

void RouteTable::SetPlan(GroupState* state, Plan plan) {
  if (state->plan == plan) return;
  state->plan = std::move(plan);
  ++plans_serial_;
}

const GroupState* RouteTable::Find(absl::string_view group) const {
  const auto found = index_.find(group);
  return found == index_.end() ? nullptr : &groups_[found->second];
}

GroupState* RouteTable::FindMutable(absl::string_view group) {
  const auto found = index_.find(group);
  return found == index_.end() ? nullptr : &groups_[found->second];
}

std::vector<GroupPlan> RouteTable::Plans() const {
  std::vector<GroupPlan> plans;
  plans.reserve(groups_.size());
  for (const GroupState& state : groups_) plans.push_back({state.group->name, state.plan});
  return plans;
}

}  // namespace dialtone::router
