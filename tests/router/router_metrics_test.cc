#include "router/router_metrics.h"

#include <stdio.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class RouterMetricsTest : public ::testing::Test {
 protected:
  std::string Text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  // What the voice layer has counted since its start.
  static HopCalls Total(const std::string& hop, uint64_t sent, uint64_t answered) {
    return {.total = {hop, sent, answered}};
  }

  prometheus::Registry registry_;
  RouterMetrics metrics_{&registry_, {"t1", "pbx1"}};
};

TEST_F(RouterMetricsTest, PassPromtoolFromTheStart) {
  FILE* const promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = Text();
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(pclose(promtool), 0) << text;
}

TEST_F(RouterMetricsTest, ShowTheClosedSetsAsZeroFromTheStart) {
  for (const ProposalResult result : kAllProposalResults) {
    EXPECT_THAT(Text(), HasSubstr("dialtone_router_proposals_total{result=\"" +
                                  std::string(ToString(result)) + "\"} 0"));
  }
  for (const char* state : {"confirmed", "unconfirmed", "waiting", "unknown"}) {
    EXPECT_THAT(Text(),
                HasSubstr("dialtone_router_groups{state=\"" + std::string(state) + "\"} 0"));
  }
  EXPECT_THAT(Text(),
              HasSubstr("dialtone_router_hop_calls_total{hop=\"pbx1\",outcome=\"sent\"} 0"));
}

TEST_F(RouterMetricsTest, CountProposalsByWhatBecameOfThem) {
  metrics_.Judged(ProposalResult::kOlder);
  metrics_.Judged(ProposalResult::kOlder);
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_proposals_total{result=\"older\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_proposals_total{result=\"accepted\"} 0"));
}

TEST_F(RouterMetricsTest, TimeConfirmationsInSeconds) {
  metrics_.Confirmed(absl::Milliseconds(30));
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_router_confirm_duration_seconds_sum 0.03"));
  EXPECT_THAT(text, HasSubstr("dialtone_router_confirm_duration_seconds_bucket{le=\"0.02\"} 0"));
  EXPECT_THAT(text, HasSubstr("dialtone_router_confirm_duration_seconds_bucket{le=\"0.05\"} 1"));
}

TEST_F(RouterMetricsTest, ShowEveryGroupInTheOneStateItIsIn) {
  const Topology topology = SampleTopology();
  RouteTable table(topology, SampleInventory(), /*groups_per_10s=*/1);
  metrics_.Show(table);
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"unknown\"} 3"));

  table.Accept({{.epoch = 4, .generation = 9}, AllHomeBut({}), {}}, kNow);
  std::vector<PlanReading> readings;
  for (const GroupPlan& plan : table.Plans()) readings.push_back({plan.group, plan.plan});
  table.Confirm(readings, kNow);
  metrics_.Show(table);
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"confirmed\"} 3"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"unknown\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_epoch 4"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_generation 9"));

  table.Accept(
      {{.epoch = 4, .generation = 10}, AllHomeBut({On("lon", "pbx"), On("nyc", "pbx")}), {}},
      kNow + absl::Seconds(30));
  metrics_.Show(table);
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"confirmed\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"unconfirmed\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_groups{state=\"waiting\"} 1"));
}

TEST_F(RouterMetricsTest, ShowTheVoiceLayerAndItsHopStates) {
  metrics_.Show(VoiceLayerStatus{.up = true,
                                 .restarts = 2,
                                 .hop_states = {{"t1", HopState::kAfterBackups, 100},
                                                {"t2", HopState::kAfterBackups, 100},
                                                {"t3", HopState::kLastInRoute, 100}}});
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_voice_layer_up 1"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_voice_layer_restarts_total 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_hop_states{state=\"after_backups\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_hop_states{state=\"last_in_route\"} 1"));
  metrics_.Show(VoiceLayerStatus{.up = false, .restarts = 2});
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_voice_layer_up 0"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_voice_layer_restarts_total 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_router_hop_states{state=\"after_backups\"} 0"));
}

TEST_F(RouterMetricsTest, CallsOnlyRiseThoughTheVoiceLayerBeginsAgain) {
  metrics_.Count({Total("t1", 100, 90), Total("pbx1", 0, 0)});
  metrics_.Count({Total("t1", 110, 95), Total("pbx1", 3, 3)});
  EXPECT_THAT(Text(),
              HasSubstr("dialtone_router_hop_calls_total{hop=\"t1\",outcome=\"sent\"} 110"));
  metrics_.Count({Total("t1", 4, 2), Total("pbx1", 0, 0)});  // a voice layer that began again
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("dialtone_router_hop_calls_total{hop=\"t1\",outcome=\"sent\"} 114"));
  EXPECT_THAT(text,
              HasSubstr("dialtone_router_hop_calls_total{hop=\"t1\",outcome=\"answered\"} 97"));
  EXPECT_THAT(text, HasSubstr("dialtone_router_hop_calls_total{hop=\"pbx1\",outcome=\"sent\"} 3"));
  EXPECT_THAT(text, Not(HasSubstr("hop=\"t2\"")));
}

}  // namespace
}  // namespace dialtone::router
