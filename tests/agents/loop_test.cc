#include "agents/loop.h"

#include <dlfcn.h>

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/running_loop.h"

namespace dialtone::agents {
namespace {

TEST(Loop, LibreUsesOurMonotonicClock) {
  // What libre.so itself calls is what the dynamic linker finds first.
  Dl_info where = {};
  void* const symbol = dlsym(RTLD_DEFAULT, "tmr_jiffies");
  ASSERT_NE(symbol, nullptr);
  ASSERT_NE(dladdr(symbol, &where), 0);
  EXPECT_THAT(where.dli_fname, testing::Not(testing::HasSubstr("libre.so")));
}

TEST(Loop, RunsWhatOtherThreadsPostInTheirOrder) {
  RunningLoop running;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 500; ++i) running.loop().Post([&seen, i] { seen.push_back(i); });
  });
  EXPECT_TRUE(running.RunUntil([&] { return seen.size() == 500; }));
  other.join();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(seen[static_cast<size_t>(i)], i);
}

TEST(Loop, ATimerFiresOnceAndNeverTooEarly) {
  RunningLoop running;
  struct Alarm {
    explicit Alarm(RunningLoop& the_loop)
        : loop(the_loop), timer(the_loop.loop(), &Call<Alarm, &Alarm::Ring>, this) {}
    void Ring() { rung.push_back(loop.Now()); }
    RunningLoop& loop;
    std::vector<absl::Time> rung;
    Timer timer;
  } alarm(running), cancelled(running);
  const absl::Time due = running.Now() + absl::Milliseconds(5);
  alarm.timer.StartAt(due);
  cancelled.timer.StartAt(due);
  cancelled.timer.Cancel();
  running.RunFor(absl::Milliseconds(30));
  ASSERT_EQ(alarm.rung.size(), 1u);
  EXPECT_GE(alarm.rung[0], due);
  EXPECT_TRUE(cancelled.rung.empty());
}

TEST(Loop, RemembersByHowMuchItWasLateAndSinceWhen) {
  RunningLoop running;
  const absl::Time before = running.Now();
  running.loop().NoteLag(absl::Milliseconds(150));
  running.loop().NoteLag(absl::Milliseconds(40));
  running.loop().NoteLag(absl::Milliseconds(1));  // not worth remembering
  EXPECT_EQ(running.loop().WorstLagSince(before), absl::Milliseconds(150));
  EXPECT_EQ(running.loop().WorstLagSince(running.Now() + absl::Seconds(1)), absl::ZeroDuration());
}

}  // namespace
}  // namespace dialtone::agents
