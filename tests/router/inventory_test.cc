#include "router/inventory.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

absl::StatusOr<Inventory> Parse(absl::string_view csv) {
  return Inventory::Parse(csv, "n.csv", {"sales", "nyc", "lon"});
}

// The errors of a file that is refused.
std::string Errors(absl::string_view csv) {
  const absl::StatusOr<Inventory> inventory = Parse(csv);
  if (inventory.ok()) return "none";
  EXPECT_EQ(inventory.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(inventory.status().message());
}

// The error of the one line after a good header.
std::string ErrorOf(absl::string_view line) { return Errors(absl::StrCat("number,group\n", line)); }

TEST(Inventory, SortsNumbersAndCountsGroups) {
  const absl::StatusOr<Inventory> inventory =
      Parse("number,group\n+442071838750,lon\n+12025550199,nyc\n+12025550100,nyc\n");
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  std::vector<uint64_t> numbers;
  for (const InventoryEntry& entry : inventory->entries()) numbers.push_back(entry.number);
  EXPECT_THAT(numbers, ElementsAre(12025550100, 12025550199, 442071838750));
  EXPECT_EQ(inventory->CountOf("nyc"), 2u);
  EXPECT_EQ(inventory->CountOf("lon"), 1u);
  EXPECT_EQ(inventory->CountOf("sales"), 0u);
  EXPECT_EQ(inventory->CountOf("paris"), 0u);
  EXPECT_EQ(inventory->GroupOf(442071838750), "lon");
  EXPECT_EQ(inventory->GroupOf(442071838751), std::nullopt);
  EXPECT_EQ(inventory->GroupName(inventory->entries()[0]), "nyc");
}

TEST(Inventory, ReadsWhatSpreadsheetsWrite) {
  const absl::StatusOr<Inventory> inventory = Parse(
      "\xEF\xBB\xBF\"Group\",Note,\"NUMBER\"\r\nlon,\"front desk, day\",\"+442071838750\"\r\n\r\n");
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  EXPECT_EQ(inventory->GroupOf(442071838750), "lon");
}

TEST(Inventory, TakesAFileWithoutNumbers) { EXPECT_EQ(Errors("number,group\n"), "none"); }

TEST(Inventory, AsksForAHeaderLine) {
  for (const char* csv : {"", "\n", "+12025550199,nyc\n", "number;group\n", "number,group,number\n",
                          "number\n", "\"number,group\n"}) {
    EXPECT_THAT(Errors(csv), HasSubstr("expected a header line")) << csv;
  }
}

TEST(Inventory, RefusesUtf16) {
  EXPECT_EQ(Errors(absl::string_view("\xFF\xFEn\0u\0", 6)),
            "n.csv:1: error: given UTF-16, expected UTF-8");
}

TEST(Inventory, RefusesANumberWithoutPlus) {
  EXPECT_EQ(ErrorOf("12025550199,nyc\n"),
            "n.csv:2: error: number: given \"12025550199\", expected a plus and the country code, "
            "such as +12025550199");
}

TEST(Inventory, RefusesScientificNotation) {
  for (const char* number : {"1.20256E+10", "\"1,20256E+10\"", "+1e10", "1.2025E10"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(number, ",nyc\n")), HasSubstr("scientific notation"))
        << number;
  }
}

TEST(Inventory, RefusesWhatIsNotE164) {
  for (const char* number :
       {"", "+", "+123456", "+1234567890123456", "+02025550199", "+1 202 5550199", "+1202555019x",
        "anonymous", "++12025550199", "sip:+12025550199@x"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(number, ",nyc\n")), HasSubstr("expected an E.164 number"))
        << number;
  }
  EXPECT_EQ(ErrorOf("+1234567,nyc\n"), "none");
  EXPECT_EQ(ErrorOf("+123456789012345,nyc\n"), "none");
}

TEST(Inventory, RefusesAnUnknownGroup) {
  EXPECT_EQ(
      ErrorOf("+12025550199,paris\n"),
      "n.csv:2: error: group: given \"paris\", expected a group of the router's configuration");
  EXPECT_THAT(ErrorOf("+12025550199,\n"), HasSubstr("group: given \"\""));
  EXPECT_THAT(ErrorOf("+12025550199, nyc\n"), HasSubstr("group: given \" nyc\""));
}

TEST(Inventory, RefusesADuplicateAndNamesTheFirst) {
  EXPECT_EQ(Errors("number,group\n+12025550199,nyc\n+442071838750,lon\n+12025550199,lon\n"),
            "n.csv:4: error: number: given \"+12025550199\" a second time, the first is in line 2");
}

TEST(Inventory, RefusesALineWithAnotherNumberOfFields) {
  EXPECT_EQ(ErrorOf("+12025550199,nyc,x\n"),
            "n.csv:2: error: given 3 fields, expected 2 as in the header line");
  EXPECT_EQ(ErrorOf("+12025550199\n"),
            "n.csv:2: error: given 1 fields, expected 2 as in the header line");
}

TEST(Inventory, GivesAllErrorsAtOnceInTheOrderOfTheFile) {
  const std::string errors = Errors(
      "number,group\n"
      "+12025550199,nyc\n"
      "+12025550199,paris\n"  // duplicate and unknown group
      "12025550100,rome\n"    // no plus and unknown group
      "\"+1\"2,nyc\n");       // text after a quote
  EXPECT_THAT(errors, StartsWith("n.csv:3: error: "));
  EXPECT_THAT(errors, HasSubstr("a second time, the first is in line 2"));
  EXPECT_THAT(errors, HasSubstr("given \"paris\""));
  EXPECT_THAT(errors, HasSubstr("n.csv:4: error: number: given \"12025550100\""));
  EXPECT_THAT(errors, HasSubstr("n.csv:4: error: group: given \"rome\""));
  EXPECT_THAT(errors, HasSubstr("n.csv:5: error: text after the closing quote"));
  EXPECT_LT(errors.find("n.csv:3"), errors.find("n.csv:4"));
}

TEST(Inventory, ShowsAtMostAHundredErrors) {
  std::string csv = "number,group\n";
  for (int i = 0; i < 250; ++i) absl::StrAppend(&csv, "x", i, ",nyc\n");
  const std::string errors = Errors(csv);
  EXPECT_THAT(errors, HasSubstr("n.csv:101: error"));
  EXPECT_THAT(errors, Not(HasSubstr("n.csv:102: error")));
  EXPECT_THAT(errors, HasSubstr("150 more errors are not shown"));
}

TEST(Inventory, PrintsHostileTextSafelyAndShort) {
  const std::string errors = ErrorOf(absl::StrCat("\x1b[2J\x01", std::string(5000, 'z'), ",nyc\n"));
  EXPECT_THAT(errors, Not(HasSubstr("\x1b")));
  EXPECT_LT(errors.size(), 300u);
}

TEST(E164, IsReadAsAnInteger) {
  EXPECT_EQ(ParseE164("+12025550199"), 12025550199u);
  EXPECT_EQ(ParseE164("+999999999999999"), 999999999999999u);
  EXPECT_EQ(ParseE164("12025550199"), std::nullopt);
}

}  // namespace
}  // namespace dialtone::router
