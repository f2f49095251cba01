#include "detector/group_names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

TEST(GroupNames, AreSaidInTheOrderGiven) {
  const Fleet fleet = Story::LabFleet();
  EXPECT_EQ(Names(fleet, {2, 0}), "g-nyc, g-lon");
  EXPECT_EQ(Names(fleet, {}), "");
  EXPECT_THAT(NameList(fleet, {2, 0}), ElementsAre("g-nyc", "g-lon"));
}

}  // namespace
}  // namespace dialtone::detector
