#include "detector/simulation/policies.h"

namespace dialtone::detector::simulation {

Policy LaboratoryPolicy() {
  Policy policy;
  policy.may_act = true;
  policy.microsoft_interval = absl::Seconds(1);
  policy.burst_interval = absl::Milliseconds(200);
  policy.burst_duration = absl::Seconds(2);
  return policy;
}

}  // namespace dialtone::detector::simulation
