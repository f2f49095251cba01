#include "detector/hypothesis.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/accusation.h"
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

TEST_F(HypothesisTest, WhileTheIspsWitnessHasNotSpokenWhatItsSitesLoseIsBeyondIt) {
  scene_.Quiet(20);
  for (const TargetIndex target : scene_.Order()) {
    const Target& what = scene_.fleet.targets[static_cast<std::size_t>(target)];
    if (target == Story::kIspA) continue;
    for (const SiteIndex site : what.sites) {
      const bool is_lost =
          site != Story::kNyc && site != Story::kVantage && what.role != TargetRole::kLanGateway;
      is_lost ? scene_.Lose(site, target) : scene_.Answer(site, target);
    }
    scene_.now += absl::Milliseconds(25);
  }
  const std::vector<Hypothesis> found = Ask();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].scope, Scope::kIsp);
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

// Two relays, and audio of our own.
class AudioTest : public ::testing::Test {
 protected:
  static constexpr TargetIndex kRelay1 = 14, kRelay2 = 15;

  static Fleet WithAudio() {
    Fleet fleet = Story::LabFleet();
    const std::vector<SiteIndex> all = fleet.targets[Story::kHub1].sites;
    fleet.targets.push_back({.name = "relay1", .role = TargetRole::kTeamsMediaRelay, .sites = all});
    fleet.targets.push_back({.name = "relay2", .role = TargetRole::kTeamsMediaRelay, .sites = all});
    fleet.targets.push_back(
        {.name = "vl1-media", .role = TargetRole::kVoiceLayerMedia, .sites = all});
    return fleet;
  }

  // `seconds` in which every stream for which `is_stream_lossy` holds loses packets, and every
  // `nth` request for which `is_request_lossy` does: 0 for none.
  template <typename Streams, typename Requests>
  void Lossy(int seconds, const Streams& is_stream_lossy, int nth,
             const Requests& is_request_lossy) {
    for (int second = 0; second < seconds; ++second) {
      const absl::Time begin = scene_.now;
      scene_.Hear();
      for (const TargetIndex target : scene_.Order()) {
        for (const SiteIndex site : scene_.fleet.targets[static_cast<std::size_t>(target)].sites) {
          if (target >= kRelay1) {
            Stream(site, target, is_stream_lossy(site, target) ? 6 : 0);
          } else if (nth > 0 && is_request_lossy(site, target) && ++count_ % nth == 0) {
            scene_.Lose(site, target);
          } else {
            scene_.Answer(site, target);
          }
        }
        scene_.now += absl::Milliseconds(25);
      }
      scene_.now = begin + absl::Seconds(1);
    }
    scene_.Hear();
  }
  void Stream(SiteIndex site, TargetIndex target, int lost) {
    scene_.observations.OnResult(site,
                                 {.target = target,
                                  .sent = scene_.now - absl::Seconds(1),
                                  .outcome = Outcome::kAnswered,
                                  .packets_sent = 25,
                                  .packets_lost = lost},
                                 scene_.now);
  }
  void Quiet() { Lossy(60, NoStream, 0, NoStream); }
  static bool NoStream(SiteIndex, TargetIndex) { return false; }
  std::vector<Hypothesis> Ask() {
    return Hypotheses(scene_.fleet, scene_.observations, scene_.attendance, scene_.now);
  }

  // Little evidence suffices for one site.
  static Policy Bold() {
    Policy policy = Story::LabPolicy();
    policy.false_flips_per_site_year = 1000;
    return policy;
  }

  Scene scene_{WithAudio(), Bold()};
  int count_ = 0;
};

bool IsRelay(TargetIndex target) { return target == 14 || target == 15; }

// With two lone losses of hubs beside.
TEST_F(AudioTest, RelaysThatLosePacketsAreMediaAndNotAllOfTeams) {
  Quiet();
  const auto streams = [](SiteIndex, TargetIndex target) { return IsRelay(target); };
  for (int second = 0; second < 10; ++second) {
    Lossy(1, streams, 0, NoStream);
    if (second == 0) {
      for (const SiteIndex site : {Story::kLon, Story::kNyc}) scene_.Lose(site, Story::kHub1);
    }
    for (const Hypothesis& one : Ask()) {
      EXPECT_TRUE(one.name == FaultDomain::kTeamsMedia || !one.is_confirmed)
          << Word(one.name) << " after " << second << " s";
    }
  }
  ASSERT_EQ(Ask().size(), 1U);
  EXPECT_EQ(Ask()[0].name, FaultDomain::kTeamsMedia);
  EXPECT_TRUE(Ask()[0].is_confirmed);
}

TEST_F(AudioTest, WhereRequestsAreLostTooItIsAllOfTeams) {
  Quiet();
  Lossy(
      12, [](SiteIndex, TargetIndex target) { return IsRelay(target); }, 7,
      [](SiteIndex, TargetIndex target) { return IsHub(target); });
  const std::vector<Hypothesis> found = Ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, FaultDomain::kTeamsAll);
  EXPECT_TRUE(found[0].is_confirmed);
  EXPECT_GE(found[0].severity, kLossy);
}

TEST_F(AudioTest, ALineThatLosesPacketsIsTheNetworkAndNotTheWayOfAudioAlone) {
  Quiet();
  const auto at_lon = [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kLanLon;
  };
  for (int second = 0; second < 20; ++second) {
    Lossy(1, at_lon, 7, at_lon);
    for (const Hypothesis& one : Ask()) {
      EXPECT_TRUE(Domains::IsNetwork(one.name) || !one.is_confirmed)
          << Word(one.name) << " after " << second << " s";
    }
  }
  ASSERT_FALSE(Ask().empty());
  EXPECT_TRUE(Ask()[0].is_confirmed);
}

TEST_F(AudioTest, WhereRequestsGetThroughItIsTheWayOfAudio) {
  Quiet();
  Lossy(
      60, [](SiteIndex site, TargetIndex) { return site == Story::kLon; }, 0, NoStream);
  ASSERT_FALSE(Ask().empty());
  EXPECT_EQ(Ask()[0].name, FaultDomain::kMediaPath);
  EXPECT_TRUE(Ask()[0].is_confirmed);
}

TEST_F(AudioTest, AudioThatOneIspLostWithAllOfTeamsIsNotForEveryonesPoolToSay) {
  Quiet();
  const DomainIndex media = scene_.observations.domains().Find(FaultDomain::kTeamsMedia);
  EXPECT_FALSE(IsExplainedInside(scene_.observations, Scopes::kEveryone, media));
  scene_.Rounds(6, [](SiteIndex site, TargetIndex target) {
    return (site == Story::kLon || site == Story::kPar) && (IsHub(target) || IsRelay(target));
  });
  EXPECT_TRUE(IsExplainedInside(scene_.observations, Scopes::kEveryone, media));
  EXPECT_FALSE(IsExplainedInside(scene_.observations, Scopes::kEveryone,
                                 scene_.observations.domains().Find(FaultDomain::kTeamsAll)));
}

TEST_F(AudioTest, WhatMovesNumbersOfOneSiteIsConfirmedWhenItHasLastedForSeconds) {
  Quiet();
  constexpr std::array kTeams = {Story::kHub1, kRelay1, Story::kHub2, kRelay2, Story::kHub3};
  const auto lose = [&](int times) {
    for (int i = 0; i < times; ++i) {
      scene_.Answer(Story::kNyc, Story::kPing);
      scene_.now += absl::Milliseconds(100);
      const TargetIndex target = kTeams[static_cast<std::size_t>(count_++) % kTeams.size()];
      scene_.Answer(Story::kPar, target);
      scene_.Lose(Story::kNyc, target);
      scene_.now += absl::Milliseconds(100);
    }
  };
  lose(11);
  ASSERT_FALSE(Ask().empty());
  EXPECT_EQ(Ask()[0].name, FaultDomain::kTeamsAll);
  EXPECT_GT(Ask()[0].score, scene_.observations.thresholds().site);
  EXPECT_FALSE(Ask()[0].is_confirmed) << "after 2.2 s";
  lose(4);
  EXPECT_TRUE(Ask()[0].is_confirmed) << "after 3 s";
}

}  // namespace
}  // namespace dialtone::detector
