#include "agents/probes/sip_options_udp.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/running_loop.h"
#include "tests/fakes/sip_answer.h"
#include "tests/fakes/udp_hub.h"

namespace dialtone::agents {
namespace {

using ::testing::HasSubstr;

class SipOptionsUdpTest : public ::testing::Test {
 protected:
  static Target To(int port) {
    return {.name = "pbx",
            .kind = ProbeKind::kSipOptionsUdp,
            .address = "127.0.0.1",
            .port = port,
            .interval = absl::Seconds(1),
            .timeout = absl::Milliseconds(200)};
  }
  static UdpHub::Answer Says(const std::string& status) {
    return [status](const std::string& request) { return SipAnswer(request, status); };
  }

  RunningLoop running_;
};

TEST_F(SipOptionsUdpTest, MeasuresTheRoundTrip) {
  const UdpHub hub(Says("200 OK"));
  SipOptionsUdp probe(running_.loop(), To(hub.port()), "127.0.0.1");
  const std::optional<Measurement> measured = running_.Measure(probe);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->outcome, Outcome::kAnswered) << measured->detail;
  EXPECT_GT(*measured->round_trip, absl::ZeroDuration());
  EXPECT_THAT(hub.last_request(), HasSubstr("OPTIONS sip:127.0.0.1"));
}

TEST_F(SipOptionsUdpTest, AnAnswerToAnotherRequestIsNone) {
  const UdpHub hub([](const std::string& request) {
    std::string answer = SipAnswer(request, "200 OK");
    const size_t branch = answer.find("z9hG4bK");
    answer[branch + 8] = answer[branch + 8] == 'x' ? 'y' : 'x';
    return answer;
  });
  SipOptionsUdp probe(running_.loop(), To(hub.port()), "");
  const std::optional<Measurement> measured = running_.Measure(probe);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->outcome, Outcome::kTimedOut);
}

TEST_F(SipOptionsUdpTest, AClosedPortRefusesAtOnceAndComesBack) {
  int port = 0;
  { port = UdpHub(Says("200 OK")).port(); }
  SipOptionsUdp probe(running_.loop(), To(port), "");
  const std::optional<Measurement> refused = running_.Measure(probe);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->outcome, Outcome::kRefused) << refused->detail;
  const UdpHub again(Says("200 OK"), port);
  const std::optional<Measurement> answered = running_.Measure(probe);
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->outcome, Outcome::kAnswered) << answered->detail;
}

TEST_F(SipOptionsUdpTest, GarbageIsNoAnswer) {
  const UdpHub hub([](const std::string&) { return std::string("\0\xff SIP nonsense", 15); });
  SipOptionsUdp probe(running_.loop(), To(hub.port()), "");
  const std::optional<Measurement> measured = running_.Measure(probe);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->outcome, Outcome::kTimedOut);
}

}  // namespace
}  // namespace dialtone::agents
