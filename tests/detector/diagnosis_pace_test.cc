// When the diagnoses are judged anew, and when not.
#include "gtest/gtest.h"

#include "tests/detector/judged_scene.h"

namespace dialtone::detector {
namespace {

class DiagnosisPaceTest : public JudgedScene {
 protected:
  // Whether all is judged now.
  bool IsJudged() {
    const std::uint64_t before = scene_.diagnostician.revision();
    scene_.Diagnose();
    return scene_.diagnostician.revision() != before;
  }
  void IsJudgedAfter(absl::Duration pause) {
    scene_.now += pause - absl::Milliseconds(1);
    EXPECT_FALSE(IsJudged());
    scene_.now += absl::Milliseconds(1);
    EXPECT_TRUE(IsJudged());
  }
  void Suspect() {
    Judge(2, [](SiteIndex site, TargetIndex target) { return Hubs(site, target) && site == 0; });
    ASSERT_FALSE(active().empty());
    ASSERT_EQ(active()[0].diagnosis.state, DiagnosisState::kSuspected);
    scene_.now += Diagnostician::kLookAgain;
    ASSERT_TRUE(IsJudged());
  }
};

TEST_F(DiagnosisPaceTest, WithoutAnySignNothingIsJudged) {
  EXPECT_FALSE(IsJudged());
  scene_.now += absl::Hours(1);
  EXPECT_FALSE(IsJudged());
}

TEST_F(DiagnosisPaceTest, BadNewsWaitsForTheLeastPause) {
  Suspect();
  scene_.Lose(0, Story::kHub1);
  IsJudgedAfter(Diagnostician::kLeastPause);
}

TEST_F(DiagnosisPaceTest, GoodNewsWaitsLonger) {
  Suspect();
  scene_.Answer(0, Story::kHub1);
  IsJudgedAfter(Diagnostician::kLookAgain);
}

TEST_F(DiagnosisPaceTest, OnceAllIsConfirmedEvenBadNewsWaits) {
  Judge(10, Hubs);
  ASSERT_EQ(active()[0].diagnosis.state, DiagnosisState::kConfirmed);
  scene_.now += absl::Seconds(1);
  ASSERT_TRUE(IsJudged());
  scene_.Lose(0, Story::kHub1);
  IsJudgedAfter(Diagnostician::kSettledPause);
}

}  // namespace
}  // namespace dialtone::detector
