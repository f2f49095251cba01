#include "detector/routers.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class RoutersTest : public ::testing::Test {
 protected:
  RoutersTest() : report_(Scene().Report()) {}

  Effects Want(const std::string& route, std::vector<HopStateEntry> hop_states = {}) {
    Agenda agenda(now_);
    Effects effects;
    routers_.Want(0, {{.group = "g-lon", .shares = {{.route = route, .percent = 100}}}},
                  std::move(hop_states), &agenda, &effects);
    next_ = agenda.next();
    return effects;
  }
  static std::vector<HopStateEntry> Skip() {
    return {{.hop = "t1", .state = HopState::kAfterBackups, .reason = "silent"}};
  }

  const Fleet fleet_ = Story::LabFleet();
  const RouterReport report_;
  Routers routers_{fleet_};
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  absl::Time next_;
};

TEST_F(RoutersTest, ATableIsAskedForOnceUntilItChanges) {
  routers_.set_generation(41);
  const Effects first = Want("teams");
  ASSERT_THAT(first.wishes, SizeIs(1));
  EXPECT_EQ(first.wishes[0].generation, 42U);
  EXPECT_THAT(Want("teams").wishes, IsEmpty());
  const Effects second = Want("pbx");
  ASSERT_THAT(second.wishes, SizeIs(1));
  EXPECT_EQ(second.wishes[0].generation, 43U);
  EXPECT_EQ(routers_.generation(), 43U);
}

TEST_F(RoutersTest, TheLeaseIsRenewedEveryTenSecondsWhileThereAreHopStates) {
  Want("teams", Skip());
  EXPECT_EQ(next_, now_ + Routers::kRenewEvery);
  now_ += absl::Seconds(9);
  EXPECT_THAT(Want("teams", Skip()).renewals, IsEmpty());
  now_ += absl::Seconds(1);
  const Effects effects = Want("teams", Skip());
  ASSERT_THAT(effects.renewals, SizeIs(1));
  EXPECT_EQ(effects.renewals[0].generation, 1U);
  EXPECT_THAT(effects.wishes, IsEmpty());
  Want("teams");
  EXPECT_EQ(next_, absl::InfiniteFuture());
  now_ += absl::Minutes(1);
  EXPECT_THAT(Want("teams").renewals, IsEmpty());
}

TEST_F(RoutersTest, ARefusedHopStateIsAskedForAgainAfterAMoment) {
  Want("teams", Skip());
  routers_.OnSetRoutesEnded({.voice_layer = 0,
                             .generation = 1,
                             .refused_hop_states = {{.hop = "t1", .reason = "hop answers"}}},
                            now_);
  EXPECT_THAT(routers_.standing(0).refused, SizeIs(1));
  now_ += absl::Seconds(1);
  EXPECT_THAT(Want("teams", Skip()).wishes, IsEmpty());
  now_ += absl::Seconds(1);
  const Effects again = Want("teams", Skip());
  ASSERT_THAT(again.wishes, SizeIs(1));
  EXPECT_EQ(again.wishes[0].generation, 2U);
  now_ += absl::Seconds(5);
  EXPECT_THAT(Want("teams", Skip()).wishes, IsEmpty()) << "once per refusal";
}

TEST_F(RoutersTest, ARefusedTableShowsItsErrorUntilOneIsTaken) {
  Want("teams");
  routers_.OnSetRoutesEnded({.voice_layer = 0,
                             .generation = 1,
                             .result = SetRoutesEnded::Result::kRefused,
                             .error = "older"},
                            now_);
  EXPECT_EQ(routers_.standing(0).error, "older");
  routers_.OnSetRoutesEnded({.voice_layer = 0, .generation = 2}, now_);
  EXPECT_EQ(routers_.standing(0).error, "");
}

TEST_F(RoutersTest, ARouterIsReadOnceItHasReported) {
  EXPECT_FALSE(routers_.standing(0).is_read);
  EXPECT_EQ(routers_.Find(fleet_.groups[0]), nullptr);
  routers_.OnReport(report_);
  EXPECT_TRUE(routers_.standing(0).is_up);
  ASSERT_NE(routers_.Find(fleet_.groups[0]), nullptr);
  EXPECT_EQ(routers_.Find(fleet_.groups[0])->numbers, 100U);
  EXPECT_EQ(routers_.Find({.name = "stranger", .voice_layer = 0}), nullptr);
}

TEST_F(RoutersTest, ALostRouterIsRememberedAsItWas) {
  routers_.OnReport(report_);
  routers_.OnLost({.voice_layer = 0, .error = "connection refused"});
  EXPECT_FALSE(routers_.standing(0).is_up);
  EXPECT_TRUE(routers_.standing(0).is_read);
  EXPECT_EQ(routers_.standing(0).error, "connection refused");
  EXPECT_NE(routers_.Find(fleet_.groups[0]), nullptr);
  routers_.OnReport(report_);
  EXPECT_TRUE(routers_.standing(0).is_up);
  EXPECT_EQ(routers_.standing(0).error, "");
}

}  // namespace
}  // namespace dialtone::detector
