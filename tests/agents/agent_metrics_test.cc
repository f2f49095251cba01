#include "agents/agent_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/metrics.h"

namespace dialtone::agents {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Target TargetOf(const std::string& name, const std::string& domain) {
  return {.name = name, .kind = ProbeKind::kTcpConnect, .domain = domain};
}

Result Of(const std::string& target, Outcome outcome) {
  Result result;
  result.target = target;
  result.measurement.outcome = outcome;
  if (outcome == Outcome::kAnswered) result.measurement.round_trip = absl::Milliseconds(15);
  return result;
}

class AgentMetricsTest : public ::testing::Test {
 protected:
  Metrics metrics_{"agent"};
  AgentMetrics ours_{&metrics_.registry()};
};

TEST_F(AgentMetricsTest, CountProbesAndFailuresByReason) {
  ours_.Follow({TargetOf("hub1", "hub")});
  ours_.Count(Of("hub1", Outcome::kAnswered));
  ours_.Count(Of("hub1", Outcome::kTimedOut));
  ours_.Count(Of("hub1", Outcome::kTimedOut));
  const std::string labels = "{domain=\"hub\",probe=\"tcp_connect\",target=\"hub1\"}";
  EXPECT_THAT(
      metrics_.Serialize(),
      AllOf(HasSubstr("dialtone_agent_probes_total" + labels + " 3"),
            HasSubstr("dialtone_agent_probe_healthy" + labels + " 0"),
            HasSubstr("dialtone_agent_probe_failures_total{domain=\"hub\",probe=\"tcp_connect\","
                      "reason=\"timed_out\",target=\"hub1\"} 2"),
            HasSubstr("dialtone_agent_probe_duration_seconds_count{domain=\"hub\",probe=\"tcp_"
                      "connect\"} 1")));
}

TEST_F(AgentMetricsTest, AWitnessIsWhatIsNotTeams) {
  ours_.Follow({TargetOf("hub1", "hub"), TargetOf("relay", "teams-media"),
                TargetOf("login", "identity"), TargetOf("isp", "site-network")});
  ours_.Count(Of("isp", Outcome::kAnswered));
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("dialtone_agent_witness_healthy{target=\"isp\"} 1"));
  for (const std::string teams : {"hub1", "relay", "login"}) {
    EXPECT_THAT(text, Not(HasSubstr("dialtone_agent_witness_healthy{target=\"" + teams)));
  }
}

TEST_F(AgentMetricsTest, AStreamShowsItsQualityAndASilentOneNoNumberButItsLoss) {
  Target relay = TargetOf("relay1", "teams-media");
  relay.kind = ProbeKind::kStunBinding;
  ours_.Follow({relay, TargetOf("hub1", "hub")});
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(HasSubstr("dialtone_agent_media_loss_ratio{target=\"relay1\"} Nan"),
                    Not(HasSubstr("dialtone_agent_media_loss_ratio{target=\"hub1\"}"))));
  Result result = Of("relay1", Outcome::kAnswered);
  result.measurement.stream = Quality{.sent = 20,
                                      .lost = 5,
                                      .round_trip = absl::Milliseconds(125),
                                      .jitter = absl::Microseconds(62'500)};
  ours_.Count(result);
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(HasSubstr("dialtone_agent_media_loss_ratio{target=\"relay1\"} 0.25"),
                    HasSubstr("dialtone_agent_media_jitter_seconds{target=\"relay1\"} 0.0625"),
                    HasSubstr("dialtone_agent_media_round_trip_seconds{target=\"relay1\"} 0.125"),
                    HasSubstr("dialtone_agent_media_mos{target=\"relay1\"} 1.9")));
  result.measurement.outcome = Outcome::kTimedOut;
  result.measurement.stream = Quality{.sent = 5, .lost = 5};
  ours_.Count(result);
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(HasSubstr("dialtone_agent_media_loss_ratio{target=\"relay1\"} 1"),
                    HasSubstr("dialtone_agent_media_mos{target=\"relay1\"} Nan")));
  ours_.Follow({TargetOf("hub1", "hub")});
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("relay1")));
}

TEST_F(AgentMetricsTest, ATargetThatLeftThePlanLeavesNothingBehind) {
  ours_.Follow({TargetOf("hub1", "hub"), TargetOf("isp", "site-network")});
  ours_.Count(Of("hub1", Outcome::kRefused));
  ours_.Count(Of("isp", Outcome::kAnswered));
  ours_.Follow({TargetOf("isp", "site-network")});
  ours_.Count(Of("hub1", Outcome::kAnswered));  // ended late
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(Not(HasSubstr("hub1")), HasSubstr("dialtone_agent_probes_total{domain=\"site-"
                                                      "network\",probe=\"tcp_connect\",target="
                                                      "\"isp\"} 1")));
}

}  // namespace
}  // namespace dialtone::agents
