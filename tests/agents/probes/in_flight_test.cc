#include "agents/probes/in_flight.h"

#include <map>

#include "gtest/gtest.h"

#include "tests/fakes/running_loop.h"

namespace dialtone::agents {
namespace {

// One path whose answers the test makes up.
class Path {
 public:
  explicit Path(absl::Duration ceiling = absl::Milliseconds(20))
      : patience_(ceiling), in_flight_(running_.loop(), patience_, "silent") {}

  void Await(const std::string& key) {
    in_flight_.Await(key, [this, key](Measurement measurement) {
      EXPECT_EQ(ended_.count(key), 0u) << "two results of one request";
      ended_[key] = std::move(measurement);
    });
  }
  void Answer(const std::string& key, absl::Duration waited = {}) {
    in_flight_.OnAnswer(key, waited, {.outcome = Outcome::kAnswered, .phase = Phase::kAnswer});
  }
  bool RunUntilEnded(size_t count) {
    return running_.RunUntil([&] { return ended_.size() == count; });
  }

  RunningLoop& running() { return running_; }
  InFlight& in_flight() { return in_flight_; }
  std::map<std::string, Measurement>& ended() { return ended_; }
  absl::Duration wait() const { return patience_.wait(); }

 private:
  RunningLoop running_;
  Patience patience_;
  InFlight in_flight_;
  std::map<std::string, Measurement> ended_;
};

TEST(InFlight, AnswersFindTheirRequestsInAnyOrder) {
  Path path(absl::Seconds(5));
  path.Await("a");
  path.Await("b");
  path.Answer("b");
  EXPECT_EQ(path.ended().count("a"), 0u);
  path.Answer("a");
  EXPECT_EQ(path.ended()["a"].outcome, Outcome::kAnswered);
  EXPECT_TRUE(path.ended()["b"].round_trip.has_value());
  EXPECT_TRUE(path.in_flight().idle());
}

TEST(InFlight, AnAnswerThatNobodyWaitsForIsIgnored) {
  Path path(absl::Seconds(5));
  path.Await("a");
  path.Answer("forged");
  EXPECT_TRUE(path.ended().empty());
  path.Answer("a");
  path.Answer("a");
  EXPECT_EQ(path.ended().size(), 1u);
}

TEST(InFlight, SilenceEndsEachRequestAtItsOwnDeadline) {
  Path path;
  path.Await("a");
  path.Await("b");
  ASSERT_TRUE(path.RunUntilEnded(2));
  EXPECT_EQ(path.ended()["a"].outcome, Outcome::kTimedOut);
  EXPECT_EQ(path.ended()["a"].detail, "silent in 0.02 s");
  EXPECT_EQ(path.ended()["a"].round_trip, std::nullopt);
  EXPECT_EQ(path.in_flight().silences(), 2);
}

TEST(InFlight, AnAnswerEndsTheSilence) {
  Path path;
  path.Await("a");
  ASSERT_TRUE(path.RunUntilEnded(1));
  path.Await("b");
  path.Answer("b");
  EXPECT_EQ(path.in_flight().silences(), 0);
}

TEST(InFlight, ALateAnswerTeachesPatienceButIsNoResult) {
  Path path(absl::Milliseconds(400));
  path.Await("quick");
  path.Answer("quick");
  const absl::Duration before = path.wait();
  EXPECT_LT(before, absl::Milliseconds(400));
  path.Await("late");
  ASSERT_TRUE(path.RunUntilEnded(2));
  path.Answer("late");
  EXPECT_EQ(path.ended()["late"].outcome, Outcome::kTimedOut);
  EXPECT_GT(path.wait(), before);
}

TEST(InFlight, OurOwnDelayIsNotPartOfTheRoundTrip) {
  Path path(absl::Seconds(5));
  path.Await("a");
  path.running().RunFor(absl::Milliseconds(10));
  path.Answer("a", /*waited=*/absl::Milliseconds(9));
  EXPECT_LT(path.ended()["a"].round_trip.value(), path.running().Now() - absl::UnixEpoch());
  EXPECT_GE(path.ended()["a"].round_trip.value(), absl::Milliseconds(1));

  // A wait longer than the round trip is a clock that was set, not a wait.
  path.Await("b");
  path.Answer("b", /*waited=*/absl::Seconds(59));
  EXPECT_GE(path.ended()["b"].round_trip.value(), absl::ZeroDuration());
}

TEST(InFlight, ABrokenPathEndsAllOrHandsThemBack) {
  Path path(absl::Seconds(5));
  path.Await("a");
  path.Await("b");
  path.in_flight().FailAll({.outcome = Outcome::kRefused, .phase = Phase::kAnswer});
  EXPECT_EQ(path.ended()["a"].outcome, Outcome::kRefused);
  EXPECT_EQ(path.ended()["b"].outcome, Outcome::kRefused);
  path.Await("c");
  EXPECT_EQ(path.in_flight().TakeAll().size(), 1u);
  EXPECT_TRUE(path.in_flight().idle());
  EXPECT_EQ(path.ended().count("c"), 0u);
}

}  // namespace
}  // namespace dialtone::agents
