#include "detector/testimony.h"

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

struct Row {
  Outcome outcome;
  Says of_target;
  Says of_network;
  bool is_refusal;
};

TEST(Testimony, EveryOutcomeSpeaksOfItsTargetAndOfTheWayThere) {
  const Row table[] = {
      {Outcome::kAnswered, Says::kGood, Says::kGood, false},
      {Outcome::kTimedOut, Says::kBad, Says::kBad, false},
      {Outcome::kUnreachableNetwork, Says::kBad, Says::kBad, false},
      {Outcome::kRefused, Says::kBad, Says::kNothing, true},
      {Outcome::kTlsFailed, Says::kBad, Says::kGood, true},
      {Outcome::kRejected, Says::kBad, Says::kGood, true},
      {Outcome::kThrottled, Says::kNothing, Says::kGood, false},
      {Outcome::kOwnConfiguration, Says::kNothing, Says::kGood, false},
      {Outcome::kNotPossible, Says::kNothing, Says::kNothing, false},
  };
  for (const Row& row : table) {
    const Testimony testimony = Testify({.outcome = row.outcome});
    EXPECT_EQ(testimony.of_target, row.of_target) << static_cast<int>(row.outcome);
    EXPECT_EQ(testimony.of_network, row.of_network) << static_cast<int>(row.outcome);
    EXPECT_EQ(testimony.is_refusal, row.is_refusal) << static_cast<int>(row.outcome);
  }
}

TEST(Testimony, AnAgentThatIsLateItselfAccusesNobodyButMayAcquit) {
  const absl::Duration late = kMostLate + absl::Milliseconds(1);
  for (const Outcome outcome : {Outcome::kTimedOut, Outcome::kRejected, Outcome::kTlsFailed,
                                Outcome::kRefused, Outcome::kUnreachableNetwork}) {
    const Testimony testimony = Testify({.outcome = outcome, .late_by = late});
    EXPECT_NE(testimony.of_target, Says::kBad);
    EXPECT_NE(testimony.of_network, Says::kBad);
    EXPECT_FALSE(testimony.is_refusal);
  }
  EXPECT_EQ(Testify({.outcome = Outcome::kAnswered, .late_by = late}).of_target, Says::kGood);
  EXPECT_EQ(Testify({.outcome = Outcome::kTimedOut, .late_by = kMostLate}).of_target, Says::kBad);
}

TEST(Testimony, AStreamIsBadWhenTwoPacketsAreLost) {
  EXPECT_EQ(Testify({.packets_sent = 25, .packets_lost = 1}).of_target, Says::kGood);
  const Testimony bad = Testify({.packets_sent = 25, .packets_lost = 2});
  EXPECT_EQ(bad.of_target, Says::kBad);
  EXPECT_EQ(bad.of_network, Says::kBad);
  EXPECT_FALSE(bad.is_refusal);
}

TEST(Testimony, ACallIsBadThatRingsLate) {
  EXPECT_EQ(Testify({.post_dial_delay = absl::Seconds(4)}).of_target, Says::kGood);
  const Testimony late = Testify({.post_dial_delay = absl::Milliseconds(4001)});
  EXPECT_EQ(late.of_target, Says::kBad);
  EXPECT_NE(late.of_network, Says::kBad) << "it rang";
}

TEST(Testimony, AudioOneWayOnlyIsNoPacketLoss) {
  const Testimony oneway = Testify({.one_way_audio = true});
  EXPECT_EQ(oneway.of_target, Says::kBad);
  EXPECT_TRUE(oneway.is_refusal);
}

TEST(Testimony, AnAgentThatWasLateAccusesNobodyOfLoss) {
  const Testimony late =
      Testify({.late_by = absl::Milliseconds(200), .packets_sent = 25, .packets_lost = 9});
  EXPECT_EQ(late.of_target, Says::kNothing);
  EXPECT_EQ(late.of_network, Says::kNothing);
}

}  // namespace
}  // namespace dialtone::detector
