#include "detector/journal.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"

#include "tests/fakes/temporary_directory.h"

#include <sys/stat.h>

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

Occurrence Flip(std::uint64_t id, absl::Time time = kNow) {
  return {.id = id,
          .time = time,
          .kind = OccurrenceKind::kFlip,
          .sentence = "moved g1 g2 to pbx",
          .diagnosis = 4,
          .groups = {"g1", "g2"},
          .hop = "t1",
          .guard = "cap"};
}

// Changes a journal behind its back, as other versions or a bad disk would.
void Execute(const std::string& directory, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((directory + "/journal.sqlite").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> Open(absl::Time now = kNow) {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(directory_.path(), now);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }
  std::string file() const { return directory_.path() + "/journal.sqlite"; }

  const TemporaryDirectory directory_;
};

TEST_F(JournalTest, IsEmptyTheFirstTime) {
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_EQ(journal->contents().epoch, 0u);
  EXPECT_THAT(journal->contents().state, IsEmpty());
  EXPECT_EQ(journal->contents().written, absl::InfinitePast());
}

TEST_F(JournalTest, KeepsWhatWasCommitted) {
  ASSERT_TRUE(Open()
                  ->Commit({.records = {{"a", "1"}, {"b", std::string("x\0y", 3)}},
                            .occurrences = {Flip(7)},
                            .epoch = 3,
                            .time = kNow})
                  .ok());
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_EQ(journal->contents().epoch, 3u);
  EXPECT_EQ(journal->contents().written, kNow);
  EXPECT_THAT(journal->contents().state,
              ElementsAre(Pair("a", "1"), Pair("b", std::string("x\0y", 3))));
  ASSERT_THAT(journal->contents().newest, SizeIs(1));
  const Occurrence& flip = journal->contents().newest[0];
  EXPECT_EQ(flip.id, 7u);
  EXPECT_EQ(flip.time, kNow);
  EXPECT_EQ(flip.kind, OccurrenceKind::kFlip);
  EXPECT_EQ(flip.sentence, "moved g1 g2 to pbx");
  EXPECT_EQ(flip.diagnosis, 4u);
  EXPECT_THAT(flip.groups, ElementsAre("g1", "g2"));
  EXPECT_EQ(flip.hop, "t1");
  EXPECT_EQ(flip.guard, "cap");
}

TEST_F(JournalTest, AnEmptyValueErasesItsKeyAndNoEpochLeavesItsEpoch) {
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_TRUE(
      journal->Commit({.records = {{"a", "1"}, {"b", "2"}}, .epoch = 3, .time = kNow}).ok());
  ASSERT_TRUE(journal->Commit({.records = {{"a", ""}, {"c", "3"}}, .time = kNow}).ok());
  const Journal* const same = journal.get();
  EXPECT_THAT(same->contents().state, IsEmpty()) << "contents are as of Open";
}

TEST_F(JournalTest, ASecondDetectorIsKeptOut) {
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_TRUE(journal->Commit({.epoch = 1, .time = kNow}).ok());
  const absl::Status second = Journal::Open(directory_.path(), kNow).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use by another process"));
}

TEST_F(JournalTest, ADamagedFileIsMovedAsideAndNeverDeleted) {
  ASSERT_TRUE(Open()->Commit({.records = {{"a", "1"}}, .epoch = 3, .time = kNow}).ok());
  std::ofstream(file()) << "this is no database, and it is longer than a header of one has to be, "
                           "which is a hundred bytes";
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_EQ(journal->contents().epoch, 0u) << "as without a journal";
  EXPECT_THAT(journal->contents().moved_aside, HasSubstr("journal.sqlite.damaged-"));
  EXPECT_TRUE(std::filesystem::exists(journal->contents().moved_aside));
  EXPECT_TRUE(journal->Commit({.epoch = 1, .time = kNow}).ok());
}

TEST_F(JournalTest, APageOfNonsenseInTheMiddleIsDamageToo) {
  {
    const std::unique_ptr<Journal> journal = Open();
    JournalEntry entry = {.epoch = 3, .time = kNow};
    for (int i = 0; i < 2'000; ++i) entry.records.emplace(std::to_string(i), std::string(50, 'v'));
    ASSERT_TRUE(journal->Commit(entry).ok());
  }
  std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_GT(std::filesystem::file_size(file()), 40'000u);
  for (const int place : {8192, 12288, 16384, 20480}) {
    damage.seekp(place);
    damage << std::string(4096, '\xa5');
  }
  damage.close();
  EXPECT_THAT(Open()->contents().moved_aside, HasSubstr(".damaged-"));
}

TEST_F(JournalTest, ANewerVersionsJournalIsRefusedAndLeftAlone) {
  ASSERT_TRUE(Open()->Commit({.epoch = 3, .time = kNow}).ok());
  Execute(directory_.path(), "PRAGMA user_version=99");
  const absl::Status status = Journal::Open(directory_.path(), kNow).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer version"));
  EXPECT_TRUE(std::filesystem::exists(file()));
}

TEST_F(JournalTest, ACommitIsAllOrNothing) {
  ASSERT_TRUE(Open()->Commit({.records = {{"a", "1"}}, .epoch = 3, .time = kNow}).ok());
  // The third step of a commit fails.
  Execute(directory_.path(),
          "CREATE TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  EXPECT_EQ(Open()->Commit({.records = {{"a", "2"}}, .epoch = 4, .time = kNow}).code(),
            absl::StatusCode::kUnavailable);
  Execute(directory_.path(), "DROP TRIGGER full");
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_EQ(journal->contents().epoch, 3u);
  EXPECT_THAT(journal->contents().state, ElementsAre(Pair("a", "1")));
}

TEST_F(JournalTest, ForgetsEventsOfLongAgo) {
  const absl::Time long_ago = kNow - Journal::kMaxEventAge - absl::Seconds(1);
  ASSERT_TRUE(Open(long_ago)
                  ->Commit({.occurrences = {Flip(1, long_ago), Flip(2, kNow)}, .time = long_ago})
                  .ok());
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_THAT(journal->contents().newest, SizeIs(1));
  EXPECT_EQ(journal->contents().newest[0].id, 2u);
}

TEST_F(JournalTest, BoundsTheNumberOfItsEvents) {
  JournalEntry entry = {.time = kNow};
  for (std::int64_t id = 1; id <= Journal::kMaxEvents + 5; ++id) {
    entry.occurrences.push_back(Flip(static_cast<std::uint64_t>(id)));
  }
  ASSERT_TRUE(Open()->Commit(entry).ok());
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_THAT(journal->contents().newest, SizeIs(Journal::kKeptInMemory));
  EXPECT_EQ(journal->contents().newest.back().id,
            static_cast<std::uint64_t>(Journal::kMaxEvents) + 5);
}

TEST_F(JournalTest, ADirectoryThatCannotBeMadeIsNamed) {
  const absl::Status status = Journal::Open("/proc/no/such/place", kNow).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/proc/no/such/place"));
}

}  // namespace
}  // namespace dialtone::detector
