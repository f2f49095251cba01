#include "agents/codec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000'000);

Result ResultSent(absl::Duration ago) {
  Result result;
  result.target = "hub1";
  result.sequence = 7;
  result.sent = kNow - ago;
  result.sent_wall = kNow - ago + absl::Hours(3);  // the wall clock is wrong, the age is not
  result.measurement = {.outcome = Outcome::kAnswered, .phase = Phase::kAnswer, .code = 200};
  return result;
}

TEST(Codec, AResultCarriesItsAgeNotItsTime) {
  Result result = ResultSent(absl::Milliseconds(1'250));
  result.in_burst = true;
  result.late_by = absl::Milliseconds(3);
  result.measurement.round_trip = absl::Microseconds(20'500);
  result.measurement.certificate_not_after = kNow + absl::Hours(24);
  const v1::ProbeResult message = EncodeResult(result, kNow);
  EXPECT_EQ(message.target(), "hub1");
  EXPECT_EQ(message.sequence(), 7u);
  EXPECT_EQ(message.age().seconds(), 1);
  EXPECT_EQ(message.age().nanos(), 250'000'000);
  EXPECT_EQ(message.sent_time().seconds(), 1'000'000'000 + 3 * 3600 - 2);
  EXPECT_EQ(message.outcome(), v1::ANSWERED);
  EXPECT_EQ(message.phase(), v1::ANSWER);
  EXPECT_EQ(message.code(), 200u);
  EXPECT_EQ(message.round_trip().nanos(), 20'500'000);
  EXPECT_FALSE(message.has_connect_time());
  EXPECT_FALSE(message.has_tls_time());
  EXPECT_TRUE(message.in_burst());
  EXPECT_EQ(message.late_by().nanos(), 3'000'000);
  EXPECT_TRUE(message.has_certificate_not_after());
}

TEST(Codec, NothingLeavesTheLimitsOfTheProto) {
  Result result = ResultSent(-absl::Seconds(1));  // sent after now: no age, not a negative one
  result.late_by = absl::Hours(2);
  result.measurement.round_trip = absl::Minutes(5);
  result.measurement.detail = std::string(5'000, 'x');
  const v1::ProbeResult message = EncodeResult(result, kNow);
  EXPECT_EQ(message.age().seconds(), 0);
  EXPECT_EQ(message.late_by().seconds(), 3600);
  EXPECT_EQ(message.round_trip().seconds(), 60);
  EXPECT_EQ(message.detail().size(), kLongestDetail);
}

TEST(Codec, EveryOutcomeAndPhaseHasItsOwnWord) {
  for (int outcome = 0; outcome <= static_cast<int>(Outcome::kNotPossible); ++outcome) {
    Result result = ResultSent({});
    result.measurement.outcome = static_cast<Outcome>(outcome);
    EXPECT_EQ(EncodeResult(result, kNow).outcome(), outcome + 1);
  }
  for (int phase = 0; phase <= static_cast<int>(Phase::kNameLookup); ++phase) {
    Result result = ResultSent({});
    result.measurement.phase = static_cast<Phase>(phase);
    EXPECT_EQ(EncodeResult(result, kNow).phase(), phase);
  }
}

TEST(Codec, AStreamCarriesItsLossAndJitter) {
  Result result = ResultSent({});
  result.measurement.stream = Quality{.sent = 25, .lost = 3, .jitter = absl::Microseconds(1'500)};
  const v1::ProbeResult message = EncodeResult(result, kNow);
  EXPECT_EQ(message.packets_sent(), 25u);
  EXPECT_EQ(message.packets_lost(), 3u);
  EXPECT_EQ(message.jitter().nanos(), 1'500'000);
  EXPECT_FALSE(EncodeResult(ResultSent({}), kNow).has_jitter());
}

TEST(Codec, EveryKindOfProbeIsKnown) {
  for (int kind = v1::ProbeKind_MIN + 1; kind <= v1::ProbeKind_MAX; ++kind) {
    v1::ReportResponse response;
    response.mutable_plan()->add_targets()->set_kind(static_cast<v1::ProbeKind>(kind));
    const std::optional<ProbeKind> ours = DecodePlan(response)->targets[0].kind;
    ASSERT_TRUE(ours.has_value()) << v1::ProbeKind_Name(static_cast<v1::ProbeKind>(kind));
    EXPECT_EQ(static_cast<int>(*ours), kind - 1);
    EXPECT_FALSE(ToString(*ours).empty());
  }
}

TEST(Codec, ABatchHasTheResultsOfItsRange) {
  Spool spool(/*capacity=*/10);
  for (uint64_t i = 1; i <= 4; ++i) {
    Result result = ResultSent(absl::Seconds(1));
    result.sequence = i;
    spool.Add(result);
  }
  const v1::ReportRequest request =
      EncodeBatch({.number = 3, .first = 1, .last = 3}, spool, kNow, kNow + absl::Seconds(5));
  EXPECT_EQ(request.batch(), 3u);
  ASSERT_EQ(request.results_size(), 2);
  EXPECT_EQ(request.results(0).sequence(), 2u);
  EXPECT_EQ(request.results(1).sequence(), 3u);
  EXPECT_EQ(request.wall_time().seconds(), 1'000'000'005);
}

TEST(Codec, ABatchSaysByHowMuchTheWallClockWasSet) {
  const Spool spool(/*capacity=*/1);
  const auto encode = [&](absl::Duration set_by) {
    return EncodeBatch({.number = 1}, spool, kNow, kNow + set_by);
  };
  EXPECT_FALSE(encode(absl::ZeroDuration()).has_clock_set_by());
  EXPECT_FALSE(encode(absl::Microseconds(999)).has_clock_set_by()) << "two clocks are read in turn";
  EXPECT_EQ(encode(absl::Hours(1)).clock_set_by().seconds(), 3600);
  const v1::ReportRequest back = encode(-absl::Milliseconds(1500) - absl::Microseconds(1));
  EXPECT_EQ(back.clock_set_by().seconds(), -1);
  EXPECT_EQ(back.clock_set_by().nanos(), -500'000'000);
}

TEST(Codec, APlanBringsTargetsWithTheirDomains) {
  v1::ReportResponse response;
  EXPECT_EQ(DecodePlan(response), std::nullopt);
  response.mutable_plan()->set_version(9);
  v1::ProbeTarget& hub = *response.mutable_plan()->add_targets();
  hub.set_name("hub1");
  hub.set_kind(v1::SIP_OPTIONS_TLS);
  hub.set_address("192.0.2.1");
  hub.set_port(5061);
  hub.set_server_name("sip.example.net");
  hub.mutable_interval()->set_seconds(15);
  hub.mutable_phase()->set_nanos(250'000'000);
  hub.mutable_fresh_handshake_interval()->set_seconds(60);
  hub.set_path("/metadata");
  hub.set_query("www.example.net");
  response.add_target_domains(v1::TEAMS_SIGNALLING);
  response.mutable_plan()->add_targets()->set_name("without-domain");

  const std::optional<Plan> plan = DecodePlan(response);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->version, 9u);
  ASSERT_EQ(plan->targets.size(), 2u);
  const Target& target = plan->targets[0];
  EXPECT_EQ(target.kind, ProbeKind::kSipOptionsTls);
  EXPECT_EQ(target.port, 5061);
  EXPECT_EQ(target.interval, absl::Seconds(15));
  EXPECT_EQ(target.phase, absl::Milliseconds(250));
  EXPECT_EQ(target.fresh_handshake_interval, absl::Minutes(1));
  EXPECT_EQ(target.path, "/metadata");
  EXPECT_EQ(target.query, "www.example.net");
  EXPECT_EQ(target.domain, "teams-signalling");
}

TEST(Codec, WhatMakesNoSenseInAPlanIsRefusedLaterAndBreaksNothing) {
  v1::ReportResponse response;
  v1::ProbeTarget& target = *response.mutable_plan()->add_targets();
  target.set_name("odd");
  target.set_kind(static_cast<v1::ProbeKind>(77));
  target.set_port(0xffff'ffff);
  target.mutable_interval()->set_nanos(-2'000'000'000);
  response.add_target_domains(static_cast<v1::FaultDomain>(99));
  const Target odd = DecodePlan(response)->targets[0];
  EXPECT_EQ(odd.kind, std::nullopt);
  EXPECT_GT(odd.port, 65535);
  EXPECT_LT(odd.interval, absl::ZeroDuration());
  EXPECT_EQ(odd.domain, "unknown");
  EXPECT_NE(RefusalOf(odd, {}), std::nullopt);
}

TEST(Codec, BurstsAndGapsAreReadWhenThereAreAny) {
  v1::ReportResponse response;
  EXPECT_FALSE(DecodeBurst(response).has_value());
  EXPECT_EQ(DecodeBatchInterval(response), absl::ZeroDuration());
  response.mutable_burst()->add_targets("hub1");
  response.mutable_burst()->mutable_interval()->set_nanos(200'000'000);
  response.mutable_burst()->mutable_duration()->set_seconds(2);
  response.mutable_batch_interval()->set_seconds(5);
  const std::optional<Burst> burst = DecodeBurst(response);
  EXPECT_THAT(burst->targets, testing::ElementsAre("hub1"));
  EXPECT_EQ(burst->interval, absl::Milliseconds(200));
  EXPECT_EQ(burst->duration, absl::Seconds(2));
  EXPECT_EQ(DecodeBatchInterval(response), absl::Seconds(5));
}

}  // namespace
}  // namespace dialtone::agents
