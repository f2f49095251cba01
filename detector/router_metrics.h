// Metrics of the calls to one router.
#pragma once

#include <array>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace dialtone::detector {

// The calls that the detector makes: label `method`.
enum class RouterMethod { kSetRoutes, kReadRoutes, kRenewHopStates };
inline constexpr int kRouterMethods = 3;
inline constexpr std::array<const char*, kRouterMethods> kRouterMethodNames = {
    "SetRoutes", "ReadRoutes", "RenewHopStates"};

class RouterMetrics {
 public:
  // `router`: name of the voice layer. Families are registered once and shared.
  RouterMetrics(prometheus::Registry* registry, std::string router);

  void Ended(RouterMethod method, double seconds);
  // `code`: gRPC's, in capitals. Failures are rare: their series are made when they come.
  void Failed(RouterMethod method, const std::string& code);

 private:
  const std::string router_;
  std::array<prometheus::Histogram*, kRouterMethods> durations_;
  prometheus::Family<prometheus::Counter>* failures_;
};

}  // namespace dialtone::detector
