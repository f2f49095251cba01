#include "detector/votes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/hypothesis.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VotesTest : public ::testing::Test {
 protected:
  VotesTest() { scene_.Quiet(20); }
  Votes Count() const { return {scene_.observations, scene_.attendance}; }

  Scene scene_;
  const Domains& domains_ = scene_.observations.domains();
  const DomainIndex signalling_ = domains_.Find(FaultDomain::kTeamsSignalling);
};

TEST_F(VotesTest, NobodySpeaksWhileAllIsWell) {
  EXPECT_THAT(Count().sites(), IsEmpty());
  EXPECT_EQ(Count().Find(Scopes::kEveryone, signalling_), nullptr);
}

TEST_F(VotesTest, TheTraceOfALoneLossIsNotWorthALook) {
  EXPECT_FALSE(MayAnythingBeUp(scene_.observations));
  scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_TRUE(MayAnythingBeUp(scene_.observations)) << "it may be the first of many";
  scene_.now += absl::Seconds(1);
  scene_.Quiet(3);
  ASSERT_TRUE(scene_.observations.HasSigns(Story::kLon));
  EXPECT_FALSE(MayAnythingBeUp(scene_.observations));
}

TEST_F(VotesTest, EachSiteVotesForItsOwnBestDomainLessADiscount) {
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && (site == Story::kLon || site == Story::kNyc);
  });
  const Votes votes = Count();
  EXPECT_THAT(votes.sites(), ElementsAre(Story::kLon, Story::kNyc));
  EXPECT_EQ(votes.OpinionOf(Story::kLon), signalling_);
  const Tally* const tally = votes.Find(Scopes::kEveryone, signalling_);
  ASSERT_NE(tally, nullptr);
  EXPECT_EQ(tally->implicated, 2);
  EXPECT_EQ(tally->voters, 2);
  const double sum =
      votes.OddsOf(Story::kLon, signalling_) + votes.OddsOf(Story::kNyc, signalling_);
  EXPECT_NEAR(tally->votes, sum - 2 * DiscountOf(FaultDomain::kTeamsSignalling), 1e-6);
  EXPECT_NEAR(tally->odds, sum - 2 * kImplicatedNats, 1e-6);
}

TEST_F(VotesTest, ALineBurstsMoreOftenThanTeamsFails) {
  EXPECT_GT(DiscountOf(FaultDomain::kSiteNetwork), DiscountOf(FaultDomain::kDns));
  EXPECT_GT(DiscountOf(FaultDomain::kDns), DiscountOf(FaultDomain::kTeamsSignalling));
}

TEST_F(VotesTest, EvidenceThatIsNotPresentAnyMoreDoesNotVote) {
  scene_.Rounds(
      3, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kLon; });
  EXPECT_GT(Count().OddsOf(Story::kLon, signalling_), 0);
  scene_.Quiet(3);
  EXPECT_EQ(Count().OddsOf(Story::kLon, signalling_), 0);
}

TEST_F(VotesTest, TheMuteHaveNoVote) {
  scene_.Rounds(
      3, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kLon; });
  scene_.now += kMuteAfter;
  scene_.attendance.FallMute(scene_.now);
  EXPECT_THAT(Count().sites(), IsEmpty());
}

TEST_F(VotesTest, ASingleTargetHasItsTallyToo) {
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return target == Story::kHub2; });
  const Votes votes = Count();
  const Tally* const tally = votes.Find(Scopes::kEveryone, domains_.alone(Story::kHub2));
  ASSERT_NE(tally, nullptr);
  EXPECT_EQ(tally->voters, 4);
}

TEST_F(VotesTest, WhereHubsDieOneAfterAnotherTheSiteSpeaksForSignalling) {
  const auto at_lon = [](TargetIndex last) {
    return [last](SiteIndex site, TargetIndex target) {
      return site == Story::kLon && target <= last && IsHub(target);
    };
  };
  scene_.Rounds(8, at_lon(Story::kHub1));
  scene_.Rounds(8, at_lon(Story::kHub2));
  EXPECT_NE(Count().OpinionOf(Story::kLon), signalling_);
  scene_.Rounds(3, at_lon(Story::kHub3));
  EXPECT_EQ(Count().OpinionOf(Story::kLon), signalling_);
}

}  // namespace
}  // namespace dialtone::detector
