#include "detector/sentence.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/domains.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Evidence Bad(SiteIndex site, TargetIndex target, const std::string& detail) {
  return {.site = site, .target = target, .bad = 4, .probes = 4, .detail = detail};
}
Evidence Witness(SiteIndex site, int bad) {
  return {.site = site, .target = Story::kPing, .bad = bad, .probes = 4, .is_witness = true};
}

class SentenceTest : public ::testing::Test {
 protected:
  const Fleet fleet_ = Story::LabFleet();
};

TEST_F(SentenceTest, NamesTheFaultWhomItHitsTheEvidenceAndTheOwner) {
  const Diagnosis diagnosis{
      .domain = FaultDomain::kTeamsSignalling,
      .scope = Scope::kGlobal,
      .sites = {0, 1, 2, 3},
      .evidence = {Bad(Story::kLon, Story::kHub1, "no answer in 0.34 s"),
                   Bad(Story::kNyc, Story::kHub2, "no answer in 0.4 s"),
                   Bad(Story::kPar, Story::kHub3, "no answer in 0.4 s"), Witness(Story::kLon, 0)}};
  EXPECT_EQ(DiagnosisSentence(fleet_, diagnosis),
            "teams-signalling is down for everyone; hub1, hub2 and hub3 fail from lon, par, nyc "
            "and vantage (no answer in 0.34 s) while internet witnesses answer. Owner: "
            "Microsoft.");
}

TEST_F(SentenceTest, WhereOthersReachMicrosoftTheIspIsAskedToo) {
  const Diagnosis diagnosis{.domain = FaultDomain::kMicrosoft365,
                            .scope = Scope::kIsp,
                            .scope_name = "a",
                            .sites = {Story::kLon, Story::kPar},
                            .evidence = {Bad(Story::kLon, Story::kHub1, "no answer")}};
  EXPECT_EQ(DiagnosisSentence(fleet_, diagnosis),
            "microsoft365 is down for ISP a; hub1 fails from lon and par (no answer). Owner: "
            "Microsoft, or the way from ISP a to it.");
}

TEST_F(SentenceTest, WitnessesAreMentionedOnlyWhenTheyAnswer) {
  Diagnosis diagnosis{
      .domain = FaultDomain::kHub,
      .hub = Story::kHub1,
      .scope = Scope::kSite,
      .sites = {Story::kLon},
      .evidence = {Bad(Story::kLon, Story::kHub1, "answered 503"), Witness(Story::kLon, 2)}};
  EXPECT_THAT(DiagnosisSentence(fleet_, diagnosis), HasSubstr("hub1 of Teams is down at lon"));
  EXPECT_THAT(DiagnosisSentence(fleet_, diagnosis), Not(HasSubstr("witnesses answer")));
}

TEST_F(SentenceTest, ADeadLineBelongsToItsProviderAndTeamsIsNotAccused) {
  const Diagnosis diagnosis{.domain = FaultDomain::kSiteNetwork,
                            .scope = Scope::kSite,
                            .scope_name = "lon",
                            .sites = {Story::kLon},
                            .evidence = {Bad(Story::kLon, Story::kHub1, "no answer")}};
  const std::string sentence = DiagnosisSentence(fleet_, diagnosis);
  EXPECT_THAT(sentence, HasSubstr("site-network of lon is down"));
  EXPECT_THAT(sentence, HasSubstr("Teams is not accused"));
  EXPECT_THAT(sentence, HasSubstr("Owner: the access line of lon (ISP a)."));
}

TEST_F(SentenceTest, EveryDomainHasASentenceAndAnOwner) {
  for (int i = 0; i <= static_cast<int>(FaultDomain::kUnknown); ++i) {
    const auto domain = static_cast<FaultDomain>(i);
    for (int j = 0; j <= static_cast<int>(Scope::kGlobal); ++j) {
      const Diagnosis diagnosis{.domain = domain,
                                .scope = static_cast<Scope>(j),
                                .scope_name = "x",
                                .sites = {Story::kLon}};
      const std::string sentence = DiagnosisSentence(fleet_, diagnosis);
      EXPECT_THAT(sentence, HasSubstr(" Owner: ")) << Word(domain);
      EXPECT_GT(sentence.find(". Owner: "), 10U) << sentence;
      EXPECT_EQ(sentence.back(), '.');
      EXPECT_EQ(sentence.find("Microsoft") != std::string::npos, Domains::IsMicrosoft(domain))
          << sentence;
    }
  }
}

TEST_F(SentenceTest, WhatNobodyKnowsHasNoOwnerYet) {
  const Diagnosis diagnosis{.domain = FaultDomain::kUnknown, .sites = {Story::kLon}};
  EXPECT_EQ(OwnerOf(fleet_, diagnosis), "not known yet");
  EXPECT_THAT(DiagnosisSentence(fleet_, diagnosis), HasSubstr("nobody is accused"));
}

TEST_F(SentenceTest, AnUnreachableSiteIsShownByItsSilenceAndByThoseWhoCannotReachIt) {
  Diagnosis diagnosis{
      .domain = FaultDomain::kUnreachable,
      .sites = {Story::kLon},
      .evidence = {{.site = Story::kLon, .bad = 4, .probes = 4, .detail = "no batch for 4s"},
                   Bad(Story::kPar, Story::kUplinkLon, "no answer in 0.3 s"),
                   Bad(Story::kVantage, Story::kUplinkLon, "no answer in 0.3 s")}};
  EXPECT_EQ(DiagnosisSentence(fleet_, diagnosis),
            "lon is unreachable: its agent is silent and its uplink does not answer the other "
            "sites; no batch for 4s, and uplink-lon fails from par and vantage (no answer in "
            "0.3 s). Owner: the network or the power of lon.");
}

TEST_F(SentenceTest, LongListsAreCounted) {
  Fleet fleet;
  Diagnosis diagnosis{.domain = FaultDomain::kMicrosoft365, .scope = Scope::kGlobal};
  for (int i = 0; i < 8; ++i) {
    fleet.sites.push_back({.name = "s" + std::to_string(i)});
    fleet.targets.push_back({.name = "t" + std::to_string(i)});
    diagnosis.sites.push_back(i);
    diagnosis.evidence.push_back(Bad(i, i, "no answer"));
  }
  EXPECT_THAT(DiagnosisSentence(fleet, diagnosis),
              HasSubstr("t0, t1, t2, t3, t4 and 3 more fail from 8 sites"));
}

}  // namespace
}  // namespace dialtone::detector
