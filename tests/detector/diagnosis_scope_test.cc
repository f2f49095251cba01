// Whom a diagnosis is about when others fail later, or less.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/judged_scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Eight sites in two regions, of two ISPs each.
class DiagnosisScopeTest : public ::testing::Test {
 protected:
  static Fleet TwoRegions() {
    Fleet fleet;
    fleet.voice_layers = {{.name = "vl1", .vantage = 0}};
    std::vector<SiteIndex> all;
    for (SiteIndex site = 0; site < 8; ++site) {
      fleet.sites.push_back({.name = absl::StrCat("s", site),
                             .region = IsFirst(site) ? "first" : "second",
                             .isp = site % 2 == 0 ? "a" : "b"});
      all.push_back(site);
    }
    const auto add = [&](std::string name, TargetRole role) {
      fleet.targets.push_back({.name = std::move(name), .role = role, .sites = all});
    };
    for (const char* const hub : {"hub1", "hub2", "hub3"}) add(hub, TargetRole::kTeamsHub);
    add("internet-ping", TargetRole::kInternetWitness);
    add("internet-tcp", TargetRole::kInternetWitness);
    return fleet;
  }
  static bool IsFirst(SiteIndex site) { return site < 4; }
  static bool FirstOnly(SiteIndex site, TargetIndex target) {
    return IsHub(target) && IsFirst(site);
  }

  DiagnosisScopeTest() { scene_.Quiet(20); }

  template <typename IsLost>
  void Judge(int seconds, const IsLost& is_lost) {
    for (int i = 0; i < seconds; ++i) {
      scene_.Rounds(1, is_lost);
      scene_.Diagnose();
    }
  }
  const std::vector<ActiveDiagnosis>& active() const { return scene_.diagnostician.active(); }

  Scene scene_{TwoRegions()};
};

TEST_F(DiagnosisScopeTest, WhatFailsElsewhereSoonAfterIsTheSameFaultThatSpreads) {
  Judge(10, FirstOnly);
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.scope, Scope::kRegion);
  const std::uint64_t id = active()[0].diagnosis.id;
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.scope, Scope::kGlobal);
  EXPECT_EQ(active()[0].diagnosis.id, id);
}

TEST_F(DiagnosisScopeTest, WhatFailsElsewhereLongAfterIsAnotherFault) {
  Judge(40, FirstOnly);
  Judge(10, Hubs);
  ASSERT_THAT(active(), SizeIs(2));
  EXPECT_EQ(active()[0].diagnosis.scope_name, "first");
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(active()[1].diagnosis.scope_name, "second");
  EXPECT_THAT(active()[1].diagnosis.sites, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(active()[1].diagnosis.state, DiagnosisState::kConfirmed);
  EXPECT_GE(active()[1].lasts_since, active()[0].diagnosis.confirmed + absl::Seconds(30));
}

// The last one answers again while the others' hubs still fail, now and then.
TEST_F(DiagnosisScopeTest, AFaultThatEndsDoesNotSpreadToWhatIsMildElsewhere) {
  int count = 0;
  const auto mild = [&count](SiteIndex site, TargetIndex target) {
    return IsHub(target) && !IsFirst(site) && ++count % 30 == 0;
  };
  Judge(30, [&](SiteIndex site, TargetIndex target) {
    return FirstOnly(site, target) || mild(site, target);
  });
  ASSERT_FALSE(active().empty());
  const std::uint64_t id = active()[0].diagnosis.id;
  EXPECT_EQ(active()[0].diagnosis.scope_name, "first");
  for (int i = 0; i < 10; ++i) {
    Judge(1, mild);
    for (const ActiveDiagnosis& one : active()) {
      EXPECT_TRUE(one.diagnosis.id != id || one.diagnosis.scope_name == "first") << i;
    }
  }
}

// Three sites of the other region lose their hubs for two seconds, too.
TEST_F(DiagnosisScopeTest, ARegionFarWorseThanTheRestTakesTheNameFromEveryone) {
  int second = 0;
  const auto lost = [&second](SiteIndex site, TargetIndex target) {
    return FirstOnly(site, target) || (second < 2 && site >= 5 && IsHub(target));
  };
  for (; second < 2; ++second) Judge(1, lost);
  ASSERT_FALSE(active().empty());
  ASSERT_EQ(active()[0].diagnosis.scope, Scope::kGlobal);
  ASSERT_EQ(active()[0].diagnosis.state, DiagnosisState::kConfirmed);
  for (; second < 8; ++second) Judge(1, lost);
  EXPECT_EQ(active()[0].diagnosis.scope_name, "first");
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace dialtone::detector
