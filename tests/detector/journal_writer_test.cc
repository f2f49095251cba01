#include "detector/journal_writer.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"

#include "tests/fakes/set_clock.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Notes in order what goes out. Read it when the writer has stopped.
class Recorder final : public Outlet {
 public:
  void Perform(const Wish& wish) override { Note("wish", wish.generation); }
  void Perform(const LeaseRenewal& renewal) override { Note("renewal", renewal.generation); }
  void Perform(const BurstRequest& burst) override {
    Note("burst", static_cast<std::uint64_t>(burst.site));
  }
  void Perform(const std::vector<Occurrence>& occurrences) override {
    for (const Occurrence& occurrence : occurrences) Note("occurrence", occurrence.id);
  }
  void UseEpoch(std::uint64_t epoch) override { Note("epoch", epoch); }

  std::vector<std::string> notes;

 private:
  void Note(const std::string& what, std::uint64_t number) {
    notes.push_back(what + " " + std::to_string(number));
  }
};

class JournalWriterTest : public ::testing::Test {
 protected:
  JournalWriterTest() { Reopen(); }

  void Reopen() {
    journal_.reset();
    absl::StatusOr<std::unique_ptr<Journal>> journal =
        Journal::Open(directory_.path(), clock_.TimeNow());
    ASSERT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }

  // From now on every commit fails, as on a full disk, unless it writes a key.
  void FillDisk() {
    journal_.reset();
    Execute(
        "CREATE TRIGGER full BEFORE INSERT ON meta WHEN (SELECT count(*) FROM state) = 0 "
        "BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    Reopen();
  }

  void Execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_.path() + "/journal.sqlite").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  // Runs `story` with a writer, and lets that drain.
  template <typename Story>
  void Write(Story story) {
    JournalWriter writer(journal_.get(), &outlet_, clock_, /*epoch=*/2, absl::Milliseconds(1));
    story(&writer);
    writer.Stop();
  }

  // Adds effects and waits until they were committed, or were not.
  static absl::Status AddAndWait(JournalWriter* writer, Effects effects) {
    std::promise<absl::Status> committed;
    std::vector<CommittedReply> replies;
    replies.push_back([&](const absl::Status& status) { committed.set_value(status); });
    writer->Add(std::move(effects), std::move(replies));
    return committed.get_future().get();
  }

  const TemporaryDirectory directory_;
  SetClock clock_;
  std::unique_ptr<Journal> journal_;
  Recorder outlet_;
};

Effects Everything() {
  return {.journal = {{.key = "k", .value = "v"}},
          .occurrences = {{.id = 1}},
          .wishes = {{.voice_layer = 0, .generation = 5}},
          .renewals = {{.voice_layer = 0, .generation = 5}},
          .bursts = {{.site = 3}}};
}

Effects EverythingButKeys() {
  Effects effects = Everything();
  effects.journal.clear();
  return effects;
}

TEST_F(JournalWriterTest, CommitsFirstAndThenHandsOnWishesBeforeAllElse) {
  Write([](JournalWriter* writer) { EXPECT_TRUE(AddAndWait(writer, Everything()).ok()); });
  EXPECT_THAT(outlet_.notes, ElementsAre("wish 5", "renewal 5", "burst 3", "occurrence 1"));
  Reopen();
  EXPECT_EQ(journal_->contents().state.at("k"), "v");
  EXPECT_THAT(journal_->contents().newest, SizeIs(1));
}

TEST_F(JournalWriterTest, TimesWhatItCommitsAndNothingElse) {
  int commits = 0;
  Write([&commits](JournalWriter* writer) {
    writer->TimeCommits([&commits](absl::Duration took) {
      EXPECT_GE(took, absl::ZeroDuration());
      ++commits;
    });
    EXPECT_TRUE(AddAndWait(writer, Everything()).ok());
    EXPECT_TRUE(AddAndWait(writer, {.renewals = {{.voice_layer = 0, .generation = 6}}}).ok());
  });
  EXPECT_EQ(commits, 1);
}

TEST_F(JournalWriterTest, WhatCannotBeCommittedMovesNoRouteButLeasesAndBurstsGoOn) {
  FillDisk();
  Write([](JournalWriter* writer) {
    const absl::Status status = AddAndWait(writer, EverythingButKeys());
    EXPECT_THAT(std::string(status.message()), HasSubstr("disk full"));
    EXPECT_FALSE(writer->health().up);
    EXPECT_THAT(writer->health().error, HasSubstr("disk full"));
  });
  EXPECT_THAT(outlet_.notes, ElementsAre("renewal 5", "burst 3"));
}

TEST_F(JournalWriterTest, GoesOnWithWhatWaitedWhenTheJournalCanBeWrittenAgain) {
  FillDisk();
  Write([](JournalWriter* writer) {
    EXPECT_FALSE(AddAndWait(writer, EverythingButKeys()).ok());
    // It tries again, with what came meanwhile.
    EXPECT_TRUE(AddAndWait(writer, {.journal = {{.key = "k", .value = "v"}},
                                    .occurrences = {{.id = 2}},
                                    .wishes = {{.voice_layer = 0, .generation = 6}}})
                    .ok());
    EXPECT_TRUE(writer->health().up);
  });
  EXPECT_THAT(outlet_.notes,
              ElementsAre("renewal 5", "burst 3", "wish 6", "occurrence 1", "occurrence 2"));
}

TEST_F(JournalWriterTest, OutbidsAnotherWriterOnceInTenSeconds) {
  Write([this](JournalWriter* writer) {
    writer->OutbidEpoch(1);  // ours is higher
    EXPECT_EQ(writer->epoch(), 2u);
    writer->OutbidEpoch(7);
    EXPECT_EQ(writer->epoch(), 8u);
    writer->OutbidEpoch(9);
    EXPECT_EQ(writer->epoch(), 8u) << "two writers must not race each other for ever";
    clock_.Advance(absl::Seconds(11));
    writer->OutbidEpoch(9);
    EXPECT_EQ(writer->epoch(), 10u);
  });
  ASSERT_FALSE(outlet_.notes.empty());
  EXPECT_EQ(outlet_.notes.back(), "epoch 10");
  Reopen();
  EXPECT_EQ(journal_->contents().epoch, 10u);
}

TEST_F(JournalWriterTest, StopCommitsWhatWaits) {
  Write([](JournalWriter* writer) { writer->Add(Everything(), {}); });
  EXPECT_THAT(outlet_.notes, SizeIs(4));
}

TEST(PendingEffects, OfEachThingOnlyTheNewestCounts) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  PendingEffects pending;
  EXPECT_TRUE(pending.empty());
  pending.Add({.journal = {{.key = "a", .value = "old"}, {.key = "b", .value = "kept"}},
               .occurrences = {{.id = 1}},
               .wishes = {{.voice_layer = 0, .generation = 1}, {.voice_layer = 1, .generation = 1}},
               .bursts = {{.site = 3, .targets = {1}}}},
              now);
  pending.Add({.journal = {{.key = "a", .value = "new"}},
               .occurrences = {{.id = 2}},
               .wishes = {{.voice_layer = 0, .generation = 2}},
               .bursts = {{.site = 3, .targets = {2}}}},
              now + absl::Seconds(1));
  EXPECT_EQ(pending.entry.records.at("a"), "new");
  EXPECT_EQ(pending.entry.records.at("b"), "kept");
  EXPECT_EQ(pending.wishes.at(0).generation, 2u);
  EXPECT_EQ(pending.wishes.at(1).generation, 1u);
  EXPECT_THAT(pending.bursts.at(3).targets, ElementsAre(2));
  EXPECT_THAT(pending.entry.occurrences, SizeIs(2)) << "of what happened, everything";
  EXPECT_EQ(pending.entry.time, now + absl::Seconds(1));
}

TEST(PendingEffects, BoundsWhatWaits) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  PendingEffects pending;
  for (std::uint64_t id = 1; id <= PendingEffects::kMaxOccurrences + 3; ++id) {
    pending.Add({.occurrences = {{.id = id}}}, now);
  }
  EXPECT_THAT(pending.entry.occurrences, SizeIs(PendingEffects::kMaxOccurrences));
  EXPECT_EQ(pending.entry.occurrences.front().id, 4u) << "the oldest go";
  EXPECT_EQ(pending.occurrences_lost, 3u);
}

}  // namespace
}  // namespace dialtone::detector
