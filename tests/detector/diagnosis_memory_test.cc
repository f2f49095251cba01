#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/diagnosis.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

bool Hubs(SiteIndex, TargetIndex target) { return IsHub(target); }

class DiagnosisMemoryTest : public ::testing::Test {
 protected:
  DiagnosisMemoryTest() { scene_.Quiet(20); }

  // Rounds, judged after each; what changed meanwhile.
  template <typename IsLost>
  std::vector<Diagnosis> Judge(int seconds, const IsLost& is_lost) {
    std::vector<Diagnosis> changes;
    for (int i = 0; i < seconds; ++i) {
      scene_.Rounds(1, is_lost);
      for (const DiagnosisChange& change : scene_.Diagnose()) changes.push_back(change.diagnosis);
    }
    return changes;
  }
  const std::vector<ActiveDiagnosis>& active() const { return scene_.diagnostician.active(); }

  Scene scene_;
};

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
