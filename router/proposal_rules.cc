#include "router/proposal_rules.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dialtone::router {
namespace {

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text.substr(0, 64)), "\"");
}

// Characters of UTF-8 text: every byte but continuations (RFC 3629 §3).
size_t Characters(absl::string_view text) {
  return static_cast<size_t>(absl::c_count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string CheckReason(absl::string_view reason) {
  const size_t characters = Characters(reason);
  if (characters <= ProposalRules::kMaxReasonCharacters) return "";
  return absl::StrCat("reason: given ", characters, " characters, expected at most ",
                      ProposalRules::kMaxReasonCharacters);
}

Judgement Invalid(std::string reason) { return {ProposalResult::kInvalid, std::move(reason)}; }

// The first name that occurs twice, or nothing.
template <typename Wish>
const std::string* FindRepeated(const std::vector<Wish>& wishes, std::string Wish::*name) {
  absl::flat_hash_set<absl::string_view> seen;
  for (const Wish& wish : wishes) {
    if (!seen.insert(wish.*name).second) return &(wish.*name);
  }
  return nullptr;
}

}  // namespace

ProposalRules::ProposalRules(const Topology& topology) {
  for (const Group& group : topology.groups) groups_.emplace(group.name, &group);
  for (const Hop& hop : topology.hops) hops_.insert(hop.name);
  for (std::string& hop : topology.ProtectedHops()) protected_hops_.insert(std::move(hop));
}

const Group* ProposalRules::FindGroup(absl::string_view name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : found->second;
}

Judgement ProposalRules::Check(const Proposal& proposal) const {
  if (proposal.groups.size() > kMaxGroups) {
    return {ProposalResult::kTooMany, absl::StrCat("given ", proposal.groups.size(),
                                                   " groups, expected at most ", kMaxGroups)};
  }
  if (proposal.hop_states.size() > kMaxHopStates) {
    return {ProposalResult::kTooMany,
            absl::StrCat("given ", proposal.hop_states.size(), " hop states, expected at most ",
                         kMaxHopStates)};
  }
  if (const std::string* group = FindRepeated(proposal.groups, &GroupWish::group)) {
    return Invalid(absl::StrCat("group ", Quoted(*group), " is given twice"));
  }
  if (const std::string* hop = FindRepeated(proposal.hop_states, &HopWish::hop)) {
    return Invalid(absl::StrCat("hop ", Quoted(*hop), " is given two states"));
  }
  for (const GroupWish& wish : proposal.groups) {
    const std::string error = CheckGroup(wish);
    if (!error.empty()) return Invalid(absl::StrCat("group ", Quoted(wish.group), ": ", error));
  }
  for (const HopWish& wish : proposal.hop_states) {
    const std::string error = CheckHopState(wish);
    if (!error.empty()) return Invalid(absl::StrCat("hop ", Quoted(wish.hop), ": ", error));
  }
  return {};
}

std::string ProposalRules::CheckGroup(const GroupWish& wish) const {
  const Group* group = FindGroup(wish.group);
  if (group == nullptr) return "not in the router's configuration";
  if (wish.origin == Origin::kUnset) return "expected an origin";
  const std::vector<std::string> routes = group->Routes();
  if (wish.shares.size() > routes.size()) {
    return absl::StrCat("given ", wish.shares.size(), " shares, expected at most one for each of ",
                        absl::StrJoin(routes, ", "));
  }
  int sum = 0;
  absl::flat_hash_set<absl::string_view> drawn;
  for (const Share& share : wish.shares) {
    if (!absl::c_linear_search(routes, share.route)) {
      return absl::StrCat("given route ", Quoted(share.route), ", expected one of ",
                          absl::StrJoin(routes, ", "));
    }
    if (!drawn.insert(share.route).second) {
      return absl::StrCat("route ", Quoted(share.route), " is given two shares");
    }
    if (share.percent < 0 || share.percent > 100) {
      return absl::StrCat("route ", Quoted(share.route), ": given ", share.percent,
                          " %, expected 0 to 100");
    }
    sum += share.percent;
  }
  if (sum != 100) return absl::StrCat("given shares that sum to ", sum, " %, expected 100");
  return CheckReason(wish.reason);
}

std::string ProposalRules::CheckHopState(const HopWish& wish) const {
  if (!hops_.contains(wish.hop)) return "not in the router's configuration";
  switch (wish.state) {
    case HopState::kUnset:
      return "expected a state";
    case HopState::kNormal:
      return CheckReason(wish.reason);
    case HopState::kLastInRoute:
    case HopState::kAfterBackups:
      break;
  }
  if (protected_hops_.contains(wish.hop)) {
    return "is a hop of a backup route or of an emergency table, which no hop state may touch";
  }
  if (wish.percent < 1 || wish.percent > 100) {
    return absl::StrCat("given ", wish.percent, " %, expected 1 to 100");
  }
  return CheckReason(wish.reason);
}

}  // namespace dialtone::router
