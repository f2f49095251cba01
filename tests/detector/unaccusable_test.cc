#include "detector/unaccusable.h"

#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class UnaccusableTest : public ::testing::Test {
 protected:
  UnaccusableTest() { scene_.Quiet(20); }
  std::optional<Hypothesis> Ask() {
    return Unaccusable(scene_.fleet, scene_.observations, Story::kLon);
  }
  static bool IsInternet(TargetIndex target) {
    return target == Story::kPing || target == Story::kTcp;
  }

  Scene scene_;
};

TEST_F(UnaccusableTest, TeamsAndEveryWitnessFailTogether) {
  scene_.Rounds(20, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && (IsHub(target) || IsInternet(target));
  });
  const std::optional<Hypothesis> unknown = Ask();
  ASSERT_TRUE(unknown.has_value());
  EXPECT_EQ(unknown->name, FaultDomain::kUnknown);
  EXPECT_TRUE(unknown->is_confirmed);
  EXPECT_EQ(unknown->scope_name, "lon");
}

TEST_F(UnaccusableTest, WhileAWitnessAnswersItIsNotAsked) {
  scene_.Rounds(20, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && (IsHub(target) || target == Story::kPing);
  });
  EXPECT_FALSE(Ask().has_value());
}

TEST_F(UnaccusableTest, WitnessesAloneAreNoFault) {
  scene_.Rounds(20, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && IsInternet(target);
  });
  EXPECT_FALSE(Ask().has_value());
}

}  // namespace
}  // namespace dialtone::detector
