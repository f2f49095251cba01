#include "cli/show.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/cli/from_text.h"

namespace dialtone::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShowReplay, SaysThatEverythingIsTheSame) {
  const std::string text = ShowReplay(FromText<v1::ReplayReport>(R"(
    files: "a.recording" files: "b.recording" steps: 1200 complete: true identical: true
    first_ns: 1800014400120000000 last_ns: 1800014820000000000 recorded: 12 redecided: 12)"),
                                      false);
  EXPECT_EQ(
      text,
      "Recording  a.recording b.recording\n"
      "           1200 steps from 2027-01-15 12:00:00.120 to 12:07:00.000 UTC (7 min), decided "
      "again by the recorded policy\n"
      "Decisions  12 recorded, 12 made again, 0 differ; every effect of every step is the "
      "same, to the last bit\n");
}

TEST(ShowReplay, ShowsEveryDifferenceOnALine) {
  const std::string text = ShowReplay(FromText<v1::ReplayReport>(R"(
    files: "a.recording" steps: 3 other_policy: true different_steps: 2 recorded: 3 redecided: 2
    notes: "a.recording ends in the middle of a step"
    differences { recorded { time { seconds: 1800014400 } kind: EVENT_FLIP sentence: "g-lon to pbx" }
                  redecided { time { seconds: 1800014403 } kind: EVENT_FLIP sentence: "g-lon to pbx" } }
    differences { recorded { time { seconds: 1800014410 } kind: EVENT_SKIP sentence: "t1 skipped" } }
    differences { redecided { time { seconds: 1800014411 } kind: EVENT_BLOCKED sentence: "cap" } }
    differences { recorded { time { seconds: 1800014412 } kind: EVENT_ENDED sentence: "over" }
                  redecided { time { seconds: 1800014412 } kind: EVENT_ENDED sentence: "all over" } })"),
                                      false);
  EXPECT_THAT(text, HasSubstr("decided again by another policy"));
  EXPECT_THAT(text, HasSubstr("Note       a.recording ends in the middle of a step\n"));
  EXPECT_THAT(text, HasSubstr("4 differ; 2 steps have other effects"));
  EXPECT_THAT(text,
              HasSubstr("3.0 s later    12:00:00.000  12:00:03.000  flip     g-lon to pbx\n"));
  EXPECT_THAT(text, HasSubstr("only recorded  12:00:10.000                skip     t1 skipped\n"));
  EXPECT_THAT(text, HasSubstr("only replayed                12:00:11.000  blocked  cap\n"));
  EXPECT_THAT(text, HasSubstr("other words    12:00:12.000  12:00:12.000  ended    all over\n"));
}

TEST(ShowReplay, OfAnEmptyRecordingHasNoTimes) {
  const std::string text =
      ShowReplay(FromText<v1::ReplayReport>(R"(files: "a" identical: true)"), false);
  EXPECT_THAT(text, HasSubstr("0 steps, decided again"));
  EXPECT_THAT(text, Not(HasSubstr("UTC")));
}

}  // namespace
}  // namespace dialtone::cli
