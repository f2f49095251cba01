#include "router/kamailio/plan_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::Time kNow = absl::FromUnixSeconds(1);
const Group kLon{"lon", "teams", {"pbx"}};

GroupPlan On(const std::string& group, const std::string& route) {
  return {group, MakePlan(kLon, {{route, 100}}, false)};
}

class PlanFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<PlanFile> Open() {
    auto file = PlanFile::Open(path_, kNow);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  // As Kamailio reads it.
  std::vector<std::pair<std::string, std::string>> Rows(const std::string& table) {
    auto database = Database::Open(path_);
    std::vector<std::pair<std::string, std::string>> rows;
    const std::string sql =
        absl::StrCat("SELECT key_name, key_value FROM ", table, " ORDER BY key_name");
    Statement read(**database, sql.c_str());
    while (read.Next()) rows.emplace_back(read.Text(0), read.Text(1));
    EXPECT_TRUE(read.status().ok()) << read.status();
    return rows;
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.File("deep/plan.sqlite");
};

TEST_F(PlanFileTest, ANewFileIsEmptyAndWhole) {
  EXPECT_THAT(*Open()->ReadPlans(), IsEmpty());
  EXPECT_THAT(Rows("grp"), IsEmpty());
  EXPECT_THAT(Rows("num"), IsEmpty());
}

TEST_F(PlanFileTest, HoldsPlansAsRecordsInForce) {
  auto file = Open();
  ASSERT_TRUE(file->WritePlans({On("lon", "pbx"), On("par", "teams")}).ok());
  EXPECT_THAT(Rows("grp"),
              ElementsAre(Pair("lon", "0;-|100:pbx,teams;"), Pair("par", "0;-|100:teams,pbx;")));
  EXPECT_THAT(*file->ReadPlans(), ElementsAre(PlanReading{"lon", On("lon", "pbx").plan},
                                              PlanReading{"par", On("par", "teams").plan}));
}

TEST_F(PlanFileTest, GroupsThatAreGoneGo) {
  auto file = Open();
  ASSERT_TRUE(file->WritePlans({On("lon", "pbx"), On("par", "teams")}).ok());
  ASSERT_TRUE(file->WritePlans({On("par", "teams")}).ok());
  EXPECT_THAT(Rows("grp"), ElementsAre(Pair("par", "0;-|100:teams,pbx;")));
}

TEST_F(PlanFileTest, ARecordThatCannotBeReadIsShownAsNone) {
  auto file = Open();
  ASSERT_TRUE((*Database::Open(path_))->Execute("INSERT INTO grp VALUES ('lon', 'nonsense')").ok());
  EXPECT_THAT(*file->ReadPlans(), ElementsAre(PlanReading{"lon", std::nullopt}));
}

TEST_F(PlanFileTest, HoldsTheNumbersAndWhichInventoryTheyAre) {
  auto file = Open();
  const Inventory inventory = SampleInventory();
  ASSERT_TRUE(file->WriteNumbers(inventory).ok());
  EXPECT_THAT(Rows("num"), ElementsAre(Pair("12025550199", "nyc"), Pair("33123456789", "par"),
                                       Pair("442071838750", "lon"), Pair("442071838751", "lon"),
                                       Pair("inventory", InventoryMark(inventory))));
}

TEST_F(PlanFileTest, AnotherInventoryReplacesAllNumbers) {
  auto file = Open();
  ASSERT_TRUE(file->WriteNumbers(SampleInventory()).ok());
  const Inventory other = *Inventory::Parse("number,group\n+12025550100,nyc\n", "a.csv", {"nyc"});
  ASSERT_TRUE(file->WriteNumbers(other).ok());
  EXPECT_THAT(Rows("num"),
              ElementsAre(Pair("12025550100", "nyc"), Pair("inventory", InventoryMark(other))));
}

TEST_F(PlanFileTest, TellsInventoriesApart) {
  const auto mark = [](const std::string& row) {
    return InventoryMark(*Inventory::Parse("number,group\n" + row + "\n", "a.csv", {"lon", "nyc"}));
  };
  EXPECT_EQ(mark("+12025550100,nyc"), mark("+12025550100,nyc"));
  EXPECT_NE(mark("+12025550100,nyc"), mark("+12025550100,lon"));
  EXPECT_NE(mark("+12025550100,nyc"), mark("+12025550101,nyc"));
}

TEST_F(PlanFileTest, IsASingleFileBetweenTransactions) {
  auto file = Open();
  ASSERT_TRUE(file->WritePlans({On("lon", "pbx")}).ok());
  int files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(directory_.File("deep"))) {
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST_F(PlanFileTest, ADamagedFileIsMovedAsideAndMadeAnew) {
  std::filesystem::create_directories(directory_.File("deep"));
  std::ofstream(path_) << std::string(5000, 'x');
  const auto file = Open();
  EXPECT_EQ(file->moved_aside(), path_ + ".damaged-1000000");
  EXPECT_TRUE(std::filesystem::exists(file->moved_aside()));
  EXPECT_THAT(Rows("grp"), IsEmpty());
}

TEST_F(PlanFileTest, AFileDamagedInTheMiddleIsFound) {
  ASSERT_TRUE(Open()->WriteNumbers(SampleInventory()).ok());
  // The pages behind the first hold the rows.
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(std::filesystem::file_size(path_) - 4096, 'x');
  file.close();
  EXPECT_NE(Open()->moved_aside(), "");
}

}  // namespace
}  // namespace dialtone::router
