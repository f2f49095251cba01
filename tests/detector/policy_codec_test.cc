#include "detector/policy_codec.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Shipped(const std::string& file) { return DIALTONE_SOURCE_DIR "/deploy/" + file; }

// The Status of a policy of this text.
absl::Status StatusOf(const std::string& text) {
  const TemporaryDirectory directory;
  return ReadPolicy(directory.Write("p", text)).status();
}

TEST(PolicyCodec, TheShippedPolicyIsWhatThePlainStructSays) {
  const absl::StatusOr<Policy> policy = ReadPolicy(Shipped("policy/default.textproto"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Policy shipped;
  EXPECT_FALSE(policy->may_act);
  EXPECT_EQ(policy->false_flips_per_site_year, shipped.false_flips_per_site_year);
  EXPECT_EQ(policy->false_flips_per_system_decade, shipped.false_flips_per_system_decade);
  EXPECT_EQ(policy->brief_flips_per_year, shipped.brief_flips_per_year);
  EXPECT_EQ(policy->shortest_outage, shipped.shortest_outage);
  EXPECT_EQ(policy->least_hurt_percent, shipped.least_hurt_percent);
  EXPECT_EQ(policy->persistence_wide, shipped.persistence_wide);
  EXPECT_EQ(policy->persistence_site, shipped.persistence_site);
  EXPECT_EQ(policy->persistence_isp, shipped.persistence_isp);
  EXPECT_EQ(policy->persistence_network, shipped.persistence_network);
  EXPECT_EQ(policy->stay_first, shipped.stay_first);
  EXPECT_EQ(policy->stay_longest, shipped.stay_longest);
  EXPECT_EQ(policy->stay_doubles, shipped.stay_doubles);
  EXPECT_EQ(policy->stay_after_third_fault, shipped.stay_after_third_fault);
  EXPECT_EQ(policy->failback_clean, shipped.failback_clean);
  EXPECT_EQ(policy->failback_steps, shipped.failback_steps);
  EXPECT_EQ(policy->failback_step, shipped.failback_step);
  EXPECT_EQ(policy->cap_percent, shipped.cap_percent);
  EXPECT_EQ(policy->first_wave_percent, shipped.first_wave_percent);
  EXPECT_EQ(policy->wave_interval, shipped.wave_interval);
  EXPECT_EQ(policy->microsoft_interval, shipped.microsoft_interval);
  EXPECT_EQ(policy->witness_interval, shipped.witness_interval);
  EXPECT_EQ(policy->burst_interval, shipped.burst_interval);
  EXPECT_EQ(policy->burst_duration, shipped.burst_duration);
  EXPECT_EQ(policy->fresh_handshake_interval, shipped.fresh_handshake_interval);
  EXPECT_EQ(policy->answer_timeout, shipped.answer_timeout);
  EXPECT_EQ(policy->connect_timeout, shipped.connect_timeout);
  EXPECT_EQ(policy->warm_up, shipped.warm_up);
  EXPECT_EQ(policy->journal_fresh, shipped.journal_fresh);
}

TEST(PolicyCodec, TheLabsPoliciesAct) {
  for (const char* file : {"lab/policy.textproto", "lab/policy-test.textproto"}) {
    const absl::StatusOr<Policy> policy = ReadPolicy(Shipped(file));
    ASSERT_TRUE(policy.ok()) << policy.status();
    EXPECT_TRUE(policy->may_act);
    EXPECT_FALSE(policy->stay_doubles);
    EXPECT_EQ(policy->stay_after_third_fault, absl::ZeroDuration());
  }
}

TEST(PolicyCodec, WhatIsAbsentIsAsShipped) {
  const TemporaryDirectory directory;
  const absl::StatusOr<Policy> policy =
      ReadPolicy(directory.Write("p", "mode: MODE_AUTO persistence { site { seconds: 3 } }"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->may_act);
  EXPECT_EQ(policy->persistence_site, absl::Seconds(3));
  EXPECT_EQ(policy->persistence_wide, Policy().persistence_wide);
  EXPECT_THAT(policy->failback_steps, ElementsAre(5, 25, 100));
}

TEST(PolicyCodec, RefusesWhatCannotBeMeant) {
  struct Case {
    const char* text;
    const char* says;
  };
  constexpr Case kCases[] = {
      {"", "mode: given MODE_UNSPECIFIED, expected MODE_OBSERVE or MODE_AUTO"},
      {"mode: MODE_AUTO persistence { site { seconds: -1 } }", "persistence.site: given -1s"},
      {"mode: MODE_AUTO persistence { wide { seconds: 1 nanos: -1 } }", "no valid duration"},
      {"mode: MODE_AUTO budget { false_flips_per_site_year: 11 }",
       "budget.false_flips_per_site_year: given 11, expected 0.0001 to 10"},
      {"mode: MODE_AUTO budget { brief_flips_per_year: -1 }", "budget.brief_flips_per_year"},
      {"mode: MODE_AUTO budget { least_hurt_percent: 101 }", "budget.least_hurt_percent"},
      {"mode: MODE_AUTO budget { shortest_outage { seconds: 10 } }",
       "persistence.site: given 12s, expected at most budget.shortest_outage, 10s"},
      {"mode: MODE_AUTO failback { steps: [5, 25] }", "failback.steps: given 5, 25"},
      {"mode: MODE_AUTO failback { steps: [25, 5, 100] }", "rising per cents"},
      {"mode: MODE_AUTO failback { steps: [0, 100] }", "failback.steps"},
      {"mode: MODE_AUTO cap { percent: 0 first_wave_percent: 5 }", "cap.percent: given 0"},
      {"mode: MODE_AUTO cap { percent: 20 first_wave_percent: 101 }", "cap.first_wave_percent"},
      {"mode: MODE_AUTO stay { first { seconds: 60 } longest { seconds: 30 } }",
       "stay.longest: given 30s, expected at least stay.first, 1m"},
      {"mode: MODE_AUTO probing { microsoft_interval { nanos: 1 } }", "probing.microsoft_interval"},
      {"mode: MODE_AUTO probing { burst_duration { seconds: 61 } }", "probing.burst_duration"},
      {"mode: MODE_AUTO probing { answer_timeout { seconds: 6 } }", "probing.answer_timeout"},
      {"mode: MODE_AUTO warm_up { seconds: 7200 }", "warm_up"},
      {"mode: MODE_AUTO patience: 3", "patience"},
  };
  for (const Case& one : kCases) {
    const absl::Status status = StatusOf(one.text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.says)) << one.text;
  }
}

}  // namespace
}  // namespace dialtone::detector
