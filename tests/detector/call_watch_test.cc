#include "detector/call_watch.h"

#include "gtest/gtest.h"

#include "tests/detector/scene.h"

namespace dialtone::detector {
namespace {

class CallWatchTest : public ::testing::Test {
 protected:
  // What the router's calls said over the last 5 s, at the three hubs together; then 5 s go by.
  void Report(std::uint64_t sent, std::uint64_t answered, bool is_quiet = true) {
    RouterReport report = Scene().Report();
    report.hop_calls = {{.hop = "t1", .sent = sent / 2, .answered = answered / 2},
                        {.hop = "t2", .sent = sent - sent / 2, .answered = answered - answered / 2},
                        {.hop = "pbx1", .sent = 50, .answered = 0}};
    watch_.OnReport(report, is_quiet, now_);
    now_ += absl::Seconds(5);
  }
  void Quiet(int reports, std::uint64_t sent, std::uint64_t answered) {
    for (int i = 0; i < reports; ++i) Report(sent, answered);
  }

  const Fleet fleet_ = Story::LabFleet();
  CallWatch watch_{fleet_};
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  const absl::Time began_ = now_;
};

TEST_F(CallWatchTest, SeesCallsThatStayUnansweredAtTheHomeHops) {
  Quiet(20, 100, 96);
  EXPECT_FALSE(watch_.SawFall(0, began_)) << "what a backup does not answer is no fault of home";
  const absl::Time fault = now_;
  Report(100, 70, /*is_quiet=*/false);
  EXPECT_TRUE(watch_.SawFall(0, fault));
  EXPECT_FALSE(watch_.SawFall(0, now_));
}

TEST_F(CallWatchTest, AFewCallsSayNothing) {
  Report(9, 0);
  EXPECT_FALSE(watch_.SawFall(0, began_));
  EXPECT_FALSE(watch_.Contradicts(0, 0.9, began_));
}

TEST_F(CallWatchTest, ContradictsAFaultThatWouldLeaveManyMoreUnanswered) {
  Report(100, 96);
  EXPECT_TRUE(watch_.Contradicts(0, 0.9, began_));
  EXPECT_TRUE(watch_.Contradicts(0, 0.4, began_));
  EXPECT_FALSE(watch_.Contradicts(0, 0.15, began_)) << "so few may be chance";
  EXPECT_FALSE(watch_.Contradicts(0, 0.9, now_)) << "it is older";
  Report(100, 70);
  EXPECT_FALSE(watch_.Contradicts(0, 0.4, began_));
}

TEST_F(CallWatchTest, LearnsWhatIsUsualWhileAllIsQuietAndOnlyThen) {
  Quiet(60, 100, 88);  // slow answers: many are on their way
  EXPECT_FALSE(watch_.SawFall(0, began_ + absl::Minutes(1)));
  const absl::Time fault = now_;
  Quiet(60, 100, 99);
  for (int i = 0; i < 30; ++i) Report(100, 88, /*is_quiet=*/false);
  EXPECT_TRUE(watch_.SawFall(0, now_ - absl::Seconds(6))) << "an outage is not learned";
  EXPECT_TRUE(watch_.SawFall(0, fault));
}

}  // namespace
}  // namespace dialtone::detector
