#include "detector/link.h"

#include <array>
#include <cmath>

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);
constexpr TargetIndex kHub = 0;
constexpr TargetIndex kOther = 1;
constexpr TargetIndex kMedia = 2;
constexpr double kByChance = 0.005;

double BurstChance(const Link& link, TargetIndex target, absl::Time sent) {
  return link.BurstAt(target, sent, /*is_stream=*/false).chance;
}

TEST(Link, ALossOutOfTheBlueIsNoBurst) {
  Link link;
  EXPECT_EQ(BurstChance(link, kHub, kNow), 0);
  link.OnWitnessGood(kNow);
  EXPECT_EQ(BurstChance(link, kHub, kNow), 0);
}

TEST(Link, ALossOfAnotherTargetExplainsTheNextAndFades) {
  Link link;
  link.OnBad(kOther, kNow, false, kByChance);
  EXPECT_NEAR(BurstChance(link, kHub, kNow), 0.8, 1e-9);
  double last = 1;
  for (int tenths = 0; tenths < 40; tenths += 5) {
    const double chance = BurstChance(link, kHub, kNow + absl::Milliseconds(100 * tenths));
    EXPECT_LT(chance, last);
    last = chance;
  }
  EXPECT_EQ(BurstChance(link, kHub, kNow + absl::Seconds(4)), 0);
}

TEST(Link, ALossJustAfterExplainsItToo) {
  Link link;
  link.OnBad(kOther, kNow + absl::Milliseconds(200), false, kByChance);
  EXPECT_GT(BurstChance(link, kHub, kNow), 0.7);
  EXPECT_EQ(BurstChance(link, kHub, kNow - absl::Milliseconds(200)), 0);
}

TEST(Link, ATargetDoesNotExcuseItself) {
  Link link;
  link.OnBad(kHub, kNow, false, kByChance);
  EXPECT_EQ(BurstChance(link, kHub, kNow + absl::Milliseconds(100)), 0);
}

TEST(Link, AWitnessThatAnsweredInBetweenSpeaksAgainstABurst) {
  Link alone;
  Link watched;
  alone.OnBad(kOther, kNow, false, kByChance);
  watched.OnBad(kOther, kNow, false, kByChance);
  watched.OnWitnessGood(kNow + absl::Milliseconds(50));
  watched.OnWitnessGood(kNow + absl::Milliseconds(150));
  const absl::Time sent = kNow + absl::Milliseconds(100);
  EXPECT_LT(BurstChance(watched, kHub, sent), BurstChance(alone, kHub, sent) / 2);
  EXPECT_EQ(watched.last_witness_good(), kNow + absl::Milliseconds(150));
}

TEST(Link, RemembersTheLatestLossOfFourTargets) {
  Link link;
  for (TargetIndex target = 1; target <= 9; ++target) {
    link.OnBad(target, kNow + absl::Milliseconds(target), false, kByChance);
  }
  link.OnBad(9, kNow - absl::Seconds(3), false, kByChance);  // known late: the newer one stands
  EXPECT_NEAR(BurstChance(link, kHub, kNow + absl::Milliseconds(9)), 0.8, 1e-9);
}

TEST(Link, SaysInWhatTheBurstWasSeen) {
  Link link;
  EXPECT_EQ(link.BurstAt(kHub, kNow, false).seen_in, kNone);
  link.OnBad(kOther, kNow, false, kByChance);
  link.OnBad(kMedia, kNow + absl::Milliseconds(100), true, 0.5);
  const Link::Burst burst = link.BurstAt(kHub, kNow + absl::Milliseconds(200), false);
  EXPECT_EQ(burst.seen_in, kMedia);
  EXPECT_EQ(burst.seen_chance, 0.5);
}

TEST(Link, AWitnessThatSlipsPastABurstAcquitsNoStream) {
  Link link;
  link.OnBad(kHub, kNow, false, kByChance);
  const absl::Time sent = kNow + absl::Milliseconds(200);
  const double alone = link.BurstAt(kMedia, sent, /*is_stream=*/true).chance;
  EXPECT_EQ(alone, BurstChance(link, kMedia, sent));
  link.OnWitnessGood(sent - absl::Milliseconds(10));
  link.OnWitnessGood(sent + absl::Milliseconds(10));
  EXPECT_EQ(link.BurstAt(kMedia, sent, /*is_stream=*/true).chance, alone);
  EXPECT_LT(BurstChance(link, kMedia, sent), alone);
}

// Requests lost every two seconds, to one target and another.
void Lose(absl::Duration lasts, Link* link) {
  for (absl::Duration at; at <= lasts; at += absl::Seconds(2)) {
    link->OnBad(at % absl::Seconds(4) == absl::ZeroDuration() ? kOther : kHub, kNow + at, false,
                kByChance);
  }
}

TEST(Link, WhatLosesForLongIsNoBurstButAState) {
  Link brief;
  Lose(absl::Seconds(8), &brief);
  EXPECT_NEAR(BurstChance(brief, kHub, kNow + absl::Seconds(8)), 0.8, 1e-9);
  Link lasting;
  Lose(absl::Seconds(20), &lasting);
  EXPECT_NEAR(BurstChance(lasting, kHub, kNow + absl::Seconds(20)), 0.8 * std::exp(-2), 1e-9);
  Lose(absl::Minutes(2), &lasting);
  EXPECT_NEAR(BurstChance(lasting, kHub, kNow + absl::Minutes(2)), lasting.usual_loss(), 1e-9)
      << "what it loses on any day is excused";
  const absl::Time later = kNow + absl::Minutes(2) + absl::Seconds(4);
  lasting.OnBad(kOther, later, false, kByChance);
  EXPECT_NEAR(BurstChance(lasting, kHub, later), 0.8, 1e-9) << "after a pause it is a new one";
}

TEST(Link, StreamsThatAreLostMakeNoState) {
  Link link;
  for (int i = 0; i <= 60; ++i) link.OnBad(kMedia, kNow + absl::Seconds(i), true, kByChance);
  EXPECT_NEAR(BurstChance(link, kHub, kNow + absl::Minutes(1)), 0.8, 1e-9);
}

// Probes 100 ms apart, each target once a second; bursts of `seconds` every ten.
Link LearnedFrom(double seconds) {
  Link link;
  std::array<absl::Time, 10> bad_since;
  bad_since.fill(absl::InfinitePast());
  for (int i = 0; i < 10'000; ++i) {
    const absl::Time sent = kNow + absl::Milliseconds(100 * i);
    const bool is_bad = (i % 100) * 0.1 < seconds;
    absl::Time& own = bad_since[static_cast<std::size_t>(i % 10)];
    link.Learn(is_bad, /*is_stream=*/false, sent,
               own == absl::InfinitePast() ? absl::InfiniteDuration() : sent - own);
    own = is_bad ? sent : absl::InfinitePast();
  }
  return link;
}

TEST(Link, LearnsHowLongItsBurstsLast) {
  const Link fresh;
  const Link brief = LearnedFrom(0.2);
  const Link lasting = LearnedFrom(2);
  EXPECT_LT(brief.tau_seconds(), fresh.tau_seconds());
  EXPECT_GT(lasting.tau_seconds(), fresh.tau_seconds());
  EXPECT_GT(lasting.rho(), 0.8);
  EXPECT_GE(brief.tau_seconds(), 0.05);
  EXPECT_LE(lasting.tau_seconds(), 2);
}

TEST(Link, LearnsWhatItLosesOnAnyDay) {
  EXPECT_NEAR(Link().usual_loss(), 0.01, 1e-9);
  EXPECT_NEAR(LearnedFrom(2).usual_loss(), 0.2, 0.01);
  Link link;
  for (int i = 0; i < 1000; ++i) link.Learn(true, /*is_stream=*/true, kNow, absl::Seconds(9));
  EXPECT_NEAR(link.usual_loss(), 0.01, 1e-9) << "of requests";
}

TEST(Link, WhatItLearnedCanBeKept) {
  const Link before = LearnedFrom(2);
  Link after;
  after.set_learned(before.learned());
  EXPECT_EQ(after.tau_seconds(), before.tau_seconds());
  EXPECT_EQ(after.rho(), before.rho());
  EXPECT_EQ(after.usual_loss(), before.usual_loss());
}

TEST(Link, ProbesFarApartTeachNothing) {
  Link link;
  const double tau = link.tau_seconds();
  for (int i = 0; i < 100; ++i) {
    link.Learn(true, /*is_stream=*/false, kNow + i * absl::Seconds(15), absl::Seconds(15));
  }
  EXPECT_EQ(link.tau_seconds(), tau);
}

}  // namespace
}  // namespace dialtone::detector
