#include "router/database.h"

#include <sqlite3.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"

#include <sys/stat.h>

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() : database_(*Database::Open(path_)) {
    EXPECT_TRUE(database_->Execute("CREATE TABLE t(number INTEGER, text TEXT)").ok());
  }

  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    Statement rows(*database_, "SELECT text FROM t ORDER BY number");
    while (rows.Next()) texts.push_back(rows.Text(0));
    EXPECT_TRUE(rows.status().ok()) << rows.status();
    return texts;
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.File("router.sqlite");
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, IsNotReadableByOthers) {
  struct stat file = {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0640u);
}

TEST_F(DatabaseTest, AStatementIsBoundRunAndBoundAgain) {
  Statement insert(*database_, "INSERT INTO t VALUES(?, ?)");
  const std::string zero("a\0b", 3);
  ASSERT_TRUE(insert.Bind(2).Bind("it's").Run().ok());
  ASSERT_TRUE(insert.Bind(-1).Bind(zero).Run().ok());
  EXPECT_THAT(Texts(), ElementsAre(zero, "it's"));
  Statement numbers(*database_, "SELECT number, text FROM t WHERE number < ?");
  numbers.Bind(0);
  ASSERT_TRUE(numbers.Next());
  EXPECT_EQ(numbers.Integer(0), -1);
  EXPECT_FALSE(numbers.Next());
  EXPECT_TRUE(numbers.status().ok()) << "the end is no error";
}

TEST_F(DatabaseTest, AMistakeShowsAtTheFirstStepAndNamesFileAndStatement) {
  Statement wrong(*database_, "INSERT INTO missing VALUES(?)");
  const absl::Status status = wrong.Bind(1).Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no such table: missing"));
  EXPECT_FALSE(wrong.Next());
  Statement unbound(*database_, "INSERT INTO t VALUES(?, ?)");
  EXPECT_FALSE(unbound.Bind(1).Bind("a").Bind("one too many").Run().ok());
}

TEST_F(DatabaseTest, ATransactionIsAllOrNothing) {
  {
    auto transaction = Transaction::Begin(database_.get());
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database_->Execute("INSERT INTO t VALUES(1, 'lost')").ok());
  }
  EXPECT_THAT(Texts(), IsEmpty());
  {
    auto transaction = Transaction::Begin(database_.get());
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database_->Execute("INSERT INTO t VALUES(1, 'kept')").ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }
  EXPECT_THAT(Texts(), ElementsAre("kept"));
}

TEST_F(DatabaseTest, ATransactionTakesTheWriteLockAtOnce) {
  const auto transaction = Transaction::Begin(database_.get());
  ASSERT_TRUE(transaction.ok());
  // Without the patience that Database::Open asks for: the test would wait it out.
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(other, "INSERT INTO t VALUES(1, 'x')", nullptr, nullptr, nullptr),
            SQLITE_BUSY);
  sqlite3_close(other);
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseIsDataLoss) {
  const std::string path =
      directory_.Write("text.sqlite", "this is a text file, and a rather long one: no header");
  const auto database = Database::Open(path);
  ASSERT_TRUE(database.ok()) << "SQLite looks at the first use";
  const absl::Status status = (*database)->Execute("SELECT count(*) FROM sqlite_master");
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(DatabaseTest, ADirectoryThatIsNotThereIsAnErrorThatNamesTheFile) {
  const auto database = Database::Open(directory_.File("no/such/place.sqlite"));
  EXPECT_EQ(database.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(database.status().message()), HasSubstr("no/such/place.sqlite"));
}

TEST_F(DatabaseTest, MovingAsideTakesSqlitesOwnFilesAlong) {
  directory_.Write("damaged.sqlite", "x");
  directory_.Write("damaged.sqlite-wal", "y");
  const std::string target = MoveAside(directory_.File("damaged.sqlite"), absl::FromUnixMicros(17));
  EXPECT_EQ(target, directory_.File("damaged.sqlite.damaged-17"));
  EXPECT_TRUE(std::filesystem::exists(target));
  EXPECT_TRUE(std::filesystem::exists(target + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(directory_.File("damaged.sqlite")));
  EXPECT_FALSE(std::filesystem::exists(directory_.File("damaged.sqlite-wal")));
}

}  // namespace
}  // namespace dialtone::router
