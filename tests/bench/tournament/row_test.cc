#include "tests/bench/tournament/row.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/bench/tournament/report.h"

namespace dialtone::bench {
namespace {

std::string FileOfThisTest(const std::string& name) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("tournament-" + name);
  std::filesystem::remove(path);
  return path.string();
}

Row SomeRow(const FaultClass& what, const std::string& contestant) {
  Row row;
  row.class_name = what.name;
  row.sites = 20;
  row.contestant = contestant;
  row.revision = "abc";
  row.runs = 7;
  row.recognised = 0.53;
  row.due = 140;
  return row;
}

TEST(Results, ReadBackWhatWasPut) {
  const std::string file = FileOfThisTest("back.tsv");
  const FaultClass& what = FaultClasses().front();
  std::string error;
  Results written;
  ASSERT_TRUE(written.Read(file, &error)) << error;
  ASSERT_TRUE(written.Put(what, 20, {SomeRow(what, "3 of 5"), SomeRow(what, kDialtone)}, &error));
  ASSERT_TRUE(written.Put(what, 20, {SomeRow(what, kDialtone)}, &error)) << "anew";
  Results read;
  ASSERT_TRUE(read.Read(file, &error)) << error;
  ASSERT_EQ(read.rows().size(), 1u) << "a class is replaced, not doubled";
  const Row* const row = read.Find(what, 20, kDialtone);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->runs, 7);
  EXPECT_EQ(row->recognised, 0.53);
  EXPECT_EQ(row->away, kNever);
  EXPECT_EQ(read.Find(what, 100, kDialtone), nullptr);
}

TEST(Results, RefuseAFileOfOtherColumns) {
  const std::string file = FileOfThisTest("other.tsv");
  std::ofstream(file) << "class\tdelay\n";
  std::string error;
  Results results;
  EXPECT_FALSE(results.Read(file, &error));
  EXPECT_NE(error.find("other columns"), std::string::npos) << error;
}

TEST(Report, SaysWhetherTheGoalIsMet) {
  const FaultClass& what = FaultClasses().front();
  const std::string file = FileOfThisTest("page.tsv");
  std::string error;
  Results results;
  ASSERT_TRUE(results.Read(file, &error));
  Row row = SomeRow(what, kDialtone);
  row.recognised_p99 = 0.69;
  ASSERT_TRUE(results.Put(what, 20, {row}, &error));
  EXPECT_NE(PageOf(Rates::kLab, results).find("0.53 / 0.69 ✓"), std::string::npos);
  row.recognised_p99 = 0.71;
  ASSERT_TRUE(results.Put(what, 20, {row}, &error));
  EXPECT_NE(PageOf(Rates::kLab, results).find("0.53 / 0.69 ✗"), std::string::npos);
}

}  // namespace
}  // namespace dialtone::bench
