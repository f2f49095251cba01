#include "detector/evidence.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EvidenceTest : public ::testing::Test {
 protected:
  explicit EvidenceTest(Fleet fleet = Story::LabFleet()) : scene_(std::move(fleet)) {
    scene_.Quiet(3);
    onset_ = scene_.now;
  }
  std::vector<Evidence> For(FaultDomain domain, DomainIndex about,
                            std::vector<SiteIndex> sites) const {
    const Diagnosis diagnosis{.domain = domain, .sites = std::move(sites), .onset = onset_};
    return EvidenceFor(scene_.fleet, scene_.observations, scene_.attendance, diagnosis, about,
                       scene_.now);
  }
  DomainIndex Set(FaultDomain domain) const { return scene_.observations.domains().Find(domain); }
  DomainIndex Alone(TargetIndex target) const {
    return scene_.observations.domains().alone(target);
  }

  Scene scene_;
  absl::Time onset_;
};

TEST_F(EvidenceTest, PathsThatSaidNothingSinceTheOnsetAreLeftOut) {
  EXPECT_THAT(For(FaultDomain::kTeamsSignalling, Set(FaultDomain::kTeamsSignalling), {0, 1}),
              IsEmpty());
  scene_.Answer(Story::kLon, Story::kPing);
  scene_.Lose(Story::kLon, Story::kHub1);
  const std::vector<Evidence> evidence =
      For(FaultDomain::kTeamsSignalling, Set(FaultDomain::kTeamsSignalling), {0, 1});
  ASSERT_THAT(evidence, SizeIs(2));
  EXPECT_EQ(evidence[0].target, Story::kHub1);
  EXPECT_EQ(evidence[0].bad, 1);
  EXPECT_EQ(evidence[0].probes, 1);
  EXPECT_TRUE(evidence[1].is_witness);
  EXPECT_TRUE(HasBad(evidence));
}

TEST_F(EvidenceTest, AWitnessThatFailsIsNoEvidenceAgainstTheAccused) {
  scene_.Lose(Story::kLon, Story::kPing);
  scene_.Answer(Story::kLon, Story::kHub1);
  EXPECT_FALSE(HasBad(For(FaultDomain::kHub, Alone(Story::kHub1), {Story::kLon})));
}

TEST_F(EvidenceTest, OfASilentSiteItIsTheSilenceAndWhatOthersSeeOfItsUplink) {
  const absl::Time last = scene_.attendance.last_batch(Story::kLon);
  for (int i = 0; i < 4; ++i) {
    scene_.now += absl::Seconds(1);
    for (SiteIndex site = Story::kPar; site <= Story::kVantage; ++site) {
      bool was_mute = false;
      scene_.attendance.OnBatch({.site = site, .run_id = 1}, scene_.now, &was_mute);
      scene_.Lose(site, Story::kUplinkLon);
    }
  }
  onset_ = last;
  const std::vector<Evidence> evidence =
      For(FaultDomain::kUnreachable, Alone(Story::kUplinkLon), {Story::kLon});
  ASSERT_THAT(evidence, SizeIs(4));
  EXPECT_EQ(evidence[0].site, Story::kLon);
  EXPECT_EQ(evidence[0].target, kNone);
  EXPECT_EQ(evidence[0].bad, 4);
  EXPECT_EQ(evidence[0].detail, "no batch for 4s");
  for (std::size_t i = 1; i < evidence.size(); ++i) {
    EXPECT_EQ(evidence[i].site, static_cast<SiteIndex>(i));
    EXPECT_EQ(evidence[i].target, Story::kUplinkLon);
    EXPECT_EQ(evidence[i].bad, 4);
    EXPECT_EQ(evidence[i].probes, 4);
  }
}

TEST_F(EvidenceTest, OfOurCertificateItIsWhoRefusesIt) {
  for (int i = 0; i < 3; ++i) {
    scene_.Say(Story::kLon, Story::kHub2, Outcome::kOwnConfiguration, 403);
    scene_.now += absl::Seconds(1);
  }
  const std::vector<Evidence> evidence =
      For(FaultDomain::kCertificate, Alone(Story::kHub2), {Story::kLon});
  ASSERT_THAT(evidence, SizeIs(1));
  EXPECT_EQ(evidence[0].bad, 3);
  EXPECT_EQ(evidence[0].detail, "answered 403: our configuration");
}

Fleet WithARelay() {
  Fleet fleet = Story::LabFleet();
  fleet.targets.push_back({.name = "relay1", .role = TargetRole::kTeamsMediaRelay, .sites = {0}});
  return fleet;
}

class StreamEvidenceTest : public EvidenceTest {
 protected:
  StreamEvidenceTest() : EvidenceTest(WithARelay()) {}
};

TEST_F(StreamEvidenceTest, AStreamThatMadeTheOnsetCounts) {
  const auto relay = static_cast<TargetIndex>(scene_.fleet.targets.size() - 1);
  scene_.now += absl::Seconds(10);
  scene_.observations.OnResult(Story::kLon,
                               {.target = relay,
                                .sent = scene_.now,
                                .outcome = Outcome::kTimedOut,
                                .packets_sent = 25,
                                .packets_lost = 25},
                               scene_.now + kStreamLasts);
  const DomainIndex media = Set(FaultDomain::kTeamsMedia);
  onset_ = scene_.observations.score(Story::kLon, media).onset;
  ASSERT_LT(onset_, absl::InfiniteFuture());
  EXPECT_TRUE(HasBad(For(FaultDomain::kTeamsMedia, media, {Story::kLon})));
}

}  // namespace
}  // namespace dialtone::detector
