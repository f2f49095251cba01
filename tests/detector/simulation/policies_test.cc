#include "detector/simulation/policies.h"

#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

TEST(Policies, TheLaboratoryActsAndProbesEverySecond) {
  const Policy policy = LaboratoryPolicy();
  EXPECT_TRUE(policy.may_act);
  EXPECT_EQ(policy.microsoft_interval, absl::Seconds(1));
  EXPECT_EQ(policy.persistence_wide, Policy().persistence_wide) << "all else as shipped";
}

}  // namespace
}  // namespace dialtone::detector::simulation
