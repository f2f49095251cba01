#include "detector/hypothesis.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HypothesisTest : public ::testing::Test {
 protected:
  std::vector<Hypothesis> Ask() {
    return Hypotheses(scene_.fleet, scene_.observations, scene_.attendance, scene_.now);
  }

  Scene scene_;
};

TEST_F(HypothesisTest, NothingWrongNothingSaid) {
  scene_.Quiet(20);
  EXPECT_THAT(Ask(), IsEmpty());
}

TEST_F(HypothesisTest, HubsThatFailEverywhereAreOneGlobalFaultAndNoNarrowOne) {
  scene_.Quiet(20);
  scene_.Rounds(2, [](SiteIndex, TargetIndex target) { return IsHub(target); });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kTeamsSignalling);
  EXPECT_EQ(found[0].scope, Scope::kGlobal);
  EXPECT_TRUE(found[0].is_confirmed);
  EXPECT_THAT(found[0].sites, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(found[0].onset, scene_.started + absl::Seconds(20) + absl::Milliseconds(25));
  EXPECT_FALSE(RunnersUp(scene_.fleet, scene_.observations, scene_.attendance, found[0], scene_.now)
                   .empty());
}

TEST_F(HypothesisTest, OneHubThatFailsEverywhereIsThatHub) {
  scene_.Quiet(20);
  scene_.Rounds(3, [](SiteIndex, TargetIndex target) { return target == Story::kHub2; });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kHub);
  EXPECT_EQ(found[0].domain, scene_.observations.domains().alone(Story::kHub2));
  EXPECT_TRUE(found[0].is_confirmed);
}

TEST_F(HypothesisTest, HubsThatFailForOneIspAreThatIsps) {
  scene_.Quiet(20);
  scene_.Rounds(3, [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && (site == Story::kLon || site == Story::kPar);
  });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].scope, Scope::kIsp) << "region emea has the same sites: the smaller word";
  EXPECT_THAT(found[0].sites, ElementsAre(Story::kLon, Story::kPar));
}

TEST_F(HypothesisTest, HubsThatFailForOneSiteAreConfirmedThereOnly) {
  scene_.Quiet(20);
  scene_.Rounds(
      6, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kNyc; });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].scope, Scope::kSite);
  EXPECT_EQ(found[0].scope_name, "nyc");
  EXPECT_TRUE(found[0].is_confirmed);
}

TEST_F(HypothesisTest, ADeadLineIsTheSitesNetworkAndTeamsIsNotAccused) {
  scene_.Quiet(20);
  scene_.Rounds(7, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kLanLon;
  });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kSiteNetwork);
  EXPECT_TRUE(found[0].is_confirmed);
}

TEST_F(HypothesisTest, WithTheIspsWitnessAnsweringTheFaultIsBeyondIt) {
  scene_.Quiet(20);
  scene_.Rounds(8, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kLanLon && target != Story::kIspA;
  });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].name, FaultDomain::kIspCore);
}

TEST_F(HypothesisTest, WithItsOwnGatewaySilentTooItIsTheLan) {
  scene_.Quiet(20);
  scene_.Rounds(8, [](SiteIndex site, TargetIndex) { return site == Story::kLon; });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].name, FaultDomain::kLan);
}

TEST_F(HypothesisTest, WhereTeamsAndTheWitnessesFailTogetherNobodyIsAccused) {
  scene_.Quiet(20);
  scene_.Rounds(10, [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon &&
           (IsHub(target) || target == Story::kPing || target == Story::kTcp);
  });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kUnknown);
}

TEST_F(HypothesisTest, AMuteSiteHasNoVote) {
  scene_.Quiet(20);
  scene_.Rounds(
      6, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kNyc; });
  ASSERT_FALSE(Ask().empty());
  scene_.now += kMuteAfter;
  scene_.attendance.FallMute(scene_.now);
  EXPECT_THAT(Ask(), IsEmpty());
}

TEST_F(HypothesisTest, TwoLossesInARowWithAWitnessBetweenAreASuspicion) {
  scene_.Quiet(20);
  scene_.Lose(Story::kVantage, Story::kHub1);
  scene_.now += absl::Milliseconds(100);
  scene_.Answer(Story::kVantage, Story::kPing);
  scene_.now += absl::Milliseconds(900);
  scene_.Lose(Story::kVantage, Story::kHub1);
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].is_confirmed);
}

TEST_F(HypothesisTest, ATenthOfTheProbesLostEverywhereIsFoundInTheEnd) {
  scene_.Quiet(60);
  int count = 0;
  scene_.Rounds(
      60, [&count](SiteIndex, TargetIndex target) { return IsHub(target) && ++count % 7 == 0; });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].name, FaultDomain::kTeamsSignalling);
  EXPECT_TRUE(found[0].is_confirmed);
  EXPECT_GT(found[0].severity, 0) << "not hard";
}

TEST_F(HypothesisTest, HubsThatDieOneAfterAnotherAtOneSiteAreSignallingThereInTheEnd) {
  scene_.Quiet(20);
  for (const TargetIndex last : {Story::kHub1, Story::kHub2}) {
    scene_.Rounds(10, [last](SiteIndex site, TargetIndex target) {
      return site == Story::kNyc && IsHub(target) && target <= last;
    });
  }
  scene_.Rounds(
      10, [](SiteIndex site, TargetIndex target) { return site == Story::kNyc && IsHub(target); });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kTeamsSignalling);
  EXPECT_TRUE(found[0].is_confirmed);
  EXPECT_THAT(found[0].sites, ElementsAre(Story::kNyc));
}

}  // namespace
}  // namespace dialtone::detector
