#include "detector/router_metrics.h"

#include <utility>

namespace dialtone::detector {

RouterMetrics::RouterMetrics(prometheus::Registry* registry, std::string router)
    : router_(std::move(router)) {
  auto& durations = prometheus::BuildHistogram()
                        .Name("dialtone_detector_router_request_duration_seconds")
                        .Help("Latency of router calls.")
                        .Register(*registry);
  for (size_t i = 0; i < durations_.size(); ++i) {
    durations_[i] = &durations.Add({{"router", router_}, {"method", kRouterMethodNames[i]}},
                                   prometheus::Histogram::BucketBoundaries{
                                       0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 10});
  }
  failures_ = &prometheus::BuildCounter()
                   .Name("dialtone_detector_router_request_failures_total")
                   .Help("Router calls that failed, by gRPC status code.")
                   .Register(*registry);
}

void RouterMetrics::Ended(RouterMethod method, double seconds) {
  durations_[static_cast<size_t>(method)]->Observe(seconds);
}

void RouterMetrics::Failed(RouterMethod method, const std::string& code) {
  failures_
      ->Add({{"router", router_},
             {"method", kRouterMethodNames[static_cast<size_t>(method)]},
             {"code", code}})
      .Increment();
}

}  // namespace dialtone::detector
