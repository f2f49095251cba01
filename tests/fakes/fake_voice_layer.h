// A voice layer that holds plans and hop states, and fails when told to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "router/voice_layer.h"

namespace dialtone::router {

class FakeVoiceLayer final : public VoiceLayer {
 public:
  absl::StatusOr<VoiceLayerLook> Look() override {
    ++looks;
    if (!fails_at_look.ok()) return fails_at_look;
    VoiceLayerLook look{.start = absl::StrCat("start ", start),
                        .counters = counters,
                        .numbers_current = numbers_current};
    for (const auto& [hop, state] : hop_states) look.hop_states.push_back(state);
    return look;
  }

  absl::StatusOr<std::vector<PlanReading>> ReadPlans(
      const std::vector<std::string>& groups) override {
    std::vector<PlanReading> readings;
    for (const std::string& group : groups) {
      readings.push_back(
          {group, plans.contains(group) ? std::optional(plans[group]) : std::nullopt});
    }
    reads.push_back(groups);
    return readings;
  }

  absl::StatusOr<std::vector<PlanReading>> Apply(const std::vector<GroupPlan>& wanted) override {
    calls.push_back("apply");
    if (!fails_at_apply.ok()) return fails_at_apply;
    std::vector<PlanReading> readings;
    for (const GroupPlan& plan : wanted) {
      const auto found = plans.find(plan.group);
      if (found != plans.end() && found->second == plan.plan) continue;
      plans[plan.group] = plan.plan;
      readings.push_back({plan.group, plan.plan});
      ++writes;
    }
    return readings;
  }

  absl::Status Keep(const std::vector<GroupPlan>&) override {
    calls.push_back("keep");
    return fails_at_keep;
  }

  absl::Status SetHopStates(const std::vector<HopWish>& states) override {
    if (!fails_at_hop_states.ok()) return fails_at_hop_states;
    for (const HopWish& wish : states) {
      hop_states[wish.hop] = {wish.hop, wish.state, wish.percent};
      calls.push_back(absl::StrCat("set ", wish.hop));
    }
    return absl::OkStatus();
  }

  absl::Status ClearHopStates(const std::vector<std::string>& hops) override {
    for (const std::string& hop : hops) {
      hop_states.erase(hop);
      calls.push_back(absl::StrCat("clear ", hop));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> LoadNumbers() override {
    calls.push_back("numbers");
    if (pieces_left > 0) --pieces_left;
    numbers_current = pieces_left == 0;
    return numbers_current;
  }

  // What was called since the last look into it, reads left out.
  std::vector<std::string> Calls() { return std::exchange(calls, {}); }

  int start = 1;
  std::map<std::string, Plan> plans;
  std::map<std::string, HopReading> hop_states;
  std::vector<HopCounters> counters;
  bool numbers_current = true;
  int pieces_left = 0;
  absl::Status fails_at_look, fails_at_apply, fails_at_keep, fails_at_hop_states;

  int looks = 0;
  int writes = 0;
  std::vector<std::vector<std::string>> reads;
  std::vector<std::string> calls;
};

}  // namespace dialtone::router
