// Carries out what operators order: plan first, then exactly that plan.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "detector/chronicle.h"
#include "detector/effects.h"
#include "detector/facts.h"
#include "detector/holds.h"
#include "detector/plan.h"

namespace dialtone::detector {

// Remembers the plans that operators were shown, for two minutes, and applies one only if it would
// still do the same. A human may move what is frozen, held or capped; nobody moves to a backup that
// is not proven.
class Orders {
 public:
  static constexpr absl::Duration kPlanLasts = absl::Minutes(2);
  static constexpr std::size_t kMostPlans = 100;
  static constexpr std::size_t kMostEffects = 100;  // sentences of a hold's answer

  explicit Orders(std::uint64_t epoch) : epoch_(epoch) {}

  OperatorAnswer Handle(const OperatorPlan& order, const Facts& facts, absl::Time now);
  OperatorAnswer Handle(const OperatorApply& order, const Facts& facts, absl::Time now, Plan* plan,
                        Holds* holds, Chronicle* chronicle);
  OperatorAnswer Handle(const OperatorHold& order, const Facts& facts, absl::Time now, Plan* plan,
                        Holds* holds, Chronicle* chronicle);
  static OperatorAnswer Handle(const OperatorFreeze& order, absl::Time now, Holds* holds,
                               Chronicle* chronicle);

 private:
  // What a plan rests on: when it reads the same, the plan still does the same.
  struct Shown {
    OperatorPlan order = {};
    std::vector<PlannedMove> moves = {};
    absl::Time until = {};
  };

  const std::uint64_t epoch_;
  std::uint64_t last_plan_ = 0;
  std::map<std::string, Shown> shown_;
};

// The route that takes most of the calls of `shares`; empty when there are none.
std::string MainRoute(const std::vector<Share>& shares);

}  // namespace dialtone::detector
