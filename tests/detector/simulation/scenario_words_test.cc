#include "detector/simulation/scenario_words.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

TEST(ScenarioWords, KnowWhereTheyStand) {
  const std::vector<FileLine> lines = SplitScenario("\n  sites 3\tisps 2 # three\n# nothing\n");
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].number, 2);
  ASSERT_THAT(lines[0].words, SizeIs(4));
  EXPECT_EQ(lines[0].words[0].column, 3);
  EXPECT_EQ(lines[0].words[2].text, "isps");
  EXPECT_EQ(lines[0].words[2].column, 11);
  EXPECT_EQ(lines[0].end_column, 17);
}

TEST(ScenarioWords, LeaveTheHashInSourceAndNote) {
  const std::vector<FileLine> lines = SplitScenario("note issue #7 of 2023\r\nsource # all of it");
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].rest, "issue #7 of 2023");
  EXPECT_EQ(lines[1].rest, "# all of it");
}

TEST(ScenarioWords, ReadDurations) {
  EXPECT_THAT(ParseDuration("250ms"), Optional(absl::Milliseconds(250)));
  EXPECT_THAT(ParseDuration("1.5s"), Optional(absl::Milliseconds(1500)));
  EXPECT_THAT(ParseDuration("10m"), Optional(absl::Minutes(10)));
  EXPECT_THAT(ParseDuration("2h"), Optional(absl::Hours(2)));
  EXPECT_THAT(ParseDuration("0"), Optional(absl::ZeroDuration()));
  for (const char* wrong : {"", "8", "-8s", "+8s", "s", "8 s", "8parsecs", "1e9h", "inf"}) {
    EXPECT_EQ(ParseDuration(wrong), std::nullopt) << wrong;
  }
}

TEST(ScenarioWords, ReadShares) {
  EXPECT_THAT(ParseShare("35%"), Optional(0.35));
  EXPECT_THAT(ParseShare("0.5%"), Optional(0.005));
  for (const char* wrong : {"", "%", "35", "101%", "-1%", "nan%", "3 %"}) {
    EXPECT_EQ(ParseShare(wrong), std::nullopt) << wrong;
  }
}

TEST(ScenarioWords, ReadListsOfNumbers) {
  EXPECT_THAT(ParseNumbers("3,9,14", 20), Optional(ElementsAre(3, 9, 14)));
  EXPECT_THAT(ParseNumbers("9,0-2,1", 20), Optional(ElementsAre(0, 1, 2, 9)));
  for (const char* wrong : {"", "3,", "5-3", "1-2-3", "21", "-1", "x", "1-"}) {
    EXPECT_EQ(ParseNumbers(wrong, 20), std::nullopt) << wrong;
  }
}

TEST(ScenarioWords, ReadNumbersWithinTheirLimits) {
  EXPECT_THAT(ParseCount("7", 1, 9), Optional(7));
  EXPECT_THAT(ParseNumber("0.25", 1), Optional(0.25));
  for (const char* wrong : {"", "0", "10", "1.5", "+7", "0x7"}) {
    EXPECT_EQ(ParseCount(wrong, 1, 9), std::nullopt) << wrong;
  }
  for (const char* wrong : {"", "1.1", ".", "1e-3", "inf"}) {
    EXPECT_EQ(ParseNumber(wrong, 1), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace dialtone::detector::simulation
