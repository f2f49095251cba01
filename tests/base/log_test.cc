#include "base/log.h"

#include <stdlib.h>

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string Written(const std::function<void()>& log) {
  ::testing::internal::CaptureStderr();
  log();
  return ::testing::internal::GetCapturedStderr();
}

// The line's end, from the value of the one field on.
std::string ValueOf(const std::string& value) {
  const std::string line = Written([&] { LogInfo("e", {{"k", value}}); });
  return line.substr(line.find(" k=") + 3);
}

TEST(Log, WritesTimeLevelEventComponentAndFieldsInThisOrder) {
  StartLog("router");
  EXPECT_THAT(
      Written([] {
        LogInfo("route_confirmed", {{"group", "g1"}, {"numbers", 12}});
      }),
      MatchesRegex("time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                   "level=info event=route_confirmed component=router group=g1 numbers=12\n"));
}

TEST(Log, WritesTheLevels) {
  EXPECT_THAT(Written([] { LogWarning("e"); }), HasSubstr("level=warning event=e"));
  EXPECT_THAT(Written([] { LogError("e"); }), HasSubstr("level=error event=e"));
  EXPECT_EQ(Written([] { LogDebug("e"); }), "");
}

TEST(LogDeathTest, TakesItsLevelFromTheEnvironment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv("DIALTONE_LOG_LEVEL", "debug", 1);
        LogDebug("e");
        exit(0);
      },
      ::testing::ExitedWithCode(0), "level=debug event=e");
}

TEST(Log, KeepsNumbersAndFactsAsTheyAre) {
  EXPECT_THAT(Written([] {
                LogInfo("e", {{"a", -1}, {"b", 2.5}, {"c", true}, {"d", uint64_t{1} << 63}});
              }),
              EndsWith(" a=-1 b=2.5 c=true d=9223372036854775808\n"));
}

TEST(Log, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(ValueOf("10.0.0.1:5060"), "10.0.0.1:5060\n");
  EXPECT_EQ(ValueOf(""), "\"\"\n");
  EXPECT_EQ(ValueOf("two words"), "\"two words\"\n");
  EXPECT_EQ(ValueOf("a=b"), "\"a=b\"\n");
  EXPECT_EQ(ValueOf("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"\n");
  EXPECT_EQ(ValueOf("Z\xc3\xbcrich"), "Z\xc3\xbcrich\n");
}

TEST(Log, AValueCannotLeaveItsLine) {
  EXPECT_EQ(ValueOf("a\nlevel=info event=flip"), "\"a\\nlevel=info event=flip\"\n");
  EXPECT_EQ(ValueOf("a\r\n\t"), "\"a\\r\\n\\t\"\n");
  EXPECT_EQ(ValueOf(std::string("a\0b\x1b[2J\x7f", 8)), "\"a\\x00b\\x1b[2J\\x7f\"\n");
  // An event of ours never looks like that, but what if it came from outside.
  EXPECT_THAT(Written([] { LogInfo("e\nx"); }), HasSubstr("event=\"e\\nx\""));
}

TEST(Log, EscapesWhatIsNotUtf8AndTerminalControls) {
  EXPECT_EQ(ValueOf("\xff"), "\"\\xff\"\n");
  EXPECT_EQ(ValueOf("\xc3"), "\"\\xc3\"\n");                             // cut short
  EXPECT_EQ(ValueOf("\xc0\xae"), "\"\\xc0\\xae\"\n");                    // overlong '.'
  EXPECT_EQ(ValueOf("\xe0\x80\xae"), "\"\\xe0\\x80\\xae\"\n");           // overlong
  EXPECT_EQ(ValueOf("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"\n");           // surrogate
  EXPECT_EQ(ValueOf("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"\n");  // beyond U+10FFFF
  EXPECT_EQ(ValueOf("\xc2\x9b[2J"), "\"\\xc2\\x9b[2J\"\n");              // CSI
  EXPECT_EQ(ValueOf("\xf0\x9f\x93\x9e"), "\xf0\x9f\x93\x9e\n");          // a telephone
}

TEST(Log, CutsALongValue) {
  const std::string written = ValueOf(std::string(1 << 20, 'a'));
  EXPECT_THAT(written, EndsWith("aaa...\"\n"));
  EXPECT_LT(written.size(), 5000u);
}

TEST(MaskNumber, ShowsTheLastFourDigits) {
  EXPECT_EQ(MaskNumber("+14255550100"), "********0100");
  EXPECT_EQ(MaskNumber("12345"), "*2345");
  EXPECT_EQ(MaskNumber("112"), "112");
  EXPECT_EQ(MaskNumber(""), "");
}

}  // namespace
}  // namespace dialtone
