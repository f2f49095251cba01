#include "detector/domains.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

// A fleet that can tell every Microsoft domain apart.
Fleet RichFleet() {
  Fleet fleet = Story::LabFleet();
  const std::vector<SiteIndex> all = {0, 1, 2, 3};
  fleet.targets.push_back({.name = "media1", .role = TargetRole::kTeamsMediaRelay, .sites = all});
  fleet.targets.push_back({.name = "signin", .role = TargetRole::kSignIn, .sites = all});
  fleet.targets.push_back({.name = "m365", .role = TargetRole::kMicrosoft365Witness, .sites = all});
  return fleet;
}

TEST(Domains, ASetThatTheTargetsCannotTellApartIsLeftOut) {
  const Domains lab(Story::LabFleet());
  EXPECT_NE(lab.Find(FaultDomain::kTeamsSignalling), kNone);
  EXPECT_EQ(lab.Find(FaultDomain::kTeamsAll), kNone) << "only hubs are probed";
  EXPECT_EQ(lab.Find(FaultDomain::kMicrosoft365), kNone);
  EXPECT_EQ(lab.Find(FaultDomain::kTeamsMedia), kNone);
  const Domains rich(RichFleet());
  EXPECT_NE(rich.Find(FaultDomain::kTeamsAll), kNone);
  EXPECT_NE(rich.Find(FaultDomain::kMicrosoft365), kNone);
  EXPECT_NE(rich.Find(FaultDomain::kTeamsMedia), kNone);
}

TEST(Domains, ASetHoldsTheTargetsItSpoils) {
  const Domains domains(Story::LabFleet());
  const DomainIndex signalling = domains.Find(FaultDomain::kTeamsSignalling);
  EXPECT_THAT(domains[signalling].targets, ElementsAre(Story::kHub1, Story::kHub2, Story::kHub3));
  const DomainIndex network = domains.Find(FaultDomain::kSiteNetwork);
  const DomainIndex core = domains.Find(FaultDomain::kIspCore);
  const DomainIndex lan = domains.Find(FaultDomain::kLan);
  EXPECT_TRUE(domains.Contains(network, Story::kIspA));
  EXPECT_FALSE(domains.Contains(core, Story::kIspA));
  EXPECT_FALSE(domains.Contains(network, Story::kLanLon));
  EXPECT_TRUE(domains.Contains(lan, Story::kLanLon));
  EXPECT_FALSE(domains.Contains(network, Story::kUplinkLon)) << "another site's line";
}

TEST(Domains, EveryTargetIsADomainOfItsOwn) {
  const Domains domains(Story::LabFleet());
  const Domain& hub = domains[domains.alone(Story::kHub2)];
  EXPECT_EQ(hub.name, FaultDomain::kHub);
  EXPECT_EQ(hub.alone, Story::kHub2);
  EXPECT_EQ(hub.remedy, Remedy::kHop);
  EXPECT_EQ(domains[domains.alone(Story::kPbx)].remedy, Remedy::kDisarm);
  EXPECT_FALSE(domains[domains.alone(Story::kUplinkLon)].is_candidate);
}

TEST(Domains, AFleetWithOneHubNamesTheHubsTogether) {
  Fleet fleet;
  fleet.sites = {{.name = "a"}};
  fleet.targets = {{.name = "hub", .role = TargetRole::kTeamsHub, .sites = {0}}};
  const Domains domains(fleet);
  EXPECT_FALSE(domains[domains.alone(0)].is_candidate);
  EXPECT_NE(domains.Find(FaultDomain::kTeamsSignalling), kNone);
}

TEST(Domains, OverlapWhenTheyShareATarget) {
  const Domains domains(Story::LabFleet());
  const DomainIndex signalling = domains.Find(FaultDomain::kTeamsSignalling);
  const DomainIndex network = domains.Find(FaultDomain::kSiteNetwork);
  EXPECT_TRUE(domains.Overlap(signalling, network));
  EXPECT_TRUE(domains.Overlap(network, signalling));
  EXPECT_TRUE(domains.Overlap(signalling, domains.alone(Story::kHub1)));
  EXPECT_TRUE(domains.Overlap(domains.alone(Story::kHub1), signalling));
  EXPECT_FALSE(domains.Overlap(signalling, domains.alone(Story::kPing)));
  EXPECT_FALSE(domains.Overlap(domains.alone(Story::kHub1), domains.alone(Story::kHub2)));
}

TEST(Domains, WhatMayStandOnTheLanIsNoWitnessOfTheNetwork) {
  const Domains domains(Story::LabFleet());
  const std::uint32_t network = 1U << domains.Find(FaultDomain::kSiteNetwork);
  EXPECT_NE(domains.SetsOf(Story::kVoice, Story::kLon) & network, 0U);
  EXPECT_EQ(domains.SetsOf(Story::kVoice, Story::kVantage) & network, 0U);
  EXPECT_EQ(domains.SetsOf(Story::kPbx, Story::kLon) & network, 0U) << "wherever the user put it";
  EXPECT_TRUE(domains.Overlap(domains.Find(FaultDomain::kSiteNetwork), domains.alone(Story::kPbx)))
      << "but a dead line explains its silence";
  EXPECT_NE(domains.SetsOf(Story::kHub1, Story::kVantage) & network, 0U);
}

TEST(Domains, KnowWhoIsAccused) {
  for (const FaultDomain name :
       {FaultDomain::kHub, FaultDomain::kTeamsSignalling, FaultDomain::kTeamsMedia,
        FaultDomain::kIdentity, FaultDomain::kTeamsCalling, FaultDomain::kTeamsAll,
        FaultDomain::kMicrosoft365}) {
    EXPECT_TRUE(Domains::IsMicrosoft(name)) << Word(name);
    EXPECT_FALSE(Domains::IsNetwork(name)) << Word(name);
  }
  for (const FaultDomain name :
       {FaultDomain::kSiteNetwork, FaultDomain::kIspCore, FaultDomain::kLan}) {
    EXPECT_TRUE(Domains::IsNetwork(name)) << Word(name);
    EXPECT_FALSE(Domains::IsMicrosoft(name)) << Word(name);
  }
  EXPECT_FALSE(Domains::IsMicrosoft(FaultDomain::kCertificate));
  EXPECT_FALSE(Domains::IsMicrosoft(FaultDomain::kUnknown));
}

// The fleet of detection scenarios: everything there is to probe.
Fleet FullFleet() {
  Fleet fleet = RichFleet();
  const std::vector<SiteIndex> all = {0, 1, 2, 3};
  for (Target& target : fleet.targets) {
    target.found_by_name =
        target.role == TargetRole::kTeamsHub || target.role == TargetRole::kSignIn;
  }
  fleet.targets.push_back({.name = "vmedia", .role = TargetRole::kVoiceLayerMedia, .sites = all});
  fleet.targets.push_back(
      {.name = "call", .role = TargetRole::kTestCall, .found_by_name = true, .sites = all});
  fleet.targets.push_back({.name = "carrier", .role = TargetRole::kCarrierTrunk, .sites = all});
  fleet.targets.push_back({.name = "resolver", .role = TargetRole::kDnsResolver, .sites = all});
  return fleet;
}

TEST(Domains, EachSpoilsWhatItsRowSays) {
  const Fleet fleet = FullFleet();
  const Domains domains(fleet);
  const auto spoils = [&](FaultDomain name, const std::string& target) {
    const DomainIndex domain = domains.Find(name);
    EXPECT_NE(domain, kNone) << Word(name);
    for (TargetIndex i = 0; i < static_cast<int>(fleet.targets.size()); ++i) {
      if (fleet.targets[static_cast<std::size_t>(i)].name == target) {
        return domains.Contains(domain, i);
      }
    }
    ADD_FAILURE() << target;
    return false;
  };
  EXPECT_TRUE(spoils(FaultDomain::kTeamsAll, "call"));
  EXPECT_FALSE(spoils(FaultDomain::kTeamsAll, "m365"));
  EXPECT_TRUE(spoils(FaultDomain::kMicrosoft365, "m365"));
  EXPECT_TRUE(spoils(FaultDomain::kMediaPath, "vmedia"));
  EXPECT_TRUE(spoils(FaultDomain::kMediaPath, "media1"));
  EXPECT_FALSE(spoils(FaultDomain::kMediaPath, "hub1"));
  EXPECT_TRUE(spoils(FaultDomain::kDns, "hub1"));
  EXPECT_TRUE(spoils(FaultDomain::kDns, "resolver"));
  EXPECT_FALSE(spoils(FaultDomain::kDns, "media1"));
  EXPECT_TRUE(spoils(FaultDomain::kVoiceLayer, "vmedia"));
  EXPECT_TRUE(spoils(FaultDomain::kSiteNetwork, "call"));
  EXPECT_FALSE(spoils(FaultDomain::kSiteNetwork, "carrier"));
  EXPECT_TRUE(spoils(FaultDomain::kLan, "lan-lon"));
  EXPECT_FALSE(spoils(FaultDomain::kLan, "carrier"));
  EXPECT_TRUE(spoils(FaultDomain::kCarrier, "carrier"));
  EXPECT_TRUE(spoils(FaultDomain::kTeamsCalling, "call"));
}

TEST(Domains, AResolverAloneIsDnsToo) {
  const Fleet fleet = FullFleet();
  const Domains domains(fleet);
  const auto resolver = static_cast<TargetIndex>(fleet.targets.size() - 1);
  const Domain& alone = domains[domains.alone(resolver)];
  EXPECT_EQ(alone.name, FaultDomain::kDns);
  EXPECT_TRUE(alone.is_candidate);
  EXPECT_EQ(alone.remedy, Remedy::kNothing);
}

TEST(Domains, DeadSignallingExplainsCallsThatFailAndNotTheOtherWayRound) {
  const Domains domains(FullFleet());
  const DomainIndex signalling = domains.Find(FaultDomain::kTeamsSignalling);
  const DomainIndex calling = domains.Find(FaultDomain::kTeamsCalling);
  const DomainIndex identity = domains.Find(FaultDomain::kIdentity);
  EXPECT_TRUE(domains.Explains(signalling, calling));
  EXPECT_TRUE(domains.Explains(domains.Find(FaultDomain::kVoiceLayer), calling));
  EXPECT_FALSE(domains.Explains(calling, signalling));
  EXPECT_FALSE(domains.Explains(signalling, identity));
}

TEST(Domains, WhatMayAnswerThoughTheLineIsDeadIsNotRequired) {
  const Domains domains(Story::LabFleet());
  const DomainIndex network = domains.Find(FaultDomain::kSiteNetwork);
  EXPECT_TRUE(domains.Requires(network, Story::kHub1, Story::kLon));
  EXPECT_FALSE(domains.Requires(network, Story::kPbx, Story::kLon));
  EXPECT_TRUE(domains.Requires(network, Story::kVoice, Story::kLon));
  EXPECT_FALSE(domains.Requires(network, Story::kVoice, Story::kVantage)) << "its own LAN";
}

TEST(Domains, EveryWordReadsBack) {
  for (int i = 0; i <= static_cast<int>(FaultDomain::kUnknown); ++i) {
    const auto domain = static_cast<FaultDomain>(i);
    EXPECT_EQ(FaultDomainOf(Word(domain)), domain) << Word(domain);
  }
  for (int i = 0; i <= static_cast<int>(Scope::kGlobal); ++i) {
    EXPECT_EQ(ScopeOf(Word(static_cast<Scope>(i))), static_cast<Scope>(i));
  }
  EXPECT_EQ(FaultDomainOf("the moon"), FaultDomain::kUnknown);
}

}  // namespace
}  // namespace dialtone::detector
