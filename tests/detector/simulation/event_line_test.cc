#include "detector/simulation/event_line.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Reads one `at` line, given without the word `at`, into a scenario of 20 sites.
struct Read {
  explicit Read(absl::string_view text) {
    const std::vector<FileLine> lines = SplitScenario(text);
    LineReader reader(lines.front(), {.sites = 20, .isps = 4, .regions = 2}, &errors);
    ReadEvent(reader, &scenario);
  }
  Scenario scenario;
  std::vector<FileError> errors;
};

TEST(EventLine, ReadsAFault) {
  const Read read(
      "60s..5m fault slow targets call,signin scope isp 0 severity 35% delay 8s ramp-in 30s "
      "ramp-out 1m flap 20s/40s");
  EXPECT_THAT(read.errors, IsEmpty());
  ASSERT_THAT(read.scenario.faults, SizeIs(1));
  const Fault& fault = read.scenario.faults[0];
  EXPECT_EQ(fault.when, (Span{.from = absl::Seconds(60), .to = absl::Minutes(5)}));
  EXPECT_EQ(fault.kind, FaultKind::kSlow);
  EXPECT_TRUE(fault.targets.Has(Probed::kSignIn));
  EXPECT_EQ(fault.where.kind, Where::Kind::kIsp);
  EXPECT_DOUBLE_EQ(fault.severity, 0.35);
  EXPECT_EQ(fault.delay, absl::Seconds(8));
  EXPECT_EQ(fault.ramp_in, absl::Seconds(30));
  EXPECT_EQ(fault.ramp_out, absl::Minutes(1));
  EXPECT_EQ(fault.flap_on, absl::Seconds(20));
  EXPECT_EQ(fault.flap_off, absl::Seconds(40));
}

TEST(EventLine, ReadsOurOwnFaults) {
  const Read reject("0..5m fault reject 480 targets call scope global severity 100%");
  ASSERT_THAT(reject.scenario.faults, SizeIs(1));
  EXPECT_EQ(reject.scenario.faults[0].code, 480);
  const Read address("0..5m fault address 1/4 targets hub1 scope global severity 100%");
  ASSERT_THAT(address.scenario.faults, SizeIs(1));
  EXPECT_EQ(address.scenario.faults[0].dead, 1);
  EXPECT_EQ(address.scenario.faults[0].addresses, 4);
  EXPECT_THAT(Read("0..5m fault reject targets call scope global severity 9%").errors, SizeIs(1));
  EXPECT_THAT(Read("0..5m fault address 5/4 targets hub1 scope global").errors, SizeIs(1));
}

TEST(EventLine, ReadsWhatIsWrongWithAgents) {
  const Read read("60s..90s agent clock-jump scope site 3 by -30s");
  EXPECT_THAT(read.errors, IsEmpty());
  ASSERT_THAT(read.scenario.agent_faults, SizeIs(1));
  EXPECT_EQ(read.scenario.agent_faults[0].kind, AgentFaultKind::kClockJump);
  EXPECT_EQ(read.scenario.agent_faults[0].by, absl::Seconds(-30));
  EXPECT_THAT(Read("60s..90s agent late-results scope fraction 50%").errors, IsEmpty());
  EXPECT_THAT(Read("60s..90s agent asleep scope global").errors, SizeIs(1));
}

TEST(EventLine, ReadsATruth) {
  const Read read("60s..5m truth domain teams-all,hub2 scope region 1 flip yes calls-degraded 80%");
  EXPECT_THAT(read.errors, IsEmpty());
  ASSERT_THAT(read.scenario.truths, SizeIs(1));
  const Truth& truth = read.scenario.truths[0];
  EXPECT_THAT(truth.domains, ElementsAre(DomainName{.domain = FaultDomain::kTeamsAll},
                                         DomainName{.domain = FaultDomain::kHub, .hub = 2}));
  EXPECT_EQ(truth.flip, FlipWish::kYes);
  EXPECT_DOUBLE_EQ(truth.calls_degraded, 0.8);
}

TEST(EventLine, NamesEveryPartThatALineLacks) {
  EXPECT_THAT(Read("60s..5m truth calls-degraded 80%").errors, SizeIs(3));
  const Read fault("60s..5m fault blackhole severity 100%");
  ASSERT_THAT(fault.errors, SizeIs(2));
  EXPECT_THAT(fault.errors[0].text, HasSubstr("no \"targets\""));
}

TEST(EventLine, ReadsIncidentsAndOrders) {
  const Read backup("60s..5m backup dead scope site 4");
  ASSERT_THAT(backup.scenario.incidents, SizeIs(1));
  EXPECT_EQ(backup.scenario.incidents[0].kind, IncidentKind::kBackupDead);
  const Read detector("60s..70s detector down");
  ASSERT_THAT(detector.scenario.incidents, SizeIs(1));
  EXPECT_EQ(detector.scenario.incidents[0].kind, IncidentKind::kDetectorDown);
  const Read order("90s operator failover scope region 0");
  ASSERT_THAT(order.scenario.orders, SizeIs(1));
  EXPECT_EQ(order.scenario.orders[0].at, absl::Seconds(90));
  EXPECT_THAT(Read("90s operator freeze").scenario.orders, SizeIs(1));
  EXPECT_THAT(Read("90s operator dance").errors, SizeIs(1));
}

TEST(EventLine, WantsAnEndAfterTheBeginning) {
  for (const char* wrong : {"5m..5m detector down", "5m..1m detector down", "..5m detector down"}) {
    const Read read(wrong);
    ASSERT_THAT(read.errors, SizeIs(1)) << wrong;
    EXPECT_EQ(read.errors[0].column, 1);
  }
}

}  // namespace
}  // namespace dialtone::detector::simulation
