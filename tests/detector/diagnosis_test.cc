#include "detector/diagnosis.h"

#include <algorithm>
#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/judged_scene.h"
#include "tests/detector/twenty_sites.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DiagnosisTest : public JudgedScene {};

TEST_F(DiagnosisTest, IsConfirmedOnceKeepsItsIdAndEndsOnce) {
  const std::vector<Diagnosis> rise = Judge(10, Hubs);
  ASSERT_FALSE(rise.empty());
  EXPECT_EQ(rise.back().state, DiagnosisState::kConfirmed);
  EXPECT_EQ(rise.back().domain, FaultDomain::kTeamsSignalling);
  ASSERT_THAT(active(), SizeIs(1));
  const std::uint64_t id = active()[0].diagnosis.id;

  const std::vector<Diagnosis> fall = Judge(10, [](SiteIndex, TargetIndex) { return false; });
  ASSERT_THAT(fall, SizeIs(1));
  EXPECT_EQ(fall[0].id, id);
  EXPECT_EQ(fall[0].state, DiagnosisState::kEnded);
  EXPECT_THAT(active(), IsEmpty());
  ASSERT_THAT(scene_.diagnostician.past(), SizeIs(1));
  EXPECT_LE(scene_.diagnostician.past()[0].ended, scene_.now);
}

TEST_F(DiagnosisTest, LeavingAsksForMoreThanEntering) {
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  Judge(2, [](SiteIndex, TargetIndex) { return false; });
  EXPECT_THAT(active(), SizeIs(1)) << "two good results in a row are not enough";
  Judge(1, Hubs);
  Judge(2, [](SiteIndex, TargetIndex) { return false; });
  EXPECT_THAT(active(), SizeIs(1)) << "and a bad one begins the count anew";
}

TEST_F(DiagnosisTest, SilenceEndsNothing) {
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  scene_.now += absl::Minutes(10);
  scene_.attendance.FallMute(scene_.now);
  scene_.Diagnose();
  EXPECT_THAT(active(), SizeIs(1));
}

TEST_F(DiagnosisTest, TheEvidenceNamesEachPathAndTheWitnessesBesideIt) {
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  const Diagnosis& diagnosis = active()[0].diagnosis;
  int accused = 0;
  int witnesses = 0;
  for (const Evidence& evidence : diagnosis.evidence) {
    EXPECT_EQ(evidence.is_witness, !IsHub(evidence.target));
    EXPECT_EQ(evidence.bad > 0, IsHub(evidence.target));
    (evidence.is_witness ? witnesses : accused) += 1;
  }
  EXPECT_EQ(accused, 12) << "three hubs from four sites";
  EXPECT_EQ(witnesses, 8);
}

TEST_F(DiagnosisTest, AFaultThatSpreadsTakesItsNameFromTheWiderScope) {
  Judge(8, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kNyc; });
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.scope, Scope::kSite);
  Judge(8, Hubs);
  ASSERT_THAT(active(), SizeIs(1)) << "one fault, one diagnosis";
  EXPECT_EQ(active()[0].diagnosis.scope, Scope::kGlobal);
  EXPECT_EQ(active()[0].diagnosis.state, DiagnosisState::kConfirmed);
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(0, 1, 2, 3));
}

TEST_F(DiagnosisTest, TwoFaultsAtOnceAreTwoDiagnoses) {
  Judge(15, [](SiteIndex site, TargetIndex target) {
    return target == Story::kHub1 || (site == Story::kLon && target != Story::kLanLon);
  });
  std::vector<FaultDomain> names;
  for (const ActiveDiagnosis& one : active()) {
    if (one.diagnosis.state == DiagnosisState::kConfirmed) names.push_back(one.diagnosis.domain);
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(FaultDomain::kHub, FaultDomain::kSiteNetwork));
}

TEST_F(DiagnosisTest, ThePersistenceOfAHardFaultStartsWithTheLossesThatStillLast) {
  // A lone loss, long before.
  scene_.Lose(Story::kVantage, Story::kHub1);
  const absl::Time lone = scene_.now;
  Judge(3, [](SiteIndex, TargetIndex) { return false; });
  const absl::Time begin = scene_.now;
  Judge(5, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_GE(active()[0].lasts_since, begin);
  EXPECT_LT(active()[0].lasts_since, begin + absl::Seconds(1));
  EXPECT_LT(lone, begin);
}

TEST_F(DiagnosisTest, RefusalOfOurCertificateIsADiagnosisOfItsSite) {
  for (int i = 0; i < 3; ++i) {
    scene_.Say(Story::kLon, Story::kHub1, Outcome::kOwnConfiguration, 403);
    scene_.now += absl::Seconds(1);
  }
  scene_.Diagnose();
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.domain, FaultDomain::kCertificate);
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(Story::kLon));
  scene_.now += absl::Seconds(1);
  scene_.Answer(Story::kLon, Story::kHub1);
  scene_.Diagnose();
  EXPECT_THAT(active(), IsEmpty());
}

TEST_F(DiagnosisTest, WhatIsRefusedAtMoreAndMoreSitesIsOneDiagnosis) {
  for (const SiteIndex site : {Story::kLon, Story::kPar}) {
    for (const TargetIndex hub : {Story::kHub1, Story::kHub2}) {
      for (int i = 0; i < 3; ++i) scene_.Say(site, hub, Outcome::kOwnConfiguration, 403);
      scene_.now += absl::Seconds(1);
      scene_.Diagnose();
    }
  }
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(Story::kLon, Story::kPar));
  EXPECT_THAT(active()[0].diagnosis.sentence, ::testing::HasSubstr("hub1 and hub2"));
  const std::uint64_t id = active()[0].diagnosis.id;
  scene_.now += absl::Seconds(1);
  for (const TargetIndex hub : {Story::kHub1, Story::kHub2}) scene_.Answer(Story::kLon, hub);
  scene_.Diagnose();
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.id, id);
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(Story::kPar));
}

TEST_F(DiagnosisTest, ASilentSiteIsUnreachableOnlyWhenOthersCannotReachItEither) {
  const auto dark = [](SiteIndex, TargetIndex target) { return target == Story::kUplinkLon; };
  Judge(3, dark);
  EXPECT_THAT(active(), IsEmpty()) << "its agent is heard";
  scene_.now += kMuteAfter;
  for (SiteIndex site = 1; site < 4; ++site) {
    bool was_mute = false;
    scene_.attendance.OnBatch({.site = site, .run_id = 1}, scene_.now, &was_mute);
  }
  scene_.attendance.FallMute(scene_.now);
  scene_.Diagnose();
  EXPECT_THAT(active(), IsEmpty()) << "its neighbour on the same ISP has not been seen to live";
  scene_.Answer(Story::kPar, Story::kPing);
  scene_.now += absl::Milliseconds(100);
  scene_.Lose(Story::kVantage, Story::kUplinkLon);
  scene_.Diagnose();
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.domain, FaultDomain::kUnreachable);
  EXPECT_THAT(active()[0].diagnosis.sites, ElementsAre(Story::kLon));
  scene_.now += absl::Milliseconds(100);
  scene_.Hear();
  scene_.Diagnose();
  EXPECT_THAT(active(), IsEmpty());
}

TEST_F(DiagnosisTest, ASuspicionThatNothingSupportsEnds) {
  Judge(2, [](SiteIndex site, TargetIndex target) { return IsHub(target) && site == Story::kLon; });
  ASSERT_THAT(active(), SizeIs(1));
  ASSERT_EQ(active()[0].diagnosis.state, DiagnosisState::kSuspected);
  // Hub 1 alone goes on: what is said of it must not keep what was suspected of all.
  Judge(5, [](SiteIndex site, TargetIndex target) {
    return target == Story::kHub1 && site == Story::kLon;
  });
  for (const ActiveDiagnosis& one : active()) EXPECT_EQ(one.diagnosis.domain, FaultDomain::kHub);
}

// The lab's `site lon blinded`: Teams and the internet witnesses are cut off, the voice layer, the
// ISP's own witness, resolver and PBX are not.
bool Blinded(SiteIndex site, TargetIndex target) {
  return site == Story::kLon && (IsHub(target) || target == Story::kPing || target == Story::kTcp);
}

TEST_F(DiagnosisTest, WhereTeamsAndAllWitnessesAreCutOffItIsUnknownAndStaysSo) {
  // The last answers of the witnesses came after the first losses of the hubs.
  scene_.Lose(Story::kLon, Story::kHub1);
  scene_.now += absl::Milliseconds(10);
  scene_.Answer(Story::kLon, Story::kPing);
  Judge(8, Blinded);
  for (int i = 0; i < 60; ++i) {
    Judge(1, Blinded);
    ASSERT_THAT(active(), SizeIs(1));
    EXPECT_EQ(active()[0].diagnosis.domain, FaultDomain::kUnknown) << i;
    EXPECT_EQ(active()[0].diagnosis.state, DiagnosisState::kConfirmed);
  }
  // Nobody is accused at its end either: the witnesses answer before the hubs are asked.
  const std::vector<Diagnosis> changes = Judge(10, [](SiteIndex, TargetIndex) { return false; });
  for (const Diagnosis& one : changes) EXPECT_EQ(one.domain, FaultDomain::kUnknown);
  EXPECT_THAT(active(), IsEmpty());
}

TEST_F(DiagnosisTest, WhileAWideFaultEndsItsLastSiteIsNoNewSuspicion) {
  Judge(15, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  const std::vector<Diagnosis> changes = Judge(6, [](SiteIndex site, TargetIndex target) {
    return target == Story::kHub2 && site == Story::kNyc;
  });
  const auto begun = std::count_if(changes.begin(), changes.end(), [](const Diagnosis& one) {
    return one.state == DiagnosisState::kSuspected;
  });
  EXPECT_LE(begun, 1);
}

TEST_F(DiagnosisTest, HealthFromBeforeAFaultSaysNothingOfItsEnd) {
  int turn = 0;
  const auto some = [&turn](SiteIndex, TargetIndex target) {
    return IsHub(target) && ++turn % 10 < 4;
  };
  scene_.Quiet(60);
  Judge(15, some);
  ASSERT_THAT(active(), SizeIs(1));
  ASSERT_EQ(active()[0].diagnosis.state, DiagnosisState::kConfirmed);
  const std::vector<Diagnosis> changes = Judge(30, some);
  for (const Diagnosis& one : changes) EXPECT_NE(one.state, DiagnosisState::kEnded);
}

TEST_F(DiagnosisTest, ASiteThatJoinsLateWaitsForItself) {
  const auto in_emea = [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && (site == Story::kLon || site == Story::kPar);
  };
  Judge(10, in_emea);
  ASSERT_EQ(active().size(), 1U);
  const absl::Time lasts_since = active()[0].lasts_since;
  EXPECT_TRUE(active()[0].joined.empty());
  const absl::Time then = scene_.now;
  Judge(5, Hubs);
  ASSERT_EQ(active().size(), 1U);
  EXPECT_EQ(active()[0].lasts_since, lasts_since);
  ASSERT_TRUE(active()[0].joined.contains(Story::kNyc));
  EXPECT_GE(active()[0].joined.at(Story::kNyc), then);
  EXPECT_FALSE(active()[0].joined.contains(Story::kLon));
}

TEST_F(DiagnosisTest, WhatTheLineOfASiteLosesIsNotHeldAgainstOthersUntilItIsWell) {
  const DomainIndex signalling = scene_.observations.domains().Find(FaultDomain::kTeamsSignalling);
  const auto line_of_lon = [](SiteIndex site, TargetIndex target) {
    return site == Story::kLon && target != Story::kLanLon;
  };
  Judge(10, line_of_lon);
  ASSERT_THAT(active(), SizeIs(1));
  ASSERT_TRUE(Domains::IsNetwork(active()[0].diagnosis.domain));
  const auto everyone = [&] {
    return scene_.observations.pooled(Scopes::kEveryone, signalling).best();
  };
  ASSERT_EQ(everyone(), 0);
  for (int i = 0; i < 3; ++i) scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_EQ(everyone(), 0);
  Judge(20, [](SiteIndex, TargetIndex) { return false; });
  ASSERT_THAT(active(), IsEmpty());
  for (int i = 0; i < 3; ++i) scene_.Lose(Story::kLon, Story::kHub1);
  EXPECT_GT(everyone(), 0);
}

TEST_F(DiagnosisTest, WhatBecomesAFaultToMoveForLastsSinceItsOwnEvidence) {
  Judge(20, [](SiteIndex, TargetIndex target) { return target == Story::kHub1; });
  ASSERT_THAT(active(), SizeIs(1));
  ASSERT_EQ(active()[0].diagnosis.domain, FaultDomain::kHub);
  const std::uint64_t id = active()[0].diagnosis.id;
  const absl::Time then = scene_.now;
  Judge(4, Hubs);
  ASSERT_THAT(active(), SizeIs(1));
  EXPECT_EQ(active()[0].diagnosis.id, id);
  EXPECT_EQ(active()[0].diagnosis.domain, FaultDomain::kTeamsSignalling);
  EXPECT_GE(active()[0].lasts_since, then - absl::Seconds(1));
}

TEST_F(DiagnosisTest, ABlipOfASiteThatJoinedLateCountsForNothingOnceItIsOver) {
  const auto in_emea = [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && (site == Story::kLon || site == Story::kPar);
  };
  Judge(10, in_emea);
  Judge(4, Hubs);
  ASSERT_EQ(active().size(), 1U);
  ASSERT_TRUE(active()[0].joined.contains(Story::kNyc));
  const absl::Time blip = active()[0].joined.at(Story::kNyc);
  Judge(2, Hubs);
  EXPECT_EQ(active()[0].joined.at(Story::kNyc), blip);
  Judge(6, in_emea);
  const auto nyc = active()[0].joined.find(Story::kNyc);
  ASSERT_NE(nyc, active()[0].joined.end());
  EXPECT_GT(nyc->second, blip + absl::Seconds(5));
}

TEST_F(DiagnosisTest, ASiteThatIsWellSinceTheFirstSecondWaitsForItself) {
  // At nyc and par hubs fail for two seconds, elsewhere for good.
  Judge(2, Hubs);
  ASSERT_EQ(active().size(), 1U);
  const auto at_two = [](SiteIndex site, TargetIndex target) {
    return IsHub(target) && (site == Story::kLon || site == Story::kVantage);
  };
  Judge(4, at_two);
  const absl::Time then = scene_.now;
  Judge(4, at_two);
  ASSERT_EQ(active().size(), 1U);
  EXPECT_EQ(active()[0].diagnosis.scope, Scope::kGlobal);
  ASSERT_TRUE(active()[0].joined.contains(Story::kNyc));
  EXPECT_GE(active()[0].joined.at(Story::kNyc), then);
  EXPECT_FALSE(active()[0].joined.contains(Story::kLon));
}

TEST(DiagnosisOfAPart, WhoOnlyWentAlongLeavesAndWaitsWhenItComesBack) {
  Scene scene{TwentySites()};
  scene.Quiet(60);
  int sites = 12;
  std::array<int, 20> sent = {};
  const auto lose_a_sixth = [&](SiteIndex site, TargetIndex target) {
    return IsHub(target) && site < sites && (++sent[site] + site) % 6 == 0;
  };
  const auto& active = scene.diagnostician.active();
  const auto judge_until = [&](const auto& holds) {
    for (int round = 0; round < 60; ++round) {
      scene.Rounds(1, lose_a_sixth);
      scene.Diagnose();
      if (active.size() == 1 && IsConfirmed(active[0]) && holds(active[0])) return true;
    }
    return false;
  };
  ASSERT_TRUE(judge_until([](const ActiveDiagnosis& one) {
    return one.diagnosis.sites.size() == 20 && one.joined.empty();
  })) << "nothing is known yet of those that lose nothing";
  ASSERT_TRUE(judge_until([](const ActiveDiagnosis& one) {
    return one.diagnosis.sites.back() < 12 && one.joined.contains(19);
  }));
  EXPECT_THAT(active[0].diagnosis.sentence, testing::Not(testing::HasSubstr("20 sites")));
  sites = 20;
  const absl::Time then = scene.now;
  ASSERT_TRUE(
      judge_until([](const ActiveDiagnosis& one) { return one.diagnosis.sites.back() == 19; }));
  EXPECT_GE(active[0].joined.at(19), then - absl::Seconds(2));
}

}  // namespace
}  // namespace dialtone::detector
