// The plan of a group: in which order its calls try which routes, and the text of it that the voice
// layer keeps in its table `grp`.
//
//   RECORD = E;PLAN;[PLAN]              E 0: the first plan is in force. Else the first is in force
//   once
//                                       ctl.commit >= E, and until then the second
//   PLAN   = FLAGS|SHARE/SHARE...       FLAGS: i (hop states do not apply) or -
//   SHARE  = PERCENT:ROUTE,ROUTE...     routes in the order to be tried; the percents sum to 100
//
// Example: 7;-|25:teams,pbx/75:pbx,teams;-|100:pbx,teams
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "router/topology.h"

namespace dialtone::router {

// A share of a group's calls.
struct Share {
  std::string route;
  int percent = 0;

  bool operator==(const Share&) const = default;
};

// The calls that drew one route, and what else they try when it fails.
struct PlanShare {
  int percent = 0;
  std::vector<std::string> routes;  // the first is the one drawn

  bool operator==(const PlanShare&) const = default;
};

// See the head of this file. A plan has at least one share.
struct Plan {
  bool ignore_hop_states = false;
  std::vector<PlanShare> shares;

  bool operator==(const Plan&) const = default;

  // Which route is drawn by how many calls.
  std::vector<Share> Drawn() const;
};

// Two plans of a group, and which of them is in force.
struct PlanRecord {
  uint64_t commit = 0;  // E
  Plan plan;
  std::optional<Plan> before;  // in force until E is committed

  bool operator==(const PlanRecord&) const = default;

  // The plan in force when the commit counter stands at `committed`.
  const Plan& InForce(uint64_t committed) const;
};

// The plan of `group` for `shares` (which sum to 100 and are of its routes). Each share tries the
// route it drew, then the group's other routes in their order; the home route is last unless drawn.
// Shares stand in the group's order of routes, so that the calls at home stay at home as their
// share grows.
Plan MakePlan(const Group& group, const std::vector<Share>& shares, bool ignore_hop_states);

// All calls at home.
Plan HomePlan(const Group& group);

// Whether every route of `plan` may carry `group`.
bool PlanFits(const Plan& plan, const Group& group);

std::string FormatPlan(const Plan& plan);
std::string FormatRecord(const PlanRecord& record);

// Nothing for a text that is not exactly as above.
std::optional<Plan> ParsePlan(absl::string_view text);
std::optional<PlanRecord> ParseRecord(absl::string_view text);

}  // namespace dialtone::router
