#include "detector/simulation/line_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One line under the cursor, of a fleet of 20 sites, 4 ISPs and 2 regions.
struct OneLine {
  explicit OneLine(absl::string_view text)
      : lines(SplitScenario(text)),
        reader(lines.front(), {.sites = 20, .isps = 4, .regions = 2}, &errors) {}

  std::vector<FileLine> lines;
  std::vector<FileError> errors;
  LineReader reader;
};

TEST(LineReader, TakesEveryScope) {
  EXPECT_EQ(OneLine("global").reader.TakeWhere(), Where());
  EXPECT_EQ(OneLine("isp 1,3").reader.TakeWhere(),
            (Where{.kind = Where::Kind::kIsp, .numbers = {1, 3}}));
  EXPECT_EQ(OneLine("region 0").reader.TakeWhere(),
            (Where{.kind = Where::Kind::kRegion, .numbers = {0}}));
  EXPECT_EQ(OneLine("site 0-2").reader.TakeWhere(),
            (Where{.kind = Where::Kind::kSite, .numbers = {0, 1, 2}}));
  EXPECT_EQ(OneLine("fraction 25%").reader.TakeWhere(),
            (Where{.kind = Where::Kind::kFraction, .fraction = 0.25}));
}

TEST(LineReader, HoldsListsAgainstTheFleet) {
  OneLine line("region 2");
  EXPECT_EQ(line.reader.TakeWhere(), std::nullopt);
  ASSERT_THAT(line.errors, SizeIs(1));
  EXPECT_EQ(line.errors[0].column, 8);
  EXPECT_THAT(line.errors[0].text, HasSubstr("given \"2\""));
  EXPECT_THAT(line.errors[0].text, HasSubstr("each 0 to 1"));
}

TEST(LineReader, TakesNetworkForBothNetworkDomains) {
  EXPECT_THAT(*OneLine("network,hub2").reader.TakeDomains(),
              ElementsAre(DomainName{.domain = FaultDomain::kSiteNetwork},
                          DomainName{.domain = FaultDomain::kIspCore},
                          DomainName{.domain = FaultDomain::kHub, .hub = 2}));
  for (const char* wrong : {"hub", "hub0", "hub4", "teams", "identity,", ""}) {
    EXPECT_EQ(ParseDomains(wrong), std::nullopt) << wrong;
  }
}

TEST(LineReader, TakesTargetsTogether) {
  EXPECT_EQ(OneLine("hubs,call").reader.TakeTargets(), ProbedOf("hubs") | ProbedOf("call"));
  OneLine wrong("hubs,printer");
  EXPECT_EQ(wrong.reader.TakeTargets(), std::nullopt);
  EXPECT_THAT(wrong.errors, SizeIs(1));
}

TEST(LineReader, TakesSplitsAndSteps) {
  const auto split = OneLine("20s/40s").reader.TakeSplit("flap");
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->second, absl::Seconds(40));
  for (const char* wrong : {"20s", "20s/0", "20s/4s/1s", "/4s"}) {
    EXPECT_EQ(OneLine(wrong).reader.TakeSplit("flap"), std::nullopt) << wrong;
  }
  EXPECT_EQ(OneLine("-90s").reader.TakeStep("step"), absl::Seconds(-90));
  EXPECT_EQ(OneLine("+90s").reader.TakeStep("step"), absl::Seconds(90));
  EXPECT_EQ(OneLine("--90s").reader.TakeStep("step"), std::nullopt);
}

TEST(LineReader, SaysWhereAMissingWordWouldStand) {
  OneLine line("sites");
  line.reader.TakeWord("a statement");
  EXPECT_EQ(line.reader.TakeCount(1, 9, "the number of sites"), std::nullopt);
  ASSERT_THAT(line.errors, SizeIs(1));
  EXPECT_EQ(line.errors[0].column, 6);
  EXPECT_EQ(line.errors[0].text, "given nothing more, expected the number of sites, 1 to 9");
}

TEST(LineReader, ExpectsTheEndOfTheLine) {
  OneLine line("quiet indeed");
  line.reader.TakeWord("noise");
  EXPECT_FALSE(line.reader.ExpectEnd());
  ASSERT_THAT(line.errors, SizeIs(1));
  EXPECT_EQ(line.errors[0].column, 7);
}

}  // namespace
}  // namespace dialtone::detector::simulation
