#include "detector/saved_fields.h"

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

TEST(SavedFields, ReadBackWhatWasWrittenWhateverItHolds) {
  const absl::Time time = absl::FromUnixMicros(1'700'000'000'123'456);
  FieldWriter writer;
  writer.Add("plain");
  writer.Add("tab\tand % and %09 and\nline");
  writer.Add("");
  writer.Add(std::int64_t{-42});
  writer.Add(time);
  writer.Add(absl::InfiniteFuture());
  writer.Add(absl::InfinitePast());

  FieldReader reader(writer.text());
  EXPECT_EQ(reader.Text(), "plain");
  EXPECT_EQ(reader.Text(), "tab\tand % and %09 and\nline");
  EXPECT_EQ(reader.Text(), "");
  EXPECT_EQ(reader.Number(), -42);
  EXPECT_EQ(reader.Time(), time);
  EXPECT_EQ(reader.Time(), absl::InfiniteFuture());
  EXPECT_FALSE(reader.at_end());
  EXPECT_EQ(reader.Time(), absl::InfinitePast());
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.ok());
}

TEST(SavedFields, AnEmptyFirstFieldIsAField) {
  FieldWriter writer;
  writer.Add("");
  writer.Add("second");
  FieldReader reader(writer.text());
  EXPECT_EQ(reader.Text(), "");
  EXPECT_EQ(reader.Text(), "second");
  EXPECT_TRUE(reader.at_end());
}

TEST(SavedFields, RememberThatAFieldWasMissing) {
  FieldReader reader("one");
  EXPECT_EQ(reader.Text(), "one");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.Text(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Number(), 0);
}

TEST(SavedFields, RememberThatAFieldWasMalformed) {
  FieldReader number("twelve");
  EXPECT_EQ(number.Number(), 0);
  EXPECT_FALSE(number.ok());
  FieldReader time("yesterday");
  EXPECT_EQ(time.Time(), absl::InfinitePast());
  EXPECT_FALSE(time.ok());
}

}  // namespace
}  // namespace dialtone::detector
