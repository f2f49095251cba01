#include "detector/holds.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);
constexpr GroupIndex kLonGroup = 0;
constexpr GroupIndex kNycGroup = 2;

Hold HoldOn(ScopeSelector::Kind kind, const std::string& name,
            absl::Time until = absl::InfiniteFuture()) {
  return {.scope = {kind, name}, .author = "ana", .reason = "drill", .since = kNow, .until = until};
}

class HoldsTest : public ::testing::Test {
 protected:
  const Fleet fleet_ = Story::LabFleet();
  Holds holds_{fleet_};
};

TEST_F(HoldsTest, CoverWhatTheirScopeNames) {
  EXPECT_EQ(holds_.Covering(kLonGroup), nullptr);
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "lon"));
  EXPECT_NE(holds_.Covering(kLonGroup), nullptr);
  EXPECT_EQ(holds_.Covering(kNycGroup), nullptr);
  holds_.Set(HoldOn(ScopeSelector::Kind::kGroup, "g-nyc"));
  EXPECT_NE(holds_.Covering(kNycGroup), nullptr);
  EXPECT_TRUE(holds_.Clear({ScopeSelector::Kind::kSite, "lon"}));
  EXPECT_EQ(holds_.Covering(kLonGroup), nullptr);
  EXPECT_FALSE(holds_.Clear({ScopeSelector::Kind::kSite, "lon"}));
  holds_.Set(HoldOn(ScopeSelector::Kind::kAll, ""));
  EXPECT_NE(holds_.Covering(kLonGroup), nullptr);
}

TEST_F(HoldsTest, ClearingAScopeClearsWhatLiesWithinIt) {
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "lon"));
  holds_.Set(HoldOn(ScopeSelector::Kind::kGroup, "g-lon"));
  holds_.Set(HoldOn(ScopeSelector::Kind::kGroup, "g-nyc"));
  EXPECT_TRUE(holds_.Clear({ScopeSelector::Kind::kSite, "lon"}));
  EXPECT_EQ(holds_.Covering(kLonGroup), nullptr);
  EXPECT_NE(holds_.Covering(kNycGroup), nullptr);
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "nyc"));
  EXPECT_TRUE(holds_.Clear({ScopeSelector::Kind::kGroup, "g-nyc"}));
  EXPECT_NE(holds_.Covering(kNycGroup), nullptr) << "its site is held as before";
  EXPECT_TRUE(holds_.Clear({ScopeSelector::Kind::kAll, ""}));
  EXPECT_THAT(holds_.all(), IsEmpty());
}

TEST_F(HoldsTest, OfTheSameScopeTheLaterOneStands) {
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "lon"));
  Hold later = HoldOn(ScopeSelector::Kind::kSite, "lon");
  later.author = "bo";
  holds_.Set(later);
  ASSERT_THAT(holds_.all(), SizeIs(1));
  EXPECT_EQ(holds_.all()[0].author, "bo");
}

TEST_F(HoldsTest, EndByThemselvesAndAskToBeWoken) {
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "lon", kNow + absl::Hours(4)));
  Agenda early(kNow + absl::Hours(1));
  EXPECT_THAT(holds_.Expire(&early), IsEmpty());
  EXPECT_EQ(early.next(), kNow + absl::Hours(4));
  Agenda later(kNow + absl::Hours(4));
  EXPECT_THAT(holds_.Expire(&later), SizeIs(1));
  EXPECT_THAT(holds_.all(), IsEmpty());
}

TEST_F(HoldsTest, AndTheFreezeSurviveARestart) {
  holds_.Set(HoldOn(ScopeSelector::Kind::kSite, "lon", kNow + absl::Hours(4)));
  holds_.Set(HoldOn(ScopeSelector::Kind::kAll, ""));
  holds_.Freeze(true, "ana: change\tnight");
  std::map<std::string, std::string> journal;
  holds_.Save(&journal);
  Holds restored(fleet_);
  restored.Restore(journal);
  EXPECT_THAT(restored.all(), ::testing::UnorderedElementsAreArray(holds_.all()));
  EXPECT_TRUE(restored.frozen());
  EXPECT_EQ(restored.frozen_reason(), "ana: change\tnight");

  holds_.Freeze(false, "");
  journal.clear();
  holds_.Save(&journal);
  Holds thawed(fleet_);
  thawed.Restore(journal);
  EXPECT_FALSE(thawed.frozen());
}

TEST_F(HoldsTest, ADamagedRecordIsDropped) {
  holds_.Restore({{"hold/site lon", "1\tlon"}, {"other", "x"}});
  EXPECT_THAT(holds_.all(), IsEmpty());
  EXPECT_FALSE(holds_.frozen());
}

TEST(ScopeWords, AreWhatTheOperatorTyped) {
  EXPECT_EQ(ScopeWords({ScopeSelector::Kind::kAll, ""}), "all");
  EXPECT_EQ(ScopeWords({ScopeSelector::Kind::kSite, "lon"}), "site lon");
  EXPECT_EQ(ScopeWords({ScopeSelector::Kind::kGroup, "g-lon"}), "group g-lon");
}

}  // namespace
}  // namespace dialtone::detector
