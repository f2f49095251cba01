#include "detector/recording_codec.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/sample_fleet.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixNanos(1'800'000'000'123'456'789);

// Events of every kind, with no field at its default.
std::vector<Event> Events() {
  const Share share{.route = "pbx", .percent = 100};
  const GroupRoute wanted{.group = "g-lon",
                          .shares = {share},
                          .ignore_hop_states = true,
                          .origin = Origin::kOperator,
                          .reason = "ana: drill",
                          .since = kNow};
  const ScopeSelector site{.kind = ScopeSelector::Kind::kSite, .name = "lon"};
  return {
      Wake{},
      AgentConnected{.site = kNyc, .run_id = ~std::uint64_t{0}, .version = "0.1.0"},
      AgentDisconnected{.site = kLon, .run_id = 7},
      Batch{.site = kHall,
            .run_id = 7,
            .results = {{.target = kHub2,
                         .sequence = 19,
                         .sent = kNow - absl::Nanoseconds(1),
                         .outcome = Outcome::kRejected,
                         .code = 503,
                         .round_trip = absl::Nanoseconds(12'345'678),
                         .late_by = absl::Milliseconds(3),
                         .in_burst = true,
                         .packets_sent = 100,
                         .packets_lost = 7,
                         .jitter = absl::Microseconds(900),
                         .post_dial_delay = absl::Seconds(2),
                         .one_way_audio = true,
                         .detail = "503 Service Unavailable"},
                        {.target = kHub1, .outcome = Outcome::kTimedOut}},
            .clock_set_by = -absl::Hours(1) - absl::Nanoseconds(1)},
      RouterReport{
          .voice_layer = 0,
          .epoch = 3,
          .generation = 9,
          .groups = {{.group = "g-lon",
                      .home_route = "teams",
                      .backup_routes = {"pbx", "pstn"},
                      .numbers = 12,
                      .wanted = wanted,
                      .confirmed = {share},
                      .in_sync = true},
                     {.group = "g-nyc", .home_route = "teams"}},
          .routes = {{.route = "teams", .hops = {"t1", "t2"}}},
          .hop_states =
              {{.hop = "t1", .state = HopState::kAfterBackups, .percent = 40, .reason = "silent"}},
          .refused_hop_states = {{.hop = "t2", .reason = "hop answers"}},
          .hop_calls = {{.hop = "t1", .sent = 20, .answered = 18}},
          .voice_layer_up = true,
          .voice_layer_restarts = 2},
      RouterLost{.voice_layer = 0, .error = "connection refused"},
      SetRoutesEnded{.voice_layer = 0,
                     .generation = 9,
                     .result = SetRoutesEnded::Result::kUncertain,
                     .error = "deadline",
                     .refused_hop_states = {{.hop = "t1", .reason = "hop answers"}}},
      OperatorPlan{.request = 1, .failback = true, .scope = site},
      OperatorPlan{.request = 2, .scope = {.kind = ScopeSelector::Kind::kAll}, .to_route = "pbx"},
      OperatorApply{.request = 3,
                    .plan_id = "p-1-1",
                    .author = "ana",
                    .reason = "drill",
                    .hold = absl::Hours(4)},
      OperatorApply{.request = 4, .plan_id = "p-1-2", .author = "ana", .reason = "drill"},
      OperatorHold{.request = 5,
                   .verb = OperatorHold::Verb::kClear,
                   .scope = {.kind = ScopeSelector::Kind::kGroup, .name = "g-lon"},
                   .author = "ana",
                   .reason = "done",
                   .dry_run = true},
      OperatorFreeze{.request = 6, .frozen = false, .author = "bob", .reason = "over"}};
}

RunStep Step(Event event) {
  return {.number = 17,
          .now = kNow,
          .event = std::move(event),
          .decisions = {{.id = 4,
                         .time = kNow,
                         .kind = OccurrenceKind::kBlocked,
                         .sentence = "g-lon stays",
                         .diagnosis = 2,
                         .groups = {"g-lon"},
                         .hop = "t1",
                         .guard = "cap"}},
          .digest = 0xfedcba9876543210U};
}

// The message that comes of encoding what was decoded: the same one, when nothing was lost.
TEST(RecordingCodec, EveryEventComesBackWhole) {
  const Fleet fleet = SampleFleet();
  for (const Event& event : Events()) {
    const v1::RecordedStep message = EncodeStep(fleet, Step(event));
    const absl::StatusOr<RunStep> step = DecodeStep(fleet, message);
    ASSERT_TRUE(step.ok()) << step.status() << message.DebugString();
    EXPECT_EQ(step->event.index(), event.index());
    EXPECT_EQ(EncodeStep(fleet, *step).DebugString(), message.DebugString());
  }
}

TEST(RecordingCodec, TimesAreExactToTheNanosecond) {
  const Fleet fleet = SampleFleet();
  const RunStep step = *DecodeStep(fleet, EncodeStep(fleet, Step(Events()[3])));
  EXPECT_EQ(step.now, kNow);
  const auto& batch = std::get<Batch>(step.event);
  EXPECT_EQ(batch.results[0].sent, kNow - absl::Nanoseconds(1));
  EXPECT_EQ(batch.results[0].round_trip, absl::Nanoseconds(12'345'678));
  EXPECT_EQ(batch.results[0].post_dial_delay, absl::Seconds(2));
  EXPECT_FALSE(batch.results[1].round_trip.has_value());
  EXPECT_EQ(batch.run_id, 7U);
  EXPECT_EQ(batch.clock_set_by, -absl::Hours(1) - absl::Nanoseconds(1));
}

TEST(RecordingCodec, OrdersKeepTheirNumberAuthorAndEndlessness) {
  const Fleet fleet = SampleFleet();
  const RunStep step = *DecodeStep(fleet, EncodeStep(fleet, Step(Events()[10])));
  const auto& apply = std::get<OperatorApply>(step.event);
  EXPECT_EQ(apply.request, 4U);
  EXPECT_EQ(apply.author, "ana");
  EXPECT_EQ(apply.hold, absl::InfiniteDuration());
}

TEST(RecordingCodec, DecisionsComeBackWithTheirGuard) {
  const Fleet fleet = SampleFleet();
  const RunStep step = *DecodeStep(fleet, EncodeStep(fleet, Step(Wake{})));
  ASSERT_EQ(step.decisions.size(), 1U);
  EXPECT_EQ(step.decisions[0].kind, OccurrenceKind::kBlocked);
  EXPECT_EQ(step.decisions[0].guard, "cap");
  EXPECT_EQ(step.decisions[0].hop, "t1");
  EXPECT_EQ(step.digest, 0xfedcba9876543210U);
}

TEST(RecordingCodec, AStepOfAnotherFleetIsDataLossAndNamesTheStep) {
  Fleet small = SampleFleet();
  small.sites.resize(1);
  small.targets.resize(1);
  small.voice_layers.clear();
  for (const size_t event : {1U, 3U, 4U, 5U, 6U}) {
    const absl::Status status =
        DecodeStep(small, EncodeStep(SampleFleet(), Step(Events()[event]))).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << event;
    EXPECT_THAT(std::string(status.message()), HasSubstr("step 17 does not fit: ")) << event;
  }
}

TEST(RecordingCodec, AHeaderHoldsEverythingACoreStartsFrom) {
  const RunStart start{.config = "sites {}",
                       .policy = "mode: MODE_AUTO",
                       .core = {.epoch = 9,
                                .journal = {{"key", std::string("a\0b", 3)}},
                                .journal_time = absl::InfinitePast()},
                       .now = kNow};
  const v1::RecordingHeader message = EncodeHeader(start, /*segment=*/2);
  EXPECT_EQ(message.format(), kRecordingFormat);
  EXPECT_EQ(message.segment(), 2U);
  const RunStart again = DecodeHeader(message);
  EXPECT_EQ(again.config, start.config);
  EXPECT_EQ(again.policy, start.policy);
  EXPECT_EQ(again.core.epoch, 9U);
  EXPECT_EQ(again.core.journal, start.core.journal);
  EXPECT_EQ(again.core.journal_time, absl::InfinitePast());
  EXPECT_EQ(again.now, kNow);
}

}  // namespace
}  // namespace dialtone::detector
