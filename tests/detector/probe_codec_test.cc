#include "detector/probe_codec.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/enum_codec.h"
#include "detector/time_codec.h"
#include "tests/detector/sample_fleet.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

v1::ProbeResult GoodResult() {
  v1::ProbeResult result;
  result.set_target("hub1");
  result.set_sequence(1);
  *result.mutable_age() = ToProto(absl::Milliseconds(250));
  result.set_outcome(v1::ANSWERED);
  result.set_phase(v1::ANSWER);
  result.set_code(200);
  *result.mutable_round_trip() = ToProto(absl::Milliseconds(20));
  return result;
}

// What becomes of one result of site lon that `spoil` has changed.
class Decoding {
 public:
  explicit Decoding(const std::function<void(v1::ProbeResult*)>& spoil, SiteIndex site = kLon) {
    v1::ReportRequest request;
    *request.add_results() = GoodResult();
    spoil(request.mutable_results(0));
    ReportIntake intake(kNow);
    intake.StartRun(1);
    results_ = ReportDecoder(fleet_).Decode(request, site, kNow, &intake, &counts_);
  }

  ReportFate fate() const {
    for (int i = 0; i < kReportFates; ++i) {
      if (counts_[static_cast<ReportFate>(i)] == 1) return static_cast<ReportFate>(i);
    }
    ADD_FAILURE() << "not counted";
    return ReportFate::kAccepted;
  }
  const std::vector<ProbeResult>& results() const { return results_; }

 private:
  const Fleet fleet_ = SampleFleet();
  ReportCounts counts_;
  std::vector<ProbeResult> results_;
};

TEST(ReportDecoder, TakesAGoodResultAndCountsItsAgeFromNow) {
  const Decoding decoding([](v1::ProbeResult* result) {
    result->set_in_burst(true);
    *result->mutable_late_by() = ToProto(absl::Milliseconds(3));
    result->set_detail("fine");
  });
  ASSERT_THAT(decoding.results(), SizeIs(1));
  const ProbeResult& result = decoding.results()[0];
  EXPECT_EQ(result.target, kHub1);
  EXPECT_EQ(result.sequence, 1u);
  EXPECT_EQ(result.sent, kNow - absl::Milliseconds(250));
  EXPECT_EQ(result.outcome, Outcome::kAnswered);
  EXPECT_EQ(result.code, 200);
  EXPECT_EQ(result.round_trip, absl::Milliseconds(20));
  EXPECT_EQ(result.late_by, absl::Milliseconds(3));
  EXPECT_TRUE(result.in_burst);
  EXPECT_EQ(result.detail, "fine");
}

TEST(ReportDecoder, RefusesEveryResultThatBreaksARule) {
  struct Case {
    const char* what;
    ReportFate fate;
    std::function<void(v1::ProbeResult*)> spoil;
  };
  const auto duration = [](double seconds) { return ToProto(absl::Seconds(seconds)); };
  const std::vector<Case> cases = {
      {"unknown target", ReportFate::kUnauthorized, [](auto* r) { r->set_target("hub9"); }},
      {"another site's target", ReportFate::kUnauthorized, [](auto* r) { r->set_target("pbx"); }},
      {"its own uplink", ReportFate::kUnauthorized, [](auto* r) { r->set_target("lon-uplink"); }},
      {"no target", ReportFate::kUnauthorized, [](auto* r) { r->clear_target(); }},
      {"no outcome", ReportFate::kInvalid, [](auto* r) { r->clear_outcome(); }},
      {"an outcome of a later version", ReportFate::kInvalid,
       [](auto* r) { r->set_outcome(static_cast<v1::ProbeOutcome>(99)); }},
      {"no sequence", ReportFate::kInvalid, [](auto* r) { r->set_sequence(0); }},
      {"no phase", ReportFate::kInvalid, [](auto* r) { r->clear_phase(); }},
      {"no SIP code", ReportFate::kInvalid, [](auto* r) { r->set_code(42); }},
      {"more packets lost than sent", ReportFate::kInvalid,
       [](auto* r) {
         r->set_packets_sent(25);
         r->set_packets_lost(26);
       }},
      {"too many packets", ReportFate::kInvalid, [](auto* r) { r->set_packets_sent(1001); }},
      {"a jitter over a minute", ReportFate::kInvalid,
       [](auto* r) { r->mutable_jitter()->set_seconds(61); }},
      {"a code too high", ReportFate::kInvalid, [](auto* r) { r->set_code(700); }},
      {"no age", ReportFate::kAccepted, [](auto* r) { r->clear_age(); }},
      {"from the future", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_age() = duration(-0.001); }},
      {"an hour and more old", ReportFate::kStale,
       [&](auto* r) { *r->mutable_age() = duration(3600.5); }},
      {"ten thousand years old", ReportFate::kInvalid,
       [](auto* r) { r->mutable_age()->set_seconds(INT64_MAX); }},
      {"an age of mixed signs", ReportFate::kInvalid,
       [](auto* r) {
         r->mutable_age()->set_seconds(1);
         r->mutable_age()->set_nanos(-5);
       }},
      {"a negative round trip", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_round_trip() = duration(-1); }},
      {"a round trip of two minutes", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_round_trip() = duration(120); }},
      {"a TCP handshake of two minutes", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_connect_time() = duration(120); }},
      {"a negative TLS handshake", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_tls_time() = duration(-1); }},
      {"late by two hours", ReportFate::kInvalid,
       [&](auto* r) { *r->mutable_late_by() = duration(7200); }},
      {"a long detail", ReportFate::kInvalid,
       [](auto* r) { r->set_detail(std::string(kMaxDetail + 1, 'x')); }},
  };
  for (const Case& one : cases) {
    const Decoding decoding(one.spoil);
    EXPECT_EQ(decoding.fate(), one.fate) << one.what;
    EXPECT_THAT(decoding.results(), SizeIs(one.fate == ReportFate::kAccepted ? 1 : 0)) << one.what;
  }
}

TEST(ReportDecoder, TakesAProbeThatWasNotPossibleWithoutAPhase) {
  const Decoding decoding([](v1::ProbeResult* result) {
    result->set_outcome(v1::NOT_POSSIBLE);
    result->clear_phase();
    result->clear_code();
    result->clear_round_trip();
  });
  EXPECT_EQ(decoding.fate(), ReportFate::kAccepted);
  EXPECT_EQ(decoding.results()[0].round_trip, std::nullopt);
}

TEST(ReportDecoder, LetsNoControlCharacterIntoLogs) {
  const Decoding decoding([](v1::ProbeResult* result) { result->set_detail("a\nb\x1b[31mc\x7f"); });
  EXPECT_EQ(decoding.results()[0].detail, "a b [31mc ");
}

TEST(ReportDecoder, RefusesAMessageWithTooManyResultsWhole) {
  const Fleet fleet = SampleFleet();
  v1::ReportRequest request;
  for (int i = 0; i < 1'000'000; ++i) request.add_results();
  ReportIntake intake(kNow);
  ReportCounts counts;
  EXPECT_THAT(ReportDecoder(fleet).Decode(request, kLon, kNow, &intake, &counts), IsEmpty());
  EXPECT_EQ(counts[ReportFate::kInvalid], 1'000'000);
  EXPECT_EQ(counts[ReportFate::kRate], 0) << "they do not use up the limit of honest ones";
}

TEST(ReportDecoder, TakesAResultOnce) {
  const Fleet fleet = SampleFleet();
  v1::ReportRequest request;
  *request.add_results() = GoodResult();
  *request.add_results() = GoodResult();
  ReportIntake intake(kNow);
  intake.StartRun(1);
  ReportCounts counts;
  EXPECT_THAT(ReportDecoder(fleet).Decode(request, kLon, kNow, &intake, &counts), SizeIs(1));
  EXPECT_EQ(counts[ReportFate::kDuplicate], 1);
}

TEST(ReportDecoder, ABadResultDoesNotUseUpItsNumber) {
  const Fleet fleet = SampleFleet();
  v1::ReportRequest request;
  *request.add_results() = GoodResult();
  request.mutable_results(0)->clear_outcome();
  *request.add_results() = GoodResult();
  ReportIntake intake(kNow);
  intake.StartRun(1);
  ReportCounts counts;
  EXPECT_THAT(ReportDecoder(fleet).Decode(request, kLon, kNow, &intake, &counts), SizeIs(1));
}

TEST(ReportDecoder, CountsWhatIsMoreThanAnAgentMaySend) {
  const Fleet fleet = SampleFleet();
  ReportIntake intake(kNow);
  intake.StartRun(1);
  ReportCounts counts;
  std::uint64_t sequence = 0;
  size_t accepted = 0;
  for (int message = 0; message < 20; ++message) {
    v1::ReportRequest request;
    for (int i = 0; i < kMaxResultsPerMessage; ++i) {
      *request.add_results() = GoodResult();
      request.mutable_results(i)->set_sequence(++sequence);
    }
    accepted += ReportDecoder(fleet).Decode(request, kLon, kNow, &intake, &counts).size();
  }
  EXPECT_EQ(accepted, ReportIntake::kResultsBurst);
  EXPECT_EQ(counts[ReportFate::kRate], 20'000 - ReportIntake::kResultsBurst);
}

TEST(ReportDecoder, KnowsSitesByName) {
  const Fleet fleet = SampleFleet();
  const ReportDecoder decoder(fleet);
  EXPECT_EQ(decoder.FindSite("nyc"), kNyc);
  EXPECT_EQ(decoder.FindSite("NYC"), kNone);
  EXPECT_EQ(decoder.FindSite(""), kNone);
}

TEST(PlanCodec, TellsAnAgentHowToProbeEachOfItsTargets) {
  const Fleet fleet = SampleFleet();
  const Policy policy;
  const v1::ReportResponse response = EncodePlan(fleet, policy, kHall, /*version=*/7);
  EXPECT_EQ(response.plan().version(), 7u);
  ASSERT_EQ(response.plan().targets_size(), 5);
  ASSERT_EQ(response.target_domains_size(), 5);
  for (int i = 0; i < 5; ++i) {
    const v1::ProbeTarget& target = response.plan().targets(i);
    if (target.name() == "hub1") {
      EXPECT_EQ(target.kind(), v1::SIP_OPTIONS_TLS);
      EXPECT_EQ(target.address(), "192.0.2.1");
      EXPECT_EQ(target.port(), 5061u);
      EXPECT_EQ(target.server_name(), "sip.pstnhub.example");
      EXPECT_EQ(FromProto(target.interval()), absl::Seconds(15));
      EXPECT_EQ(FromProto(target.timeout()), policy.answer_timeout);
      EXPECT_EQ(FromProto(target.fresh_handshake_interval()), policy.fresh_handshake_interval);
      EXPECT_EQ(response.target_domains(i), v1::HUB);
    }
    if (target.name() == "witness") {
      EXPECT_EQ(target.port(), 0u);
      EXPECT_FALSE(target.has_fresh_handshake_interval());
      EXPECT_EQ(response.target_domains(i), v1::ISP_CORE);
    }
  }
}

TEST(PlanCodec, TellsWhatToAskForAndWaitsShorterForNames) {
  Fleet fleet = SampleFleet();
  fleet.targets.push_back({.name = "sign-in",
                           .role = TargetRole::kSignIn,
                           .kind = ProbeKind::kHttpsGet,
                           .path = "/common",
                           .sites = {kLon},
                           .interval = absl::Seconds(15)});
  fleet.targets.push_back({.name = "dns1",
                           .role = TargetRole::kDnsResolver,
                           .kind = ProbeKind::kDnsQuery,
                           .query = "login.example",
                           .sites = {kLon},
                           .interval = absl::Seconds(1)});
  const Policy policy;
  int seen = 0;
  const v1::ReportResponse response = EncodePlan(fleet, policy, kLon, /*version=*/1);
  for (int i = 0; i < response.plan().targets_size(); ++i) {
    const v1::ProbeTarget& target = response.plan().targets(i);
    if (target.name() == "sign-in") {
      EXPECT_EQ(target.path(), "/common");
      EXPECT_EQ(FromProto(target.timeout()), policy.answer_timeout);
      EXPECT_EQ(FromProto(target.connect_timeout()), policy.connect_timeout);
      EXPECT_EQ(response.target_domains(i), v1::IDENTITY);
      ++seen;
    }
    if (target.name() == "dns1") {
      EXPECT_EQ(target.query(), "login.example");
      EXPECT_EQ(FromProto(target.timeout()), absl::Seconds(1));
      EXPECT_EQ(response.target_domains(i), v1::DNS);
      ++seen;
    }
  }
  EXPECT_EQ(seen, 2);
}

TEST(ReportDecoder, TakesWhatAStreamMeasured) {
  const Decoding decoding([](v1::ProbeResult* result) {
    result->set_packets_sent(25);
    result->set_packets_lost(3);
    result->mutable_jitter()->set_nanos(2'000'000);
  });
  ASSERT_EQ(decoding.fate(), ReportFate::kAccepted);
  EXPECT_EQ(decoding.results()[0].packets_sent, 25);
  EXPECT_EQ(decoding.results()[0].packets_lost, 3);
  EXPECT_EQ(decoding.results()[0].jitter, absl::Milliseconds(2));
}

TEST(BurstCodec, StaysWithinTheLimitsOfTheProto) {
  Fleet fleet = SampleFleet();
  BurstRequest burst = {
      .site = kLon, .interval = absl::Milliseconds(1), .duration = absl::Hours(1)};
  burst.targets.assign(kMaxTargetsPerBurst + 10, kHub2);
  const v1::ProbeBurst message = EncodeBurst(fleet, burst);
  EXPECT_EQ(message.targets_size(), kMaxTargetsPerBurst);
  EXPECT_EQ(message.targets(0), "hub2");
  EXPECT_EQ(FromProto(message.interval()), kShortestInterval);
  EXPECT_EQ(FromProto(message.duration()), kLongestBurst);
}

TEST(EnumCodec, CarriesEveryValueThereAndBackAndNothingElse) {
  for (int i = 0; i <= static_cast<int>(Outcome::kNotPossible); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    EXPECT_EQ(FromProto<Outcome>(ToProto(outcome)), outcome);
  }
  EXPECT_EQ(ToProto(Outcome::kThrottled), v1::THROTTLED);
  EXPECT_EQ(ToProto(FaultDomain::kUnreachable), v1::UNREACHABLE);
  EXPECT_EQ(ToProto(HopState::kLastInRoute), v1::LAST_IN_ROUTE);
  EXPECT_EQ(FromProto<Outcome>(v1::PROBE_OUTCOME_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(FromProto<Outcome>(static_cast<v1::ProbeOutcome>(99)), std::nullopt);
  EXPECT_EQ(FromProto<Outcome>(static_cast<v1::ProbeOutcome>(-1)), std::nullopt);
}

}  // namespace
}  // namespace dialtone::detector
