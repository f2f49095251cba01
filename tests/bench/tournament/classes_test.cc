#include "tests/bench/tournament/classes.h"

#include <set>

#include <gtest/gtest.h>

namespace dialtone::bench {
namespace {

TEST(FaultClasses, AreScenariosAtEverySizeAndRate) {
  std::set<std::string> names;
  for (const FaultClass& what : FaultClasses()) {
    EXPECT_TRUE(names.insert(what.name).second) << what.name << " is there twice";
    for (const int sites : what.sizes) {
      for (const Rates rates : {Rates::kLab, Rates::kShipped}) {
        const auto scenario = ScenarioOf(what, sites, rates, 0);
        EXPECT_EQ(scenario.site_count(), sites) << what.name;
        EXPECT_GT(scenario.duration, absl::Seconds(30)) << what.name;
      }
    }
  }
}

TEST(FaultClasses, BeginSomewhereInAMinuteAndTheSameForTheSameRun) {
  const FaultClass& what = FaultClasses().front();
  const auto begin = [&what](int run) {
    return ScenarioOf(what, 20, Rates::kLab, run).faults.front().when.from;
  };
  EXPECT_EQ(begin(0), begin(0));
  std::set<absl::Duration> begins;
  for (int run = 0; run < 20; ++run) {
    EXPECT_GE(begin(run), absl::Seconds(30));
    EXPECT_LE(begin(run), absl::Seconds(90));
    begins.insert(begin(run));
  }
  EXPECT_EQ(begins.size(), 20u);
}

}  // namespace
}  // namespace dialtone::bench
