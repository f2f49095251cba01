#include "agents/runner.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/running_loop.h"

namespace dialtone::agents {
namespace {

using ::testing::ElementsAre;

Target TargetOf(const std::string& name, absl::Duration interval = absl::Milliseconds(5)) {
  return {
      .name = name, .kind = ProbeKind::kTcpConnect, .address = "192.0.2.1", .interval = interval};
}

// A runner whose probes do what the test says: answer, keep silent, or say "not now".
class RunnerTest : public ::testing::Test {
 protected:
  enum class Manner { kAnswers, kIsSilent, kSaysNotNow };

  class ScriptedProbe final : public Probe {
   public:
    ScriptedProbe(RunnerTest& test, std::string name) : test_(test), name_(std::move(name)) {}
    ~ScriptedProbe() override { test_.destroyed_.push_back(name_); }
    bool Start(Done done) override {
      if (test_.manner_ == Manner::kSaysNotNow) return false;
      if (test_.manner_ == Manner::kIsSilent) {
        test_.silent_.push_back(std::move(done));
      } else {
        done({.outcome = Outcome::kAnswered, .phase = Phase::kConnect});
      }
      return true;
    }

   private:
    RunnerTest& test_;
    const std::string name_;
  };

  bool RunUntilResults(size_t count) {
    return running_.RunUntil([&] { return results_.size() >= count; });
  }

  RunningLoop running_;
  Manner manner_ = Manner::kAnswers;
  std::vector<std::string> made_;
  std::vector<std::string> destroyed_;
  std::vector<Probe::Done> silent_;
  std::vector<Result> results_;
  Runner runner_{running_.loop(),
                 [this](const Target& target) -> absl::StatusOr<std::unique_ptr<Probe>> {
                   if (target.port == 666) return absl::InvalidArgumentError("no such port");
                   made_.push_back(target.name);
                   return std::make_unique<ScriptedProbe>(*this, target.name);
                 },
                 [this](Result result) { results_.push_back(std::move(result)); }};
};

TEST_F(RunnerTest, NumbersResultsOverAllTargets) {
  EXPECT_THAT(runner_.Follow({.version = 1, .targets = {TargetOf("a"), TargetOf("b")}}),
              testing::IsEmpty());
  ASSERT_TRUE(RunUntilResults(6));
  std::set<std::string> targets;
  for (size_t i = 0; i < results_.size(); ++i) {
    EXPECT_EQ(results_[i].sequence, i + 1);
    EXPECT_LE(results_[i].sent, running_.Now());
    targets.insert(results_[i].target);
  }
  EXPECT_THAT(targets, ElementsAre("a", "b"));
}

TEST_F(RunnerTest, RefusesTargetsOneByOneAndSaysWhy) {
  Target bad = TargetOf("bad");
  bad.port = 666;
  EXPECT_THAT(runner_.Follow({.version = 1, .targets = {TargetOf("a"), bad, TargetOf("a")}}),
              ElementsAre("bad: no such port", "a: named twice in the plan"));
  ASSERT_EQ(runner_.targets().size(), 1u);
  EXPECT_EQ(runner_.targets()[0].name, "a");

  Plan crowd;
  for (size_t i = 0; i <= Plan::kMostTargets; ++i) {
    crowd.targets.push_back(TargetOf("t" + std::to_string(i), absl::Hours(1)));
  }
  EXPECT_THAT(runner_.Follow(crowd), ElementsAre("t200: the plan has more than 200 targets"));
}

TEST_F(RunnerTest, ANewCadenceKeepsTheProbeAndItsWarmConnection) {
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a", absl::Hours(1)), TargetOf("b")}});
  (void)runner_.Follow({.version = 2, .targets = {TargetOf("a")}});
  EXPECT_THAT(made_, ElementsAre("a", "b"));
  EXPECT_THAT(destroyed_, ElementsAre("b"));

  Target moved = TargetOf("a");
  moved.address = "192.0.2.2";
  (void)runner_.Follow({.version = 3, .targets = {moved}});
  EXPECT_THAT(made_, ElementsAre("a", "b", "a"));
  EXPECT_THAT(destroyed_, ElementsAre("b", "a"));
}

TEST_F(RunnerTest, APlanThatBreaksAGoodTargetEndsItsProbe) {
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a")}});
  Target bad = TargetOf("a");
  bad.port = 666;
  EXPECT_THAT(runner_.Follow({.version = 2, .targets = {bad}}), ElementsAre("a: no such port"));
  EXPECT_THAT(destroyed_, ElementsAre("a"));
  EXPECT_TRUE(runner_.targets().empty());
}

TEST_F(RunnerTest, MeasurementsOfAReplacedProbeLeaveRoomForTheNext) {
  manner_ = Manner::kIsSilent;
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a")}});
  ASSERT_TRUE(running_.RunUntil([&] { return silent_.size() == Schedule::kMostInFlight; }));
  running_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(silent_.size(), static_cast<size_t>(Schedule::kMostInFlight)) << "as many as may be";
  EXPECT_GT(runner_.skipped(), 0u);

  manner_ = Manner::kAnswers;
  Target moved = TargetOf("a");
  moved.address = "192.0.2.2";
  (void)runner_.Follow({.version = 2, .targets = {moved}});
  EXPECT_TRUE(RunUntilResults(3));
}

TEST_F(RunnerTest, NotNowIsNoResultAndTakesNoNumber) {
  manner_ = Manner::kSaysNotNow;
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a")}});
  ASSERT_TRUE(running_.RunUntil([&] { return runner_.skipped() >= 3; }));
  EXPECT_TRUE(results_.empty());
  manner_ = Manner::kAnswers;
  ASSERT_TRUE(RunUntilResults(1));
  EXPECT_EQ(results_[0].sequence, 1u);
}

TEST_F(RunnerTest, DoubtsItselfWhenTheLoopWasLateWhileItWaited) {
  manner_ = Manner::kIsSilent;
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a", absl::Milliseconds(50))}});
  ASSERT_TRUE(running_.RunUntil([&] { return silent_.size() == 1; }));
  running_.loop().NoteLag(absl::Milliseconds(700));
  silent_[0]({.outcome = Outcome::kTimedOut, .phase = Phase::kAnswer});
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].late_by, absl::Milliseconds(700));
}

TEST_F(RunnerTest, ABurstIsMarkedAndEnds) {
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a", absl::Hours(1))}});
  runner_.StartBurst({.targets = {"a", "nobody"},
                      .interval = absl::Milliseconds(100),
                      .duration = absl::Milliseconds(250)});
  ASSERT_TRUE(RunUntilResults(3));
  EXPECT_TRUE(results_[2].in_burst);
  running_.RunFor(absl::Milliseconds(200));
  EXPECT_EQ(results_.size(), 3u);
}

TEST_F(RunnerTest, StoppedItProbesNothing) {
  (void)runner_.Follow({.version = 1, .targets = {TargetOf("a")}});
  ASSERT_TRUE(RunUntilResults(1));
  runner_.Stop();
  const size_t before = results_.size();
  running_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(results_.size(), before);
  EXPECT_THAT(destroyed_, ElementsAre("a"));
}

}  // namespace
}  // namespace dialtone::agents
