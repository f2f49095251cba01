#include "agents/probes/dns_query.h"

#include <atomic>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/dns_answer.h"
#include "tests/fakes/running_loop.h"
#include "tests/fakes/slow_udp.h"
#include "tests/fakes/udp_hub.h"

namespace dialtone::agents {
namespace {

using ::testing::HasSubstr;

// A resolver over TCP on the loop of the test's thread: answers one query, then is done.
class TcpResolver {
 public:
  explicit TcpResolver(DnsAnswer answer)
      : answer_(answer), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any = AddressOf("127.0.0.1", 0);
    EXPECT_EQ(bind(listener_.get(), any.get(), any.length), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    EXPECT_TRUE(watch_.Start(listener_.get(), FD_READ,
                             &CallReady<TcpResolver, &TcpResolver::OnCaller>, this));
  }

  int port() const { return LocalEndOf(listener_.get())->port; }
  int queries() const { return queries_; }

 private:
  void OnCaller(int /*flags*/) {
    watch_.Stop();
    connection_ = Fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    EXPECT_TRUE(watch_.Start(connection_.get(), FD_READ,
                             &CallReady<TcpResolver, &TcpResolver::OnBytes>, this));
  }

  void OnBytes(int /*flags*/) {
    char buffer[512];
    const ssize_t length = recv(connection_.get(), buffer, sizeof(buffer), 0);
    if (length <= 0) return watch_.Stop();
    incoming_.append(buffer, static_cast<size_t>(length));
    if (incoming_.size() < 2 || incoming_.size() < 2 + static_cast<size_t>(incoming_[1])) return;
    ++queries_;
    const std::string answer = answer_(incoming_.substr(2));
    const std::string framed = std::string(1, '\0') + static_cast<char>(answer.size()) + answer;
    EXPECT_EQ(send(connection_.get(), framed.data(), framed.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(framed.size()));
  }

  const DnsAnswer answer_;
  Fd listener_;
  Fd connection_;
  Watch watch_;
  std::string incoming_;
  int queries_ = 0;
};

class DnsQueryTest : public ::testing::Test {
 protected:
  static Target To(int port, absl::Duration timeout = absl::Milliseconds(100)) {
    return {.name = "dns1",
            .kind = ProbeKind::kDnsQuery,
            .address = "127.0.0.1",
            .port = port,
            .interval = absl::Seconds(1),
            .timeout = timeout,
            .query = "sip.example.net"};
  }
  Measurement Measure(DnsQuery& probe) { return running_.Measure(probe).value_or(Measurement{}); }
  // What comes of an answer, with a probe that knows nothing yet.
  Measurement Of(const UdpHub::Answer& answer) {
    const UdpHub resolver(answer);
    DnsQuery probe(running_.loop(), To(resolver.port()), "");
    return Measure(probe);
  }

  RunningLoop running_;
};

TEST_F(DnsQueryTest, MeasuresHowLongTheResolverTakes) {
  const UdpHub resolver(DnsAnswer{});
  DnsQuery probe(running_.loop(), To(resolver.port()), "127.0.0.1");
  for (int i = 0; i < 3; ++i) {
    const Measurement measured = Measure(probe);
    EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
    EXPECT_EQ(measured.phase, Phase::kNameLookup);
    EXPECT_EQ(measured.code, 0);
    EXPECT_EQ(measured.detail, "");
    EXPECT_GT(measured.round_trip, absl::ZeroDuration());
  }
  EXPECT_THAT(resolver.last_request(), HasSubstr(std::string("\3sip\7example\3net\0\0\1\0\1", 21)));
}

TEST_F(DnsQueryTest, EveryQueryHasItsOwnId) {
  std::set<std::string> ids;
  const UdpHub resolver([&](const std::string& request) {
    ids.insert(request.substr(0, 2));
    return DnsAnswer{}(request);
  });
  DnsQuery probe(running_.loop(), To(resolver.port()), "");
  for (int i = 0; i < 8; ++i) (void)Measure(probe);
  EXPECT_GE(ids.size(), 7u);
}

TEST_F(DnsQueryTest, TheResponseCodeIsJudged) {
  const Measurement servfail = Of(DnsAnswer{.code = 2, .addresses = 0});
  EXPECT_EQ(servfail.outcome, Outcome::kRejected);
  EXPECT_EQ(servfail.phase, Phase::kNameLookup);
  EXPECT_EQ(servfail.code, 2);
  EXPECT_EQ(servfail.detail, "SERVFAIL for sip.example.net");
  EXPECT_TRUE(servfail.round_trip.has_value());
  EXPECT_EQ(Of(DnsAnswer{.code = 5, .addresses = 0}).outcome, Outcome::kRejected);
}

TEST_F(DnsQueryTest, ANameThatNeverWasIsOurMistakeAndOneThatIsGoneIsNot) {
  std::atomic<int> code = 3;
  const UdpHub resolver([&](const std::string& request) {
    return DnsAnswer{.code = code, .addresses = code == 0 ? 1 : 0}(request);
  });
  DnsQuery probe(running_.loop(), To(resolver.port()), "");
  const Measurement never = Measure(probe);
  EXPECT_EQ(never.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(never.detail, "NXDOMAIN for sip.example.net");
  code = 0;
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
  code = 3;
  EXPECT_EQ(Measure(probe).outcome, Outcome::kRejected);
}

TEST_F(DnsQueryTest, AnAnswerWithoutAnAddressIsNone) {
  const Measurement measured = Of(DnsAnswer{.addresses = 0});
  EXPECT_EQ(measured.outcome, Outcome::kOwnConfiguration);
  EXPECT_EQ(measured.detail, "no address for sip.example.net");
}

TEST_F(DnsQueryTest, SilenceIsATimeOut) {
  const Measurement measured = Of([](const std::string&) { return std::string(); });
  EXPECT_EQ(measured.outcome, Outcome::kTimedOut);
  EXPECT_EQ(measured.phase, Phase::kNameLookup);
  EXPECT_THAT(measured.detail, HasSubstr("no DNS answer in 0.1"));
}

TEST_F(DnsQueryTest, APortThatNobodyListensOnRefuses) {
  int port = 0;
  { port = UdpHub(DnsAnswer{}).port(); }
  DnsQuery probe(running_.loop(), To(port), "");
  const Measurement refused = Measure(probe);
  EXPECT_EQ(refused.outcome, Outcome::kRefused) << refused.detail;
  EXPECT_EQ(refused.phase, Phase::kNameLookup);
  const UdpHub again(DnsAnswer{}, port);
  EXPECT_EQ(Measure(probe).outcome, Outcome::kAnswered);
}

TEST_F(DnsQueryTest, GarbageForeignIdsForeignQuestionsAndTruncatedBytesAreNoAnswers) {
  EXPECT_EQ(Of([](const std::string&) { return std::string("\0\xff no DNS", 9); }).outcome,
            Outcome::kTimedOut);
  EXPECT_EQ(Of([](const std::string& request) {
              std::string answer = DnsAnswer{}(request);
              answer[0] = static_cast<char>(answer[0] ^ 0x55);
              return answer;
            }).outcome,
            Outcome::kTimedOut);
  EXPECT_EQ(Of([](const std::string& request) {
              std::string answer = DnsAnswer{}(request);
              answer[13] = 'x';  // xip.example.net
              return answer;
            }).outcome,
            Outcome::kTimedOut);
  const Measurement cut = Of([](const std::string& request) {
    const std::string answer = DnsAnswer{}(request);
    return answer.substr(0, answer.size() - 3);
  });
  EXPECT_EQ(cut.outcome, Outcome::kRejected);
  EXPECT_EQ(cut.detail, "the answer of the resolver cannot be read");
}

TEST_F(DnsQueryTest, DamagedAnswersHarmNobody) {
  std::atomic<size_t> at = 0;
  const UdpHub resolver([&](const std::string& request) {
    std::string answer = DnsAnswer{}(request);
    answer[at] = static_cast<char>(answer[at] ^ 0xc1);
    return answer;
  });
  const size_t size = DnsAnswer{}(std::string(33, '\0')).size();
  for (; at < size; ++at) {
    DnsQuery probe(running_.loop(), To(resolver.port(), absl::Milliseconds(5)), "");
    (void)Measure(probe);
  }
}

TEST_F(DnsQueryTest, ATruncatedAnswerIsAskedForOverTcp) {
  TcpResolver over_tcp(DnsAnswer{.addresses = 5});
  const UdpHub over_udp(DnsAnswer{.addresses = 0, .truncated = true}, over_tcp.port());
  DnsQuery probe(running_.loop(), To(over_udp.port(), absl::Seconds(2)), "");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
  EXPECT_EQ(over_tcp.queries(), 1);
}

TEST_F(DnsQueryTest, ATruncatedAnswerOfAResolverWithoutTcpIsARefusal) {
  const Measurement measured = Of(DnsAnswer{.addresses = 0, .truncated = true});
  EXPECT_EQ(measured.outcome, Outcome::kRefused) << measured.detail;
}

TEST_F(DnsQueryTest, ALateAnswerTimesOutAndTeachesPatienceSoTheNextIsSlow) {
  SlowUdp resolver(running_.loop(), DnsAnswer{});
  DnsQuery probe(running_.loop(), To(resolver.port(), absl::Seconds(1)), "");
  ASSERT_EQ(Measure(probe).outcome, Outcome::kAnswered);  // from now on 0.3 s and two round trips
  resolver.set_delay(absl::Milliseconds(360));
  EXPECT_EQ(Measure(probe).outcome, Outcome::kTimedOut);
  running_.RunFor(absl::Milliseconds(80));
  const Measurement slow = Measure(probe);
  EXPECT_EQ(slow.outcome, Outcome::kAnswered) << slow.detail;
  EXPECT_GE(slow.round_trip, absl::Milliseconds(360));
}

TEST_F(DnsQueryTest, QueriesUnderWayDoNotWaitForEachOther) {
  SlowUdp resolver(running_.loop(), DnsAnswer{});
  resolver.set_delay(absl::Milliseconds(30));
  DnsQuery probe(running_.loop(), To(resolver.port(), absl::Seconds(1)), "");
  int answered = 0;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(probe.Start([&](const Measurement& how) {
      if (how.outcome == Outcome::kAnswered) ++answered;
    }));
  }
  EXPECT_TRUE(running_.RunUntil([&] { return answered == 8; }, absl::Milliseconds(900)));
}

TEST_F(DnsQueryTest, AsksOverIpv6) {
  SlowUdp resolver(running_.loop(), DnsAnswer{}, "::1");
  Target target = To(resolver.port());
  target.address = "::1";
  DnsQuery probe(running_.loop(), target, "");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kAnswered) << measured.detail;
}

TEST_F(DnsQueryTest, AnUnknownSourceAddressIsNoEvidence) {
  DnsQuery probe(running_.loop(), To(53), "192.0.2.77");
  const Measurement measured = Measure(probe);
  EXPECT_EQ(measured.outcome, Outcome::kNotPossible);
  EXPECT_THAT(measured.detail, HasSubstr("probe_source_address 192.0.2.77"));
}

TEST_F(DnsQueryTest, DestroyedWithQueriesUnderWayItGivesNoResult) {
  const UdpHub resolver([](const std::string&) { return std::string(); });
  {
    DnsQuery probe(running_.loop(), To(resolver.port()), "");
    EXPECT_TRUE(probe.Start([](const Measurement&) { ADD_FAILURE(); }));
  }
  running_.RunFor(absl::Milliseconds(20));
}

}  // namespace
}  // namespace dialtone::agents
