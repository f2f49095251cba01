#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/evidence.h"
#include "tests/detector/judged_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

bool Nothing(SiteIndex, TargetIndex) { return false; }

class DiagnosisEvidenceTest : public JudgedScene {
 protected:
  const Diagnosis& only() const { return active()[0].diagnosis; }
  static int MostProbes(const Diagnosis& diagnosis) {
    int most = 0;
    for (const Evidence& one : diagnosis.evidence) most = std::max(most, one.probes);
    return most;
  }
};

TEST_F(DiagnosisEvidenceTest, InForceItIsAsNewAsASecondAndTheSentenceStays) {
  Judge(3, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  const int before = MostProbes(only());
  const std::string sentence = only().sentence;
  EXPECT_THAT(sentence, HasSubstr("hub1"));
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_GE(MostProbes(only()), before + 4);
  EXPECT_EQ(only().sentence, sentence);
  for (const Evidence& one : only().evidence) EXPECT_GT(one.probes, 0);
}

TEST_F(DiagnosisEvidenceTest, WhatIsRememberedOfOneThatEndedIsTheFaultNotItsRecovery) {
  Judge(6, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  Judge(20, Nothing);
  ASSERT_THAT(active(), SizeIs(0));
  const Diagnosis& over = scene_.diagnostician.past()[0];
  ASSERT_TRUE(HasBad(over.evidence));
  EXPECT_GE(over.evidence[0].bad, over.evidence[0].probes - 1);
}

TEST_F(DiagnosisEvidenceTest, OneFromTheJournalKeepsItsSentenceAndGetsEvidence) {
  Judge(6, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  std::map<std::string, std::string> journal;
  scene_.diagnostician.Save(&journal);
  const std::string sentence = only().sentence;
  Diagnostician restored(scene_.fleet);
  restored.Restore(journal, scene_.observations, scene_.now);
  scene_.Rounds(2, Hubs);
  Agenda agenda(scene_.now);
  restored.Update(&scene_.observations, scene_.attendance, &agenda);
  ASSERT_THAT(restored.active(), SizeIs(1));
  EXPECT_TRUE(HasBad(restored.active()[0].diagnosis.evidence));
  EXPECT_EQ(restored.active()[0].diagnosis.sentence, sentence);
}

TEST_F(DiagnosisEvidenceTest, ASuspicionComesWithEvidence) {
  const std::vector<Diagnosis> changes = Judge(8, Hubs);
  ASSERT_FALSE(changes.empty());
  for (const Diagnosis& change : changes) {
    EXPECT_TRUE(HasBad(change.evidence)) << change.sentence;
    EXPECT_THAT(change.sentence, HasSubstr(" from ")) << change.sentence;
  }
}

}  // namespace
}  // namespace dialtone::detector
