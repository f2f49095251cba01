#include "detector/simulation/world.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

constexpr std::uint64_t kSeed = 4711;

// Sites whose lines have no bursts: only what a test breaks is broken.
Scenario Company(int sites = 4) {
  Scenario scenario;
  scenario.isps = 2;
  scenario.regions = 2;
  scenario.sites = DefaultSites(sites, 2, 2);
  for (SiteTraits& site : scenario.sites) site.loss = 0;
  scenario.noise = Noise::kQuiet;
  scenario.duration = absl::Minutes(10);
  return scenario;
}

Fault Break(FaultKind kind, absl::string_view targets, double severity = 1) {
  return {.when = {.from = absl::Seconds(100), .to = absl::Seconds(200)},
          .kind = kind,
          .targets = ProbedOf(targets),
          .severity = severity};
}

// Of 2,000 requests sent from `begin` on, the share for which `holds`.
template <typename Holds>
double Share(World* world, SiteIndex site, Probed probed, Moment begin, const Holds& holds) {
  constexpr int kRequests = 2000;
  int count = 0;
  for (int i = 0; i < kRequests; ++i) {
    count += holds(world->Request(site, probed, begin + i * 0.04)) ? 1 : 0;
  }
  return static_cast<double>(count) / kRequests;
}

bool NeverAnswered(const Reply& reply) { return reply.after == kNever; }

TEST(World, RoundTripsAreAsTheLanguageSays) {
  const World world(Company(50), kSeed);
  for (SiteIndex site = 0; site < 50; ++site) {
    EXPECT_GE(world.RoundTrip(site, Probed::kHub1), 0.015);
    EXPECT_LE(world.RoundTrip(site, Probed::kHub1), 0.075);
    EXPECT_EQ(world.RoundTrip(site, Probed::kLan), 0.001);
    EXPECT_GE(world.RoundTrip(site, Probed::kIspReference), 0.008);
    EXPECT_LE(world.RoundTrip(site, Probed::kIspReference), 0.012);
  }
}

TEST(World, ASitesOwnRoundTripIsKept) {
  Scenario scenario = Company();
  scenario.sites[1].round_trip = absl::Milliseconds(180);
  const World world(scenario, kSeed);
  EXPECT_EQ(world.RoundTrip(1, Probed::kHub1), 0.18);
  EXPECT_EQ(world.RoundTrip(1, Probed::kLan), 0.001);
}

TEST(World, HealthyRequestsAreAnswered) {
  World world(Company(), kSeed);
  const double round_trip = world.RoundTrip(0, Probed::kHub1);
  const double quick = Share(&world, 0, Probed::kHub1, 0, [&](const Reply& reply) {
    return reply.kind == Reply::Kind::kGood && std::abs(reply.after / round_trip - 1) <= 0.031;
  });
  EXPECT_GT(quick, 0.995);
}

TEST(World, AMillionHealthyRequestsSufferTheLoneLossesOfTheTable) {
  World world(Company(1), kSeed);
  constexpr int kRequests = 1'000'000;
  int errors = 0;
  int again = 0;
  for (int i = 0; i < kRequests; ++i) {
    const Reply reply = world.Request(0, Probed::kHub2, i * 0.0005);
    errors += reply.kind == Reply::Kind::kError ? 1 : 0;
    again += reply.after > 0.2 ? 1 : 0;
  }
  EXPECT_NEAR(errors, 100, 40);  // 1e-4
  EXPECT_NEAR(again, 400, 80);   // a packet lost on either way: sent again after 0.25 s
}

TEST(World, AStreamLosesLonePacketsAtTheRateOfTheTable) {
  World world(Company(1), kSeed);
  int lost = 0;
  for (int i = 0; i < 100'000; ++i) lost += world.Media(0, Probed::kMedia1, i * 0.005).lost;
  EXPECT_NEAR(lost, 100'000 * 25 * 4e-4, 4 * std::sqrt(1000.0));
}

TEST(World, ABlackHoleSwallowsItsShareOfRequests) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kBlackhole, "hubs", 0.3)};
  World world(scenario, kSeed);
  EXPECT_EQ(Share(&world, 0, Probed::kHub1, 0, NeverAnswered), 0);
  EXPECT_NEAR(Share(&world, 0, Probed::kHub1, 110, NeverAnswered), 0.3, 0.04);
}

TEST(World, AFaultReachesItsTargetsAndItsSitesAndNothingElse) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kBlackhole, "hubs")};
  scenario.faults[0].where = {.kind = Where::Kind::kIsp, .numbers = {1}};
  World world(scenario, kSeed);
  for (SiteIndex site = 0; site < 4; ++site) {
    for (int i = 0; i < kProbedCount; ++i) {
      const auto probed = static_cast<Probed>(i);
      const bool is_hit = site % 2 == 1 && i <= static_cast<int>(Probed::kHub3);
      const bool is_dead = World::IsMedia(probed)
                               ? world.Media(site, probed, 150).lost == Stream::kPackets
                               : NeverAnswered(world.Request(site, probed, 150));
      EXPECT_EQ(is_dead, is_hit) << "site " << site << " "
                                 << kProbedWords[static_cast<std::size_t>(i)];
    }
  }
}

TEST(World, ErrorsSayNo) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kError503, "signin")};
  World world(scenario, kSeed);
  const Reply reply = world.Request(0, Probed::kSignIn, 150);
  EXPECT_EQ(reply.kind, Reply::Kind::kError);
  EXPECT_EQ(reply.code, 503);
  EXPECT_LT(reply.after, 0.1);
}

TEST(World, OurOwnWordsForFaults) {
  using Kind = Reply::Kind;
  const auto reply_to = [](Fault fault) {
    Scenario scenario = Company();
    scenario.faults = {std::move(fault)};
    return World(scenario, kSeed).Request(0, Probed::kHub1, 150);
  };
  Fault reject = Break(FaultKind::kReject, "hubs");
  reject.code = 403;
  EXPECT_EQ(reply_to(reject).kind, Kind::kRejected);
  EXPECT_EQ(reply_to(reject).code, 403);
  EXPECT_EQ(reply_to(Break(FaultKind::kRefuse, "hubs")).kind, Kind::kRefused);
  EXPECT_EQ(reply_to(Break(FaultKind::kThrottle, "hubs")).kind, Kind::kThrottled);
  EXPECT_EQ(reply_to(Break(FaultKind::kCertificate, "hubs")).kind, Kind::kCertificate);
  EXPECT_TRUE(NeverAnswered(reply_to(Break(FaultKind::kTlsStall, "hubs"))));
}

TEST(World, OneDeadAddressOfFourFailsAQuarterOfTheRequests) {
  Scenario scenario = Company();
  Fault fault = Break(FaultKind::kAddress, "hub1");
  fault.dead = 1;
  fault.addresses = 4;
  scenario.faults = {fault};
  World world(scenario, kSeed);
  EXPECT_NEAR(Share(&world, 0, Probed::kHub1, 110, NeverAnswered), 0.25, 0.04);
}

TEST(World, LostPacketsAreSentAgain) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kLoss, "hub1", 0.3)};
  World world(scenario, kSeed);
  const double first =
      Share(&world, 0, Probed::kHub1, 110, [](const Reply& reply) { return reply.after < 0.2; });
  EXPECT_NEAR(first, 0.49, 0.04);  // both ways: 0.7 x 0.7
  const double second = Share(&world, 0, Probed::kHub1, 110, [](const Reply& reply) {
    return reply.after > 0.25 && reply.after < 0.45;
  });
  EXPECT_NEAR(second, 0.51 * 0.49, 0.04);
}

TEST(World, SlowTargetsAnswerLater) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kSlow, "hub1", 0.4)};
  World world(scenario, kSeed);
  EXPECT_NEAR(Share(&world, 0, Probed::kHub1, 110,
                    [](const Reply& reply) { return reply.after > 2 && reply.after < 2.3; }),
              0.4, 0.05);
}

TEST(World, OneWayAudioIsHeardInCallsOnly) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kOneWay, "teams")};
  World world(scenario, kSeed);
  EXPECT_EQ(world.Request(0, Probed::kCall, 150).kind, Reply::Kind::kOneWay);
  EXPECT_EQ(world.Request(0, Probed::kHub1, 150).kind, Reply::Kind::kGood);
}

TEST(World, ATestCallRingsAfterOneAndAHalfSeconds) {
  World world(Company(), kSeed);
  const double median = Share(&world, 0, Probed::kCall, 0, [&](const Reply& reply) {
    return reply.after < 1.5 + world.RoundTrip(0, Probed::kCall);
  });
  EXPECT_NEAR(median, 0.5, 0.05);
}

TEST(World, AFaultRampsAndFlaps) {
  Scenario scenario = Company();
  Fault ramp = Break(FaultKind::kBlackhole, "hub1");
  ramp.ramp_in = absl::Seconds(100);
  Fault flap = Break(FaultKind::kBlackhole, "hub2");
  flap.flap_on = absl::Seconds(20);
  flap.flap_off = absl::Seconds(30);
  scenario.faults = {ramp, flap};
  World world(scenario, kSeed);
  // 80 s of requests, 110 to 190: on average 50 %.
  EXPECT_NEAR(Share(&world, 0, Probed::kHub1, 110, NeverAnswered), 0.5, 0.05);
  EXPECT_TRUE(NeverAnswered(world.Request(0, Probed::kHub2, 110)));
  EXPECT_FALSE(NeverAnswered(world.Request(0, Probed::kHub2, 125)));
  EXPECT_TRUE(NeverAnswered(world.Request(0, Probed::kHub2, 155)));
}

TEST(World, ADarkUplinkSilencesTheAgentWhereReportsShareIt) {
  Scenario scenario = Company();
  scenario.faults = {Break(FaultKind::kLoss, "offlan")};
  scenario.faults[0].where = {.kind = Where::Kind::kSite, .numbers = {2}};
  World world(scenario, kSeed);
  EXPECT_TRUE(world.ReportGetsThrough(2, 50));
  EXPECT_FALSE(world.ReportGetsThrough(2, 150));
  EXPECT_TRUE(world.ReportGetsThrough(1, 150));
}

TEST(World, AStalledAgentIsStalledUntilTheEnd) {
  Scenario scenario = Company();
  scenario.agent_faults = {{.when = {.from = absl::Seconds(10), .to = absl::Seconds(13)},
                            .kind = AgentFaultKind::kStall,
                            .where = {.kind = Where::Kind::kSite, .numbers = {1}}}};
  World world(scenario, kSeed);
  EXPECT_FALSE(world.StallEnd(1, 9).has_value());
  EXPECT_EQ(world.StallEnd(1, 11), 13);
  EXPECT_FALSE(world.StallEnd(0, 11).has_value());
  EXPECT_FALSE(world.StallEnd(1, 13).has_value());
}

// The world must not change by being looked at: a detector that asks for bursts meets the same
// faults.
TEST(World, WhatElseIsProbedChangesNothing) {
  Scenario scenario = Company();
  scenario.sites = DefaultSites(4, 2, 2);  // with bursts
  scenario.noise = Noise::kHostile;
  scenario.faults = {Break(FaultKind::kLoss, "offlan", 0.2)};
  World alone(scenario, kSeed);
  World busy(scenario, kSeed);
  for (int i = 0; i < 5000; ++i) {
    const Moment sent = i * 0.1;
    if (i % 3 == 0) (void)busy.Request(1, Probed::kHub2, sent - 0.01);
    if (i % 7 == 0) (void)busy.Media(1, Probed::kMedia2, sent - 0.01);
    const Reply a = alone.Request(1, Probed::kHub1, sent);
    const Reply b = busy.Request(1, Probed::kHub1, sent);
    EXPECT_EQ(a.after, b.after);
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(alone.Media(1, Probed::kMedia1, sent).lost,
              busy.Media(1, Probed::kMedia1, sent).lost);
  }
}

TEST(World, CanBePlayedAgain) {
  Scenario scenario = Company();
  scenario.sites = DefaultSites(4, 2, 2);
  scenario.noise = Noise::kHostile;
  World world(scenario, kSeed);
  std::vector<double> first;
  for (int i = 0; i < 5000; ++i) first.push_back(world.Request(1, Probed::kHub1, i * 0.1).after);
  world.Rewind();
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i], world.Request(1, Probed::kHub1, static_cast<double>(i) * 0.1).after);
  }
}

// What is known to be calm is not looked at packet by packet; it must come out as if it were.
TEST(World, ACalmThatIsSkippedIsTheCalmThatIsPlayed) {
  Scenario scenario = Company();
  World skipped(scenario, kSeed);
  Fault nothing = Break(FaultKind::kBlackhole, "hub1", 1e-12);
  nothing.when = {.from = absl::ZeroDuration(), .to = absl::Minutes(10)};
  scenario.faults = {nothing};  // never calm
  World played(scenario, kSeed);
  for (int i = 0; i < 200'000; ++i) {
    const Moment sent = i * 0.002;
    const Reply a = skipped.Request(0, Probed::kHub1, sent);
    const Reply b = played.Request(0, Probed::kHub1, sent);
    ASSERT_EQ(a.after, b.after) << sent;
    ASSERT_EQ(a.kind, b.kind) << sent;
  }
}

}  // namespace
}  // namespace dialtone::detector::simulation
