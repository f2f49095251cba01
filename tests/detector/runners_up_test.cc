#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/hypothesis.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

TEST(RunnersUp, AreNamedBestFirstWithWhyTheyLost) {
  Scene scene;
  scene.Quiet(20);
  scene.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  const std::vector<Hypothesis> found =
      Hypotheses(scene.fleet, scene.observations, scene.attendance, scene.now);
  ASSERT_EQ(found.size(), 1U);
  const std::vector<RunnerUp> lost =
      RunnersUp(scene.fleet, scene.observations, scene.attendance, found[0], scene.now);
  ASSERT_GE(lost.size(), 2U);
  EXPECT_LE(lost.size(), 5U);
  for (std::size_t i = 1; i < lost.size(); ++i) EXPECT_GE(lost[i - 1].score, lost[i].score);
  bool network = false;
  bool hub = false;
  for (const RunnerUp& one : lost) {
    EXPECT_FALSE(one.why.empty());
    if (Domains::IsNetwork(one.domain)) {
      network = true;
      EXPECT_THAT(one.why, HasSubstr("answers")) << "a witness acquits the network";
    }
    if (one.domain == FaultDomain::kHub) {
      hub = true;
      EXPECT_THAT(one.why, HasSubstr("explains less"));
      EXPECT_NE(one.hub, kNone);
    }
  }
  EXPECT_TRUE(network || hub);
}

TEST(RunnersUp, WhatExplainsAsMuchIsNotSaidToExplainLess) {
  Scene scene;
  scene.Quiet(20);
  scene.Rounds(3, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  std::vector<Hypothesis> found =
      Hypotheses(scene.fleet, scene.observations, scene.attendance, scene.now);
  ASSERT_EQ(found.size(), 1U);
  const auto hub = [&] {
    for (const RunnerUp& one :
         RunnersUp(scene.fleet, scene.observations, scene.attendance, found[0], scene.now)) {
      if (one.domain == FaultDomain::kHub) return one;
    }
    return RunnerUp{};
  };
  EXPECT_THAT(hub().why, HasSubstr("explains less"));
  found[0].score = hub().score;
  EXPECT_THAT(hub().why, HasSubstr("explains no more"));
}

}  // namespace
}  // namespace dialtone::detector
