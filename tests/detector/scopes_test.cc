#include "detector/scopes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

Fleet FleetOf(const std::vector<std::pair<std::string, std::string>>& isps_and_regions) {
  Fleet fleet;
  for (const auto& [isp, region] : isps_and_regions) {
    fleet.sites.push_back({.name = "s", .region = region, .isp = isp});
  }
  return fleet;
}

TEST(Scopes, AreEveryoneThenRegionsThenIsps) {
  const Scopes scopes(
      FleetOf({{"a", "x"}, {"b", "x"}, {"a", "y"}, {"b", "y"}, {"a", "x"}, {"b", "y"}}));
  ASSERT_EQ(scopes.size(), 5);
  EXPECT_EQ(scopes[Scopes::kEveryone].kind, Scope::kGlobal);
  EXPECT_EQ(scopes[1].kind, Scope::kRegion);
  EXPECT_THAT(scopes[1].sites, ElementsAre(0, 1, 4));
  EXPECT_EQ(scopes[4].kind, Scope::kIsp);
  EXPECT_EQ(scopes[4].name, "b");
  EXPECT_THAT(scopes[4].sites, ElementsAre(1, 3, 5));
  EXPECT_THAT(scopes.OfSite(1), ElementsAre(0, 1, 4));
  EXPECT_TRUE(scopes.Contains(1, 0));
  EXPECT_FALSE(scopes.Contains(2, 0));
  EXPECT_EQ(scopes.isps(), 2);
  EXPECT_EQ(scopes.IspOf(0), scopes.IspOf(2));
  EXPECT_NE(scopes.IspOf(0), scopes.IspOf(1));
}

TEST(Scopes, AScopeThatIsAnotherOneIsNamedOnce) {
  const Scopes one_isp(FleetOf({{"a", "x"}, {"a", "x"}, {"a", "y"}}));
  EXPECT_EQ(one_isp.size(), 2) << "ISP a is everyone, region y is one site";
  const Scopes lab(Story::LabFleet());
  ASSERT_EQ(lab.size(), 2);
  EXPECT_EQ(lab[1].kind, Scope::kIsp) << "emea has the sites of ISP a: the smaller word";
}

TEST(Scopes, AFleetOfOneHasEveryoneOnly) {
  const Scopes scopes(FleetOf({{"a", "x"}}));
  EXPECT_EQ(scopes.size(), 1);
  EXPECT_THAT(scopes.OfSite(0), ElementsAre(0));
}

}  // namespace
}  // namespace dialtone::detector
