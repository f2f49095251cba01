#include "detector/simulation/router.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {

Router::Router(VoiceLayerIndex voice_layer, const Fleet& fleet, bool has_calls, absl::Time now)
    : has_calls_(has_calls), show_at_(now) {
  report_.voice_layer = voice_layer;
  report_.voice_layer_up = true;
  RouteHops home = {.route = kHomeRoute};
  for (const Target& target : fleet.targets) {
    if (target.role == TargetRole::kTeamsHub) home.hops.push_back(target.hop);
  }
  report_.routes = {std::move(home), {.route = kBackupRoute, .hops = {kBackupHop}}};
  for (const Group& group : fleet.groups) {
    if (group.voice_layer != voice_layer) continue;
    report_.groups.push_back({.group = group.name,
                              .home_route = kHomeRoute,
                              .backup_routes = {kBackupRoute},
                              .numbers = 100,
                              .confirmed = {{.route = kHomeRoute, .percent = 100}},
                              .in_sync = true});
  }
}

void Router::OnWish(const Wish& wish, std::uint64_t epoch, absl::Time now) {
  const auto version = std::pair(epoch, wish.generation);
  const bool is_older = version < std::pair(report_.epoch, report_.generation);
  answers_.push_back(
      {.voice_layer = report_.voice_layer,
       .generation = wish.generation,
       .result = is_older ? SetRoutesEnded::Result::kRefused : SetRoutesEnded::Result::kDone,
       .error = is_older ? "older than the table in force" : ""});
  answer_at_ = std::min(answer_at_, now + kAnswers);
  if (is_older) return;
  report_.epoch = epoch;
  report_.generation = wish.generation;
  for (RouterGroup& group : report_.groups) group.in_sync = false;
  accepted_ = wish;
  confirm_at_ = now + kConfirms;
}

void Router::OnRenewal(const LeaseRenewal& renewal, absl::Time now) {
  if (renewal.generation == report_.generation && lease_end_ < absl::InfiniteFuture()) {
    lease_end_ = now + kLease;
  }
}

std::vector<Event> Router::Step(absl::Time now, const std::vector<Calls>& calls) {
  std::vector<Event> events;
  if (now >= answer_at_) {
    for (SetRoutesEnded& answer : std::exchange(answers_, {})) events.push_back(std::move(answer));
    answer_at_ = absl::InfiniteFuture();
  }
  if (now >= confirm_at_) {
    Apply(now, calls);
    show_at_ = now;
  }
  if (now >= lease_end_) {
    wanted_hops_.clear();
    report_.hop_states.clear();
    report_.refused_hop_states.clear();
    lease_end_ = absl::InfiniteFuture();
    show_at_ = now;
  }
  if (now >= show_at_) {
    JudgeSkips(calls);
    report_.hop_calls.clear();
    for (std::size_t hub = 0; has_calls_ && hub < calls.size(); ++hub) {
      report_.hop_calls.push_back(
          {.hop = report_.routes.front().hops[hub],
           .sent = static_cast<std::uint64_t>(std::llround(calls[hub].sent)),
           .answered = static_cast<std::uint64_t>(std::llround(calls[hub].answered))});
    }
    events.push_back(report_);
    show_at_ = has_calls_ ? now + kShowsCalls : absl::InfiniteFuture();
  }
  return events;
}

absl::Time Router::NextWake() const {
  return std::min({answer_at_, confirm_at_, lease_end_, show_at_});
}

void Router::Apply(absl::Time now, const std::vector<Calls>& calls) {
  const Wish wish = *std::exchange(accepted_, std::nullopt);
  confirm_at_ = absl::InfiniteFuture();
  for (RouterGroup& group : report_.groups) {
    for (const GroupRoute& route : wish.groups) {
      if (route.group != group.group) continue;
      group.wanted = route;
      group.confirmed = route.shares;
    }
    group.in_sync = true;
  }
  wanted_hops_ = wish.hop_states;
  lease_end_ = wanted_hops_.empty() ? absl::InfiniteFuture() : now + kLease;
  JudgeSkips(calls);
}

// The wanted hop states, without skips of hops that answer calls.
void Router::JudgeSkips(const std::vector<Calls>& calls) {
  report_.hop_states.clear();
  report_.refused_hop_states.clear();
  const std::vector<std::string>& hubs = report_.routes.front().hops;
  for (const HopStateEntry& wanted : wanted_hops_) {
    const auto hub =
        static_cast<std::size_t>(std::find(hubs.begin(), hubs.end(), wanted.hop) - hubs.begin());
    const Calls of_hub = hub < calls.size() ? calls[hub] : Calls{};
    if (wanted.state == HopState::kAfterBackups && of_hub.sent >= kMinCalls &&
        of_hub.answered >= kAnsweredShare * of_hub.sent) {
      report_.refused_hop_states.push_back(
          {.hop = wanted.hop, .reason = absl::StrCat(wanted.hop, " answers calls")});
    } else {
      report_.hop_states.push_back(wanted);
    }
  }
}

int Router::backup_percent() const {
  int percent = 0;
  for (const RouterGroup& group : report_.groups) {
    for (const Share& share : group.confirmed) {
      if (share.route != group.home_route) percent += share.percent;
    }
  }
  return percent;
}

HopState Router::StateOf(const std::string& hop) const {
  for (const HopStateEntry& entry : report_.hop_states) {
    if (entry.hop == hop) return entry.state;
  }
  return HopState::kNormal;
}

}  // namespace dialtone::detector::simulation
