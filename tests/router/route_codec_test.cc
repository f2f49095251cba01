#include "router/route_codec.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::SetRoutesRequest Request(const std::string& text) {
  v1::SetRoutesRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return request;
}

TEST(DecodeProposal, TakesEveryField) {
  const auto proposal = DecodeProposal(Request(R"pb(
    epoch: 3
    generation: 7
    groups {
      group: "nyc"
      shares { route: "teams" percent: 25 }
      shares { route: "pbx" percent: 75 }
      ignore_hop_states: true
      origin: OPERATOR
      reason: "drill"
      since { seconds: 1800000000 nanos: 123456789 }
    }
    hop_states { hop: "t1" state: AFTER_BACKUPS percent: 50 reason: "silent" }
    hop_states { hop: "t2" state: LAST_IN_ROUTE percent: 100 }
    hop_states { hop: "t3" state: NORMAL }
  )pb"));
  ASSERT_TRUE(proposal.ok()) << proposal.status();
  EXPECT_EQ(proposal->version, (Version{3, 7}));
  // Microseconds: as the store keeps it.
  EXPECT_THAT(proposal->groups,
              ElementsAre(GroupWish{"nyc",
                                    {{"teams", 25}, {"pbx", 75}},
                                    true,
                                    Origin::kOperator,
                                    "drill",
                                    absl::FromUnixMicros(1'800'000'000'123'456)}));
  EXPECT_THAT(proposal->hop_states,
              ElementsAre(HopWish{"t1", HopState::kAfterBackups, 50, "silent"},
                          HopWish{"t2", HopState::kLastInRoute, 100, ""},
                          HopWish{"t3", HopState::kNormal, 0, ""}));
}

TEST(DecodeProposal, ValuesOfANewerWriterBecomeOnesThatTheRulesRefuse) {
  v1::SetRoutesRequest request = Request(R"pb(
    groups {
      group: "nyc"
      shares { route: "teams" percent: 4000000000 }
    }
    hop_states { hop: "t1" }
  )pb");
  request.mutable_groups(0)->set_origin(static_cast<v1::Origin>(99));
  request.mutable_hop_states(0)->set_state(static_cast<v1::HopState>(99));
  const auto proposal = DecodeProposal(request);
  ASSERT_TRUE(proposal.ok());
  EXPECT_EQ(proposal->groups[0].origin, Origin::kUnset);
  EXPECT_GT(proposal->groups[0].shares[0].percent, 100);
  EXPECT_EQ(proposal->groups[0].since, std::nullopt);
  EXPECT_EQ(proposal->hop_states[0].state, HopState::kUnset);
}

TEST(DecodeProposal, ATimeThatIsNoneIsNamed) {
  for (const char* since :
       {"seconds: 253402300800", "seconds: -62135596801", "nanos: -1", "nanos: 1000000000"}) {
    const auto proposal =
        DecodeProposal(Request(std::string("groups {} groups { since {") + since + "} }"));
    EXPECT_EQ(proposal.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(proposal.status().message(), HasSubstr("group 2: since: given "));
  }
}

class EncodePictureTest : public ::testing::Test {
 protected:
  v1::ReadRoutesResponse Encode(double at = 0) {
    return EncodePicture({table_, voice_layer_, kStart + absl::Seconds(at)}, topology_);
  }

  const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
  const Topology topology_ = SampleTopology();
  RouteTable table_{topology_, SampleInventory(), 0};
  VoiceLayerStatus voice_layer_;
};

TEST_F(EncodePictureTest, ARouterThatKnowsNothingYet) {
  const v1::ReadRoutesResponse response = Encode();
  EXPECT_EQ(response.voice_layer(), "vl1");
  EXPECT_EQ(response.epoch(), 0u);
  EXPECT_FALSE(response.voice_layer_up());
  EXPECT_FALSE(response.has_lease_left());
  EXPECT_EQ(response.router_version(), DIALTONE_VERSION);
  ASSERT_EQ(response.groups_size(), 3);
  EXPECT_EQ(response.groups(0).group(), "lon");
  EXPECT_EQ(response.groups(0).home_route(), "teams");
  EXPECT_THAT(response.groups(0).backup_routes(), ElementsAre("pbx", "pstn"));
  EXPECT_EQ(response.groups(0).numbers(), 2u);
  EXPECT_FALSE(response.groups(0).has_wanted());
  EXPECT_THAT(response.groups(0).confirmed(), IsEmpty());
  EXPECT_FALSE(response.groups(0).in_sync());
  ASSERT_EQ(response.routes_size(), 3);
  EXPECT_THAT(response.routes(0).hops(), ElementsAre("t1", "t2", "t3"));
}

TEST_F(EncodePictureTest, WantedAndConfirmedStandSideBySide) {
  table_.Accept({{3, 7}, AllHomeBut({On("nyc", "pbx")})}, kStart);
  table_.Confirm({{"nyc", ParsePlan("-|25:teams,pbx/75:pbx,teams")}}, kStart);
  const v1::GroupStatus nyc = Encode().groups(1);
  EXPECT_EQ(nyc.wanted().shares(0).route(), "pbx");
  EXPECT_EQ(nyc.wanted().origin(), v1::AUTO);
  EXPECT_EQ(nyc.wanted().since().seconds(), 1'800'000'000);
  ASSERT_EQ(nyc.confirmed_size(), 2);
  EXPECT_EQ(nyc.confirmed(1).percent(), 75u);
  EXPECT_EQ(nyc.confirmed_time().seconds(), 1'800'000'000);
  EXPECT_FALSE(nyc.in_sync());
}

TEST_F(EncodePictureTest, HopStatesAreThoseReadBackWithTheReasonOfTheWish) {
  table_.ObserveCalls({{"t1", 0, 0}, {"t2", 0, 0}}, kStart);
  table_.ObserveCalls({{"t1", 0, 0}, {"t2", 20, 20}}, kStart + absl::Seconds(1));
  table_.Accept({{3, 7},
                 AllHomeBut({}),
                 {{"t1", HopState::kAfterBackups, 50, "silent"},
                  {"t2", HopState::kAfterBackups, 100, "silent"}}},
                kStart + absl::Seconds(1));
  voice_layer_ = {true, 4, {{"t1", HopState::kAfterBackups, 50}}};
  const v1::ReadRoutesResponse response = Encode(11);
  EXPECT_TRUE(response.voice_layer_up());
  EXPECT_EQ(response.voice_layer_restarts(), 4u);
  ASSERT_EQ(response.hop_states_size(), 1);
  EXPECT_EQ(response.hop_states(0).state(), v1::AFTER_BACKUPS);
  EXPECT_EQ(response.hop_states(0).percent(), 50u);
  EXPECT_EQ(response.hop_states(0).reason(), "silent");
  ASSERT_EQ(response.refused_hop_states_size(), 1);
  EXPECT_EQ(response.refused_hop_states(0).hop(), "t2");
  EXPECT_EQ(response.lease_left().seconds(), 20);
  ASSERT_EQ(response.hop_calls_size(), 2);
  EXPECT_EQ(response.hop_calls(1).sent(), 20u);
  EXPECT_EQ(response.hop_calls(1).answered_total(), 20u);
}

TEST(ToStatus, TellsAWriterWhetherToTryAgain) {
  const auto code = [](ProposalResult result) { return ToStatus({result, "why"}).code(); };
  EXPECT_EQ(code(ProposalResult::kAccepted), absl::StatusCode::kOk);
  EXPECT_EQ(code(ProposalResult::kRepeated), absl::StatusCode::kOk);
  EXPECT_EQ(code(ProposalResult::kOlder), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(ProposalResult::kConflicting), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(ProposalResult::kShrunk), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(ProposalResult::kInvalid), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(ProposalResult::kTooMany), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(ProposalResult::kNotPermitted), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(ProposalResult::kNotStored), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(ProposalResult::kBusy), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace dialtone::router
