// Metrics of what operators ask for.
#pragma once

#include <array>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/registry.h"

namespace dialtone::detector {

// The calls of operator.proto: label `method`.
enum class OperatorMethod {
  kStatus,
  kSites,
  kExplain,
  kPlan,
  kApply,
  kHold,
  kFreeze,
  kWatch,
  kHistory
};
inline constexpr int kOperatorMethods = 9;
inline constexpr std::array<const char*, kOperatorMethods> kOperatorMethodNames = {
    "Status", "Sites", "Explain", "Plan", "Apply", "Hold", "Freeze", "Watch", "History"};

class OperatorMetrics {
 public:
  explicit OperatorMetrics(prometheus::Registry* registry);

  // `result`: gRPC's code, in capitals.
  void Ended(OperatorMethod method, const std::string& role, const std::string& result);

 private:
  prometheus::Family<prometheus::Counter>* requests_;
};

}  // namespace dialtone::detector
