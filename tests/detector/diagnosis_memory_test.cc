#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/diagnosis.h"
#include "tests/detector/judged_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DiagnosisMemoryTest : public JudgedScene {};

TEST_F(DiagnosisMemoryTest, ConfirmedOnesSurviveARestart) {
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  std::map<std::string, std::string> journal;
  scene_.diagnostician.Save(&journal);
  Diagnostician restored(scene_.fleet);
  restored.Restore(journal, scene_.observations, scene_.now);
  ASSERT_THAT(restored.active(), SizeIs(1));
  const ActiveDiagnosis& before = active()[0];
  const ActiveDiagnosis& after = restored.active()[0];
  EXPECT_EQ(after.diagnosis.id, before.diagnosis.id);
  EXPECT_EQ(after.diagnosis.domain, before.diagnosis.domain);
  EXPECT_EQ(after.diagnosis.scope, before.diagnosis.scope);
  EXPECT_EQ(after.diagnosis.sites, before.diagnosis.sites);
  EXPECT_EQ(after.diagnosis.sentence, before.diagnosis.sentence);
  EXPECT_EQ(after.diagnosis.state, DiagnosisState::kConfirmed);
  EXPECT_EQ(after.lasts_since, before.lasts_since);
  EXPECT_EQ(after.domain, before.domain);
}

TEST_F(DiagnosisMemoryTest, WhatTheConfigurationNoLongerKnowsIsDropped) {
  Judge(5, [](SiteIndex, TargetIndex target) { return target == Story::kHub2; });
  ASSERT_THAT(active(), SizeIs(1));
  std::map<std::string, std::string> journal;
  scene_.diagnostician.Save(&journal);
  Scene other;
  other.fleet.targets[Story::kHub2].name = "renamed";
  Diagnostician restored(other.fleet);
  restored.Restore(journal, other.observations, other.now);
  EXPECT_THAT(restored.active(), IsEmpty());
  restored.Restore({{"diagnosis/7", "nonsense"}}, other.observations, other.now);
  EXPECT_THAT(restored.active(), IsEmpty());
}

}  // namespace
}  // namespace dialtone::detector
