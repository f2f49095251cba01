#include "detector/simulation/expected_evidence.h"

#include "gtest/gtest.h"

#include "detector/simulation/policies.h"

namespace dialtone::detector::simulation {
namespace {

constexpr ProbeStream kHubs = {
    .probes = 3, .burst_probes = 15, .witnesses = 3, .burst_witnesses = 10, .targets = 3};

double Seconds(double nats, const ProbeStream& stream, int sites = 1,
               const Policy& policy = LaboratoryPolicy()) {
  return absl::ToDoubleSeconds(
      TimeToReach(nats, stream, sites, policy).value_or(absl::InfiniteDuration()));
}

TEST(ExpectedEvidence, ManySitesConvictByTheirFirstResults) {
  // 5.2 nats a result, 60 of them a second.
  EXPECT_NEAR(Seconds(21, kHubs, /*sites=*/20), 21 / 5.2 / 60, 0.03);
  EXPECT_GT(Seconds(20, kHubs, /*sites=*/1), 10 * Seconds(20, kHubs, /*sites=*/20));
}

TEST(ExpectedEvidence, AnAnswerThatSaysNoIsNoBurst) {
  ProbeStream silent = kHubs;
  silent.witnesses = silent.burst_witnesses = 0;
  ProbeStream refused = silent;
  refused.is_refusal = true;
  EXPECT_LT(Seconds(20, refused), 0.8 * Seconds(20, silent));
}

TEST(ExpectedEvidence, WitnessesThatAnswerSpeakAgainstABurst) {
  ProbeStream alone = kHubs;
  alone.witnesses = alone.burst_witnesses = 0;
  EXPECT_GT(Seconds(20, alone), Seconds(20, kHubs));
}

TEST(ExpectedEvidence, MildFaultsTakeLongerAndNoneIsNeverFound) {
  ProbeStream tenth = kHubs;
  tenth.spoilt = 0.1;
  ProbeStream twentieth = kHubs;
  twentieth.spoilt = 0.05;
  EXPECT_GT(Seconds(20, tenth), 5 * Seconds(20, kHubs));
  EXPECT_GT(Seconds(20, twentieth), 2 * Seconds(20, tenth));
  ProbeStream usual = kHubs;
  usual.spoilt = 0.005;
  EXPECT_FALSE(TimeToReach(20, usual, 1, LaboratoryPolicy()).has_value());
  EXPECT_FALSE(TimeToReach(20, {}, 1, LaboratoryPolicy()).has_value());
}

TEST(ExpectedEvidence, ABurstOnSuspicionHelpsWhereProbesAreSeldom) {
  const ProbeStream seldom = {
      .probes = 0.2, .burst_probes = 3, .witnesses = 2, .burst_witnesses = 2, .targets = 3};
  ProbeStream never_faster = seldom;
  never_faster.burst_probes = seldom.probes;
  EXPECT_LT(Seconds(20, seldom, 1, Policy()), 0.7 * Seconds(20, never_faster, 1, Policy()));
}

}  // namespace
}  // namespace dialtone::detector::simulation
