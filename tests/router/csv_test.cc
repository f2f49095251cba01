#include "router/csv.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Record = std::vector<std::string>;

struct Reading {
  std::vector<Record> records;
  std::vector<size_t> lines;
  std::vector<std::string> errors;
};

Reading Read(absl::string_view text) {
  Reading reading;
  CsvReader reader(text);
  Record record;
  while (reader.Next(&record)) {
    reading.records.push_back(record);
    reading.lines.push_back(reader.line());
    if (!reader.error().empty()) reading.errors.push_back(reader.error());
  }
  return reading;
}

TEST(Csv, ReadsLinesThatEndWithLfOrCrlfOrNothing) {
  EXPECT_THAT(Read("a,b\nc,d\n").records, ElementsAre(Record{"a", "b"}, Record{"c", "d"}));
  EXPECT_THAT(Read("a,b\r\nc,d\r\n").records, ElementsAre(Record{"a", "b"}, Record{"c", "d"}));
  EXPECT_THAT(Read("a,b\nc,d").records, ElementsAre(Record{"a", "b"}, Record{"c", "d"}));
  EXPECT_THAT(Read("a,b\r").records, ElementsAre(Record{"a", "b"}));
}

TEST(Csv, KeepsEmptyFieldsAndSpaces) {
  EXPECT_THAT(Read(",\n").records, ElementsAre(Record{"", ""}));
  EXPECT_THAT(Read(" a , b\n").records, ElementsAre(Record{" a ", " b"}));
}

TEST(Csv, StepsOverEmptyLinesAndTheByteOrderMark) {
  const Reading reading = Read("\xEF\xBB\xBF\n\r\na,b\n\n\nc,d\n\n");
  EXPECT_THAT(reading.records, ElementsAre(Record{"a", "b"}, Record{"c", "d"}));
  EXPECT_THAT(reading.lines, ElementsAre(3, 6));
}

TEST(Csv, ReadsQuotedFieldsWithCommasQuotesAndLineBreaks) {
  const Reading reading = Read("\"a,\"\"b\"\"\",\"two\r\nlines\"\nc,\"\"\n");
  EXPECT_THAT(reading.records, ElementsAre(Record{"a,\"b\"", "two\r\nlines"}, Record{"c", ""}));
  EXPECT_THAT(reading.lines, ElementsAre(1, 3));
  EXPECT_THAT(reading.errors, IsEmpty());
}

TEST(Csv, NamesWhatBreaksTheRulesAndGoesOnWithTheNextLine) {
  const Reading reading = Read("a\"b,c\n\"a\"b,c\nd,e\n");
  EXPECT_THAT(reading.errors, ElementsAre("a quote inside a field that is not quoted",
                                          "text after the closing quote of a field"));
  EXPECT_EQ(reading.records.back(), (Record{"d", "e"}));
}

TEST(Csv, SaysThatAQuoteNeverEnds) {
  const Reading reading = Read("a,b\n\"c,d\ne,f\n");
  EXPECT_THAT(reading.errors, ElementsAre("a quoted field that never ends"));
  EXPECT_THAT(reading.lines, ElementsAre(1, 2));
}

TEST(Csv, ReadsNothingFromNothing) {
  EXPECT_THAT(Read("").records, IsEmpty());
  EXPECT_THAT(Read("\xEF\xBB\xBF").records, IsEmpty());
  EXPECT_THAT(Read("\r\n\r\n").records, IsEmpty());
}

}  // namespace
}  // namespace dialtone::router
