#include "detector/operator_metrics.h"

namespace dialtone::detector {

OperatorMetrics::OperatorMetrics(prometheus::Registry* registry)
    : requests_(&prometheus::BuildCounter()
                     .Name("dialtone_operator_requests_total")
                     .Help("Operator calls by role and result.")
                     .Register(*registry)) {
  for (const char* method : kOperatorMethodNames) {
    requests_->Add({{"method", method}, {"role", "operator"}, {"result", "OK"}});
  }
}

// Humans ask rarely: looking the series up each time costs nothing.
void OperatorMetrics::Ended(OperatorMethod method, const std::string& role,
                            const std::string& result) {
  requests_
      ->Add({{"method", kOperatorMethodNames[static_cast<size_t>(method)]},
             {"role", role},
             {"result", result}})
      .Increment();
}

}  // namespace dialtone::detector
