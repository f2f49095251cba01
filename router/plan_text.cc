#include "router/plan_text.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/check.h"

namespace dialtone::router {
namespace {

// Digits only: SimpleAtoi would take a sign and spaces.
template <typename Integer>
bool ParseCount(absl::string_view text, Integer* value) {
  const bool digits =
      !text.empty() && absl::c_all_of(text, [](unsigned char c) { return absl::ascii_isdigit(c); });
  return digits && absl::SimpleAtoi(text, value);
}

std::optional<PlanShare> ParseShare(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  PlanShare share;
  if (parts.size() != 2 || !ParseCount(parts[0], &share.percent)) return std::nullopt;
  if (share.percent < 1 || share.percent > 100) return std::nullopt;
  share.routes = absl::StrSplit(parts[1], ',');
  if (absl::c_linear_search(share.routes, "")) return std::nullopt;
  return share;
}

}  // namespace

std::vector<Share> Plan::Drawn() const {
  std::vector<Share> drawn;
  for (const PlanShare& share : shares) drawn.push_back({share.routes.front(), share.percent});
  return drawn;
}

const Plan& PlanRecord::InForce(uint64_t committed) const {
  return commit <= committed || !before ? plan : *before;
}

Plan MakePlan(const Group& group, const std::vector<Share>& shares, bool ignore_hop_states) {
  Plan plan{.ignore_hop_states = ignore_hop_states, .shares = {}};
  for (const std::string& drawn : group.Routes()) {
    const auto share =
        absl::c_find_if(shares, [&](const Share& candidate) { return candidate.route == drawn; });
    if (share == shares.end() || share->percent == 0) continue;
    PlanShare& planned = plan.shares.emplace_back(PlanShare{share->percent, {drawn}});
    const auto then = [&](const std::string& route) {
      if (route != drawn) planned.routes.push_back(route);
    };
    absl::c_for_each(group.backup_routes, then);
    then(group.home_route);
  }
  CHECK(!plan.shares.empty()) << "no share of group " << group.name << " is of its routes";
  return plan;
}

Plan HomePlan(const Group& group) {
  return MakePlan(group, {{group.home_route, 100}}, /*ignore_hop_states=*/false);
}

bool PlanFits(const Plan& plan, const Group& group) {
  const std::vector<std::string> routes = group.Routes();
  return absl::c_all_of(plan.shares, [&](const PlanShare& share) {
    return absl::c_all_of(share.routes, [&](const std::string& route) {
      return absl::c_linear_search(routes, route);
    });
  });
}

std::string FormatPlan(const Plan& plan) {
  return absl::StrCat(plan.ignore_hop_states ? "i|" : "-|",
                      absl::StrJoin(plan.shares, "/", [](std::string* out, const PlanShare& share) {
                        absl::StrAppend(out, share.percent, ":", absl::StrJoin(share.routes, ","));
                      }));
}

std::string FormatRecord(const PlanRecord& record) {
  return absl::StrCat(record.commit, ";", FormatPlan(record.plan), ";",
                      record.before ? FormatPlan(*record.before) : "");
}

std::optional<Plan> ParsePlan(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '|');
  if (parts.size() != 2 || (parts[0] != "-" && parts[0] != "i")) return std::nullopt;
  Plan plan{.ignore_hop_states = parts[0] == "i", .shares = {}};
  int sum = 0;
  for (absl::string_view part : absl::StrSplit(parts[1], '/')) {
    std::optional<PlanShare> share = ParseShare(part);
    if (!share) return std::nullopt;
    const bool drawn_twice = absl::c_any_of(plan.shares, [&](const PlanShare& other) {
      return other.routes.front() == share->routes.front();
    });
    if (drawn_twice) return std::nullopt;
    sum += share->percent;
    plan.shares.push_back(*std::move(share));
  }
  if (sum != 100) return std::nullopt;
  return plan;
}

std::optional<PlanRecord> ParseRecord(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ';');
  PlanRecord record;
  if (parts.size() != 3 || !ParseCount(parts[0], &record.commit)) return std::nullopt;
  std::optional<Plan> plan = ParsePlan(parts[1]);
  if (!plan) return std::nullopt;
  record.plan = *std::move(plan);
  if (parts[2].empty()) return record;
  record.before = ParsePlan(parts[2]);
  if (!record.before) return std::nullopt;
  return record;
}

}  // namespace dialtone::router
