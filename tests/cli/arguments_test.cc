#include "cli/arguments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::cli {
namespace {

using ::testing::HasSubstr;

TEST(ParseScope, TakesASiteAGroupOrAll) {
  EXPECT_EQ(ParseScope({"site", "lon"})->site(), "lon");
  EXPECT_EQ(ParseScope({"group", "g-lon"})->group(), "g-lon");
  EXPECT_TRUE(ParseScope({"all"})->all());
}

TEST(ParseScope, NamesWhatWasGivenAndWhatIsExpected) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"lon"}, {"site"}, {"all", "sites"}, {"site", "lon", "par"}}) {
    EXPECT_FALSE(ParseScope(words).ok());
  }
  EXPECT_EQ(ParseScope({"region", "eu"}).status().message(),
            "given scope \"region eu\", expected site NAME, group NAME or all");
}

TEST(ParseHoldTime, TakesAMinuteToThirtyDays) {
  EXPECT_EQ(*ParseHoldTime("--for", "4h"), absl::Hours(4));
  EXPECT_EQ(*ParseHoldTime("--for", "1m"), absl::Minutes(1));
  EXPECT_EQ(*ParseHoldTime("--for", "720h"), absl::Hours(720));
  for (const char* wrong : {"", "4", "59s", "721h", "-4h", "soon", "inf"}) {
    EXPECT_THAT(std::string(ParseHoldTime("--for", wrong).status().message()),
                HasSubstr("expected 1m to 720h"))
        << wrong;
  }
}

TEST(Nearest, FindsTheWordBehindASlip) {
  const std::vector<std::string> verbs = {"status", "sites", "failover", "failback", "hold"};
  EXPECT_EQ(Nearest("stauts", verbs), "status");
  EXPECT_EQ(Nearest("site", verbs), "sites");
  EXPECT_EQ(Nearest("failbck", verbs), "failback");
  EXPECT_EQ(Nearest("help", verbs), "hold");
  EXPECT_EQ(Nearest("frobnicate", verbs), "");
  EXPECT_EQ(Nearest("a", {"b"}), "") << "every letter is wrong";
}

}  // namespace
}  // namespace dialtone::cli
