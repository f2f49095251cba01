#include "detector/loop.h"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"

#include "tests/detector/sample_fleet.h"
#include "tests/fakes/nowhere.h"
#include "tests/fakes/set_clock.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;

// Counts; read it when the loop has ended.
class Recorder final : public Observer {
 public:
  void Decided(const Effects& effects, const View&) override {
    occurrences += static_cast<int>(effects.occurrences.size());
  }
  void Publish(View, absl::Time) override { ++published; }

  int occurrences = 0;
  int published = 0;
};

// A loop around the real core, with a journal. Messages are put into the mailbox first; Run() takes
// them all at one instant, unless one of them makes time pass.
class LoopTest : public ::testing::Test {
 protected:
  LoopTest()
      : journal_(*Journal::Open(directory_.path(), clock_.TimeNow())),
        core_(SampleFleet(), Policy(), CoreStart(), clock_.TimeNow()) {}

  void Run() {
    mailbox_.Close();
    JournalWriter writer(journal_.get(), &nowhere_, clock_, /*epoch=*/1, absl::Milliseconds(1));
    Loop(&core_, clock_, &mailbox_, &writer, &observer_).Run();
    writer.Stop();
  }

  // An order to freeze, whose answer goes to `answer`.
  Order Freeze(std::promise<OperatorAnswer>* answer,
               absl::Time deadline = absl::InfiniteFuture()) const {
    return {.event = OperatorFreeze{.frozen = true, .author = "alice", .reason = "storm"},
            .deadline = deadline,
            .reply = [answer](const OperatorAnswer& given) { answer->set_value(given); }};
  }
  bool Post(Message message) { return mailbox_.Post(std::move(message)); }

  const TemporaryDirectory directory_;
  SetClock clock_;
  Nowhere nowhere_;
  std::unique_ptr<Journal> journal_;
  Core core_;
  LoopMailbox mailbox_;
  Recorder observer_;
};

TEST_F(LoopTest, AnswersAnOrderWhenTheJournalHasIt) {
  std::promise<OperatorAnswer> answer;
  ASSERT_TRUE(Post(Freeze(&answer)));
  Run();
  const OperatorAnswer given = answer.get_future().get();
  EXPECT_TRUE(given.status.ok()) << given.status;
  EXPECT_TRUE(given.frozen);
  EXPECT_TRUE(core_.Look(clock_.TimeNow()).frozen);
  EXPECT_GT(observer_.occurrences, 0);
}

TEST_F(LoopTest, SaysThatAnOrderIsNotYetInForceWhenTheJournalCannotBeWritten) {
  journal_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(directory_.File("journal.sqlite").c_str(), &database), SQLITE_OK);
  sqlite3_exec(
      database,
      "CREATE TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END",
      nullptr, nullptr, nullptr);
  sqlite3_close(database);
  journal_ = *Journal::Open(directory_.path(), clock_.TimeNow());

  std::promise<OperatorAnswer> answer;
  ASSERT_TRUE(Post(Freeze(&answer)));
  Run();
  const absl::Status status = answer.get_future().get().status;
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not yet in force"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("disk full"));
}

TEST_F(LoopTest, AnOrderThatComesTooLateIsNotCarriedOut) {
  std::promise<OperatorAnswer> answer;
  ASSERT_TRUE(Post(Freeze(&answer, clock_.TimeNow() - absl::Milliseconds(1))));
  Run();
  EXPECT_EQ(answer.get_future().get().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(core_.Look(clock_.TimeNow()).frozen);
}

TEST_F(LoopTest, AnswersAQuestionWithThePresentAndChangesNothing) {
  bool answered = false;
  ASSERT_TRUE(Post(Question{[&](const View& view, absl::Time now) {
    answered = true;
    EXPECT_EQ(now, clock_.TimeNow());
    EXPECT_EQ(view.sites.size(), 4u);
  }}));
  Run();
  EXPECT_TRUE(answered);
  EXPECT_EQ(observer_.occurrences, 0);
}

TEST_F(LoopTest, ShowsThePresentAtMostOnceASecond) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Post(Event(Wake{})));
  // Asking is no reason to show anything, but time passes meanwhile.
  ASSERT_TRUE(
      Post(Question{[&](const View&, absl::Time) { clock_.Advance(Loop::kPublishEvery); }}));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Post(Event(Wake{})));
  Run();
  EXPECT_EQ(observer_.published, 2);
}

}  // namespace
}  // namespace dialtone::detector
