#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/observations.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;

// What is due at all sites within one turn.
std::map<std::string, std::string> Due(Scene* scene) {
  std::map<std::string, std::string> due;
  for (std::size_t i = 0; i < scene->fleet.sites.size(); ++i) {
    due.merge(scene->observations.LearnedNow(scene->now));
  }
  return due;
}

TEST(Learned, IsSavedSiteBySiteOnceAnHourWhenThereIsSomethingToSave) {
  Scene scene;
  scene.Quiet(100);
  EXPECT_THAT(Due(&scene), IsEmpty()) << "too little to be worth it";
  scene.Quiet(300);
  EXPECT_EQ(Due(&scene).size(), scene.fleet.sites.size());
  scene.Quiet(10);
  EXPECT_THAT(Due(&scene), IsEmpty());
  scene.now += Observations::kSaveEvery;
  EXPECT_EQ(Due(&scene).size(), scene.fleet.sites.size());
}

TEST(Learned, SurvivesARestart) {
  Scene before;
  int count = 0;
  before.Rounds(400, [&count](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target == Story::kTcp && ++count % 20 == 0;
  });
  const std::map<std::string, std::string> journal = Due(&before);
  Scene after;
  after.observations.Restore(journal);
  const double known = before.observations.Find(Story::kLon, Story::kTcp)->baseline();
  EXPECT_GT(known, 0.02);
  EXPECT_NEAR(after.observations.Find(Story::kLon, Story::kTcp)->baseline(), known, 1e-4);
  EXPECT_NEAR(after.observations.link(Story::kLon).tau_seconds(),
              before.observations.link(Story::kLon).tau_seconds(), 1e-4);
  const double lost = before.observations.link(Story::kLon).usual_loss();
  EXPECT_GT(lost, 0.002);
  EXPECT_NEAR(after.observations.link(Story::kLon).usual_loss(), lost, 1e-4);
}

TEST(Learned, NonsenseTeachesNothing) {
  Scene scene;
  const double before = scene.observations.Find(Story::kLon, Story::kHub1)->baseline();
  scene.observations.Restore({{"learned/lon", "a\tb\t-1\tinf\tnan\t1e30\t5\t9\thub1\t-5\tx"},
                              {"learned/par", ""},
                              {"learned/nowhere", "1\t1\t1\t1\t1\t1"}});
  EXPECT_EQ(scene.observations.Find(Story::kLon, Story::kHub1)->baseline(), before);
  EXPECT_LT(scene.observations.link(Story::kLon).usual_loss(), 0.1) << "of 5 requests 9 were lost";
}

}  // namespace
}  // namespace dialtone::detector
