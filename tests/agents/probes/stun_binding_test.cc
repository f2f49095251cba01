#include "agents/probes/stun_binding.h"

#include <atomic>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/running_loop.h"
#include "tests/fakes/slow_udp.h"
#include "tests/fakes/stun_answer.h"
#include "tests/fakes/udp_hub.h"

#include <netinet/ip.h>

namespace dialtone::agents {
namespace {

using ::testing::HasSubstr;

// Ten packets in ten milliseconds, for a test has no second.
constexpr StreamShape kQuick = {.packets = 10, .spacing = absl::Milliseconds(1)};

class StunBindingTest : public ::testing::Test {
 protected:
  static Target To(int port, absl::Duration timeout = absl::Milliseconds(60)) {
    return {.name = "relay",
            .kind = ProbeKind::kStunBinding,
            .address = "127.0.0.1",
            .port = port,
            .interval = absl::Seconds(1),
            .timeout = timeout};
  }
  StunBinding Probe(int port, StreamBudget* budget = nullptr) {
    return StunBinding(running_.loop(), To(port), "", budget, kQuick);
  }
  Measurement Measure(StunBinding& probe) {
    const std::optional<Measurement> measured = running_.Measure(probe);
    EXPECT_TRUE(measured.has_value()) << "not now";
    return measured.value_or(Measurement{});
  }
  // What a relay makes of the n-th request, n from 1.
  static UdpHub::Answer Counting(std::function<std::string(const std::string&, int)> answer) {
    return [answer, n = std::make_shared<std::atomic<int>>(0)](const std::string& request) {
      return answer(request, ++*n);
    };
  }

  RunningLoop running_;
};

TEST_F(StunBindingTest, ACleanPathLosesNothing) {
  const UdpHub relay(StunSuccess);
  StunBinding probe = Probe(relay.port());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(measured.phase, Phase::kAnswer);
  EXPECT_EQ(measured.detail, "");
  ASSERT_TRUE(measured.stream.has_value());
  EXPECT_EQ(measured.stream->sent, 10);
  EXPECT_EQ(measured.stream->lost, 0);
  EXPECT_GT(measured.round_trip, absl::ZeroDuration());
  EXPECT_TRUE(measured.stream->jitter.has_value());
}

TEST_F(StunBindingTest, EveryPacketHasItsOwnId) {
  std::set<std::string> ids;
  const UdpHub relay([&](const std::string& request) {
    ids.insert(request.substr(8, 12));
    return StunSuccess(request);
  });
  StunBinding probe = Probe(relay.port());
  (void)Measure(probe);
  (void)Measure(probe);
  EXPECT_EQ(ids.size(), 20u);
}

TEST_F(StunBindingTest, LossIsCountedAndTheRestIsStillMeasured) {
  const UdpHub relay(Counting([](const std::string& request, int n) {
    return n % 3 == 0 ? std::string() : StunSuccess(request);
  }));
  StunBinding probe = Probe(relay.port());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered);
  EXPECT_EQ(measured.stream->sent, 10);
  EXPECT_EQ(measured.stream->lost, 3);
  EXPECT_TRUE(measured.round_trip.has_value());
}

TEST_F(StunBindingTest, ASilentRelayIsToldAfterFivePacketsNotAfterTheStream) {
  const UdpHub relay([](const std::string&) { return std::string(); });
  StunBinding probe = Probe(relay.port());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kAnswer);
  EXPECT_EQ(measured.round_trip, std::nullopt);
  EXPECT_EQ(measured.stream->sent, StunBinding::kSilencesThatEnd);
  EXPECT_EQ(measured.stream->lost, StunBinding::kSilencesThatEnd);
  EXPECT_THAT(measured.detail, HasSubstr("no STUN answer in 0.06 s"));
}

TEST_F(StunBindingTest, AFewLossesAtTheStartDoNotEndAStreamThatIsAnswered) {
  const UdpHub relay(Counting([](const std::string& request, int n) {
    return n == 1 || n > 3 ? StunSuccess(request) : std::string();
  }));
  StunBinding probe = Probe(relay.port());
  EXPECT_EQ(Measure(probe).stream->sent, 10);
}

TEST_F(StunBindingTest, APortThatNobodyListensOnRefuses) {
  int port = 0;
  { port = UdpHub(StunSuccess).port(); }
  StunBinding probe = Probe(port);
  const Measurement refused = Measure(probe);
  EXPECT_EQ(refused.outcome, Outcome::kRefused) << refused.detail;
  EXPECT_EQ(refused.stream->sent, 0);
  const UdpHub again(StunSuccess, port);
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
}

TEST_F(StunBindingTest, GarbageMirrorsAndForeignIdsAreNoAnswers) {
  const UdpHub relay(Counting([](const std::string& request, int n) {
    std::string answer = StunSuccess(request);
    switch (n % 5) {
      case 0:
        return std::string("\0\xff no STUN at all", 17);
      case 1:
        return request;  // a mirror
      case 2:
        answer[8] = static_cast<char>(answer[8] + 1);  // somebody else's
        return answer;
      case 3:
        answer[19] = static_cast<char>(answer[19] ^ 0x40);  // ours, but never sent
        return answer;
      default:
        return answer.substr(0, answer.size() - 4);  // truncated
    }
  }));
  StunBinding probe = Probe(relay.port());
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
}

TEST_F(StunBindingTest, ADoubledAnswerCountsOnce) {
  std::string last;
  const UdpHub relay(Counting([&](const std::string& request, int n) {
    const std::string answer = n % 2 == 0 ? last : StunSuccess(request);
    last = answer;
    return answer;
  }));
  StunBinding probe = Probe(relay.port());
  EXPECT_EQ(Measure(probe).stream->lost, 5);
}

TEST_F(StunBindingTest, AnErrorOfTheRelayRejectsAndADemandForCredentialsDoesNot) {
  const auto answering = [](int code) {
    return [code](const std::string& request) { return StunError(request, code); };
  };
  const UdpHub broken(answering(500));
  StunBinding probe = Probe(broken.port());
  const Measurement rejected = Measure(probe);
  EXPECT_EQ(rejected.outcome, Outcome::kRejected);
  EXPECT_EQ(rejected.code, 500);
  EXPECT_EQ(rejected.detail, "STUN error 500");
  EXPECT_EQ(rejected.stream->lost, 0) << "the packets came through";

  const UdpHub closed(answering(401));
  StunBinding other = Probe(closed.port());
  const Measurement answered = Measure(other);
  EXPECT_EQ(answered.outcome, Outcome::kAnswered);
  EXPECT_EQ(answered.code, 401);
}

TEST_F(StunBindingTest, OneStreamAtATimeIsSentAndTheNextMayFollowItsLastPacket) {
  const UdpHub relay(StunSuccess);
  StunBinding probe = Probe(relay.port());
  int ended = 0;
  ASSERT_TRUE(probe.Start([&](const Measurement&) { ++ended; }));
  EXPECT_FALSE(probe.Start([&](const Measurement&) { ADD_FAILURE(); }));
  ASSERT_TRUE(running_.RunUntil([&] { return ended == 1; }));
  EXPECT_TRUE(probe.Start([&](const Measurement&) { ++ended; }));
  ASSERT_TRUE(running_.RunUntil([&] { return ended == 2; }));
}

TEST_F(StunBindingTest, APublicRelayIsNotAskedBeyondItsBudget) {
  const UdpHub relay(StunSuccess);
  StreamBudget budget;
  StunBinding probe = Probe(relay.port(), &budget);
  for (int i = 0; i < StreamBudget::kAtOnce; ++i) {
    ASSERT_EQ(Measure(probe).outcome, Outcome::kAnswered) << i;
  }
  EXPECT_FALSE(probe.Start([](const Measurement&) { ADD_FAILURE(); }));
}

TEST_F(StunBindingTest, ASlowRelayIsAnsweredAndReportedAsSlow) {
  SlowUdp relay(running_.loop(), StunSuccess);
  relay.set_delay(absl::Milliseconds(30));
  StunBinding probe = Probe(relay.port());
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.stream->lost, 0);
  EXPECT_GE(measured.round_trip, absl::Milliseconds(30));
}

// A path that became slower than we wait for must not look dead for ever.
TEST_F(StunBindingTest, LateAnswersAreLossesOnceThenTheStreamIsSlow) {
  SlowUdp relay(running_.loop(), StunSuccess);
  StunBinding probe(running_.loop(), To(relay.port(), absl::Seconds(2)), "", nullptr, kQuick);
  ASSERT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  relay.set_delay(absl::Milliseconds(400));  // we wait 0.3 s and two round trips
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  running_.RunFor(absl::Milliseconds(120));
  const Measurement slow = Measure(probe);
  EXPECT_EQ(slow.outcome, Outcome::kAnswered);
  EXPECT_EQ(slow.stream->lost, 0);
  EXPECT_GE(slow.round_trip, absl::Milliseconds(400));
}

TEST_F(StunBindingTest, MeasuresOverIpv6) {
  SlowUdp relay(running_.loop(), StunSuccess, "::1");
  Target target = To(relay.port());
  target.address = "::1";
  StunBinding probe(running_.loop(), target, "", nullptr, kQuick);
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(measured.stream->lost, 0);
}

// What a voice network gives priority to.
TEST_F(StunBindingTest, IsMarkedAsVoice) {
  const Fd relay(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SocketAddress any = AddressOf("127.0.0.1", 0);
  ASSERT_EQ(bind(relay.get(), any.get(), any.length), 0);
  const int on = 1;
  ASSERT_EQ(setsockopt(relay.get(), IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)), 0);
  StunBinding probe = Probe(LocalEndOf(relay.get())->port);
  ASSERT_TRUE(probe.Start([](const Measurement&) {}));

  char bytes[64];
  iovec place = {.iov_base = bytes, .iov_len = sizeof(bytes)};
  alignas(cmsghdr) char control[64];
  msghdr header = {};
  header.msg_iov = &place;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ASSERT_GT(recvmsg(relay.get(), &header, MSG_DONTWAIT), 0);
  const cmsghdr* const part = CMSG_FIRSTHDR(&header);
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(*CMSG_DATA(part), 46 << 2) << "DSCP EF";
}

TEST_F(StunBindingTest, ItsEndWhileAStreamIsUnderWayGivesNoResult) {
  const UdpHub relay(StunSuccess);
  {
    StunBinding probe = Probe(relay.port());
    ASSERT_TRUE(probe.Start([](const Measurement&) { ADD_FAILURE(); }));
  }
  running_.RunFor(absl::Milliseconds(20));
}

}  // namespace
}  // namespace dialtone::agents
