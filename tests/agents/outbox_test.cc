#include "agents/outbox.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

// An agent that adds results, and a stream that takes a batch whenever one is due.
class Desk {
 public:
  explicit Desk(size_t capacity = 100'000) : spool_(capacity), outbox_(spool_) {}

  Outbox& outbox() { return outbox_; }
  Spool& spool() { return spool_; }
  absl::Time now() const { return now_; }

  Desk& Open() {
    outbox_.Open(now_);
    return *this;
  }

  Desk& Add(int count = 1) {
    for (int i = 0; i < count; ++i) {
      Result result;
      result.sequence = spool_.end() + 1;
      result.sent = now_;
      spool_.Add(result);
    }
    return *this;
  }

  Desk& AddUrgent() {
    Add();
    outbox_.Hurry();
    return *this;
  }

  Desk& Wait(absl::Duration time) {
    now_ += time;
    return *this;
  }

  // How many results the batch that is due now has; -1: none is due.
  int Send() {
    const auto batch = outbox_.Take(now_);
    if (!batch) return -1;
    outbox_.Written();
    last_ = *batch;
    return static_cast<int>(batch->last - batch->first);
  }

  // The time until something is due.
  absl::Duration Patience() const { return outbox_.NextWake() - now_; }

  const Outbox::Batch& last() const { return last_; }

 private:
  Spool spool_;
  Outbox outbox_;
  absl::Time now_ = kStart;
  Outbox::Batch last_;
};

TEST(Outbox, SaysNothingWithoutAStream) {
  Desk desk;
  desk.Add().AddUrgent();
  EXPECT_EQ(desk.Send(), -1);
  EXPECT_EQ(desk.Patience(), absl::InfiniteDuration());
}

TEST(Outbox, IntroducesItselfAtOnceThenSendsABatchEverySecondEvenAnEmptyOne) {
  Desk desk;
  desk.Open();
  EXPECT_EQ(desk.Send(), 0);
  EXPECT_EQ(desk.last().number, 1u);
  EXPECT_EQ(desk.Send(), -1);
  EXPECT_EQ(desk.Patience(), absl::Seconds(1));

  desk.Wait(absl::Milliseconds(400)).Add(3).Wait(absl::Milliseconds(599));
  EXPECT_EQ(desk.Send(), -1);
  desk.Wait(absl::Milliseconds(1));
  EXPECT_EQ(desk.Send(), 3);
  EXPECT_EQ(desk.last().number, 2u);
  desk.Wait(absl::Seconds(1));
  EXPECT_EQ(desk.Send(), 0);
}

TEST(Outbox, AnUrgentResultLeavesAtOnceWithWhatWaited) {
  Desk desk;
  desk.Open().Send();
  desk.Wait(absl::Milliseconds(300)).Add(2).AddUrgent();
  EXPECT_EQ(desk.Patience(), absl::Milliseconds(-290));  // due already
  EXPECT_EQ(desk.Send(), 3);
}

TEST(Outbox, UrgentResultsThatEndTogetherTravelTogetherWithinTenMilliseconds) {
  Desk desk;
  desk.Open().Send();
  desk.Wait(absl::Seconds(1)).AddUrgent();
  EXPECT_EQ(desk.Send(), 1);
  desk.Wait(absl::Milliseconds(1)).AddUrgent().Wait(absl::Milliseconds(2)).AddUrgent();
  EXPECT_EQ(desk.Send(), -1);
  EXPECT_EQ(desk.Patience(), absl::Milliseconds(7));
  desk.Wait(absl::Milliseconds(7));
  EXPECT_EQ(desk.Send(), 2);
}

TEST(Outbox, HasOneBatchOnTheWayAtATime) {
  Desk desk;
  desk.Open();
  ASSERT_TRUE(desk.outbox().Take(desk.now()).has_value());
  desk.Wait(absl::Seconds(5)).AddUrgent();
  EXPECT_FALSE(desk.outbox().Take(desk.now()).has_value());
  desk.outbox().Written();
  EXPECT_EQ(desk.Send(), 1);
}

TEST(Outbox, ObeysADetectorThatCannotKeepUp) {
  Desk desk;
  desk.Open().Send();
  desk.outbox().Hear(1, absl::Seconds(4), desk.now());
  desk.Wait(absl::Seconds(3)).AddUrgent();
  EXPECT_EQ(desk.Send(), -1);
  desk.Wait(absl::Seconds(1));
  EXPECT_EQ(desk.Send(), 1);
  desk.outbox().Hear(2, absl::Hours(1), desk.now());
  EXPECT_EQ(desk.Patience(), Outbox::kLargestGap);
}

TEST(Outbox, KeepsEverythingUntilItIsAcknowledged) {
  Desk desk;
  desk.Open().Add(5).Send();
  desk.Wait(absl::Seconds(1)).Add(3).Send();
  EXPECT_EQ(desk.outbox().waiting(), 8u);
  desk.outbox().Hear(1, {}, desk.now());
  EXPECT_EQ(desk.outbox().waiting(), 3u);
  EXPECT_EQ(desk.outbox().unacknowledged(), 5u);
  desk.outbox().Hear(2, {}, desk.now());
  EXPECT_EQ(desk.outbox().waiting(), 0u);
  EXPECT_EQ(desk.outbox().dropped(), 0u);
}

TEST(Outbox, SendsWhatWasNotAcknowledgedAgainOnTheNextStream) {
  Desk desk;
  desk.Open().Add(5).Send();
  desk.Wait(absl::Seconds(1)).Add(3).Send();
  desk.outbox().Hear(1, {}, desk.now());
  desk.outbox().Close();
  desk.Add(2);
  desk.Open();
  EXPECT_EQ(desk.Send(), 5);
  EXPECT_EQ(desk.last().number, 1u);
  EXPECT_EQ(desk.last().first, 5u);
}

TEST(Outbox, DrainsALongBacklogInFullBatchesWithoutWaitingForSeconds) {
  Desk desk;
  desk.Add(2500).Open();
  EXPECT_EQ(desk.Send(), 1000);
  desk.Wait(Outbox::kSmallestGap);
  EXPECT_EQ(desk.Send(), 1000);
  desk.Wait(Outbox::kSmallestGap);
  EXPECT_EQ(desk.Send(), 500);
  EXPECT_EQ(desk.Patience(), absl::Seconds(1));
}

TEST(Outbox, SendsNoMoreOfALongBacklogThanADetectorTakes) {
  Desk desk;
  desk.Add(60'000).Open();  // an hour's
  int sent = 0;
  for (absl::Duration passed; passed < absl::Seconds(20); passed += absl::Milliseconds(10)) {
    while (const int batch = desk.Send()) {
      if (batch < 0) break;
      sent += batch;
    }
    ASSERT_LE(sent, 10'000 + 2'000 * absl::ToDoubleSeconds(passed));
    desk.Wait(absl::Milliseconds(10));
  }
  EXPECT_GT(sent, 40'000);
}

TEST(Outbox, CountsWhatTheSpoolForgotBeforeItWasAcknowledged) {
  Desk desk(/*capacity=*/10);
  desk.Open().Add(4).Send();
  desk.outbox().Hear(1, {}, desk.now());
  desk.outbox().Close();
  desk.Add(25);  // 15 fall out
  EXPECT_EQ(desk.outbox().dropped(), 15u);
  desk.Open();
  EXPECT_EQ(desk.Send(), 10);
  desk.Add(3);  // sent, not acknowledged, and forgotten: nobody knows whether they arrived
  EXPECT_EQ(desk.outbox().dropped(), 18u);
  desk.outbox().Hear(1, {}, desk.now());
  EXPECT_EQ(desk.outbox().waiting(), 3u);
  EXPECT_EQ(desk.outbox().dropped(), 18u);
}

TEST(Outbox, GivesUpAStreamThatIsSilentForFifteenSeconds) {
  Desk desk;
  desk.Open().Send();
  desk.Wait(absl::Seconds(10));
  desk.outbox().Hear(0, {}, desk.now());
  desk.Wait(absl::Milliseconds(14'999));
  EXPECT_FALSE(desk.outbox().IsSilent(desk.now()));
  desk.Wait(absl::Milliseconds(1));
  EXPECT_TRUE(desk.outbox().IsSilent(desk.now()));
  desk.outbox().Close();
  EXPECT_FALSE(desk.outbox().IsSilent(desk.now()));
}

TEST(Outbox, IgnoresAcknowledgementsOfBatchesItNeverSent) {
  Desk desk;
  desk.Open().Add(5).Send();
  desk.outbox().Hear(1'000'000, {}, desk.now());
  EXPECT_EQ(desk.outbox().waiting(), 0u);
  desk.Add(2);
  EXPECT_EQ(desk.outbox().waiting(), 2u);
}

// Streams break, acknowledgements get lost, the spool overflows: every result is either
// acknowledged or counted as dropped, and none is sent in a batch after it was acknowledged.
TEST(Outbox, LosesNothingUncountedWhateverHappens) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    Desk desk(/*capacity=*/1 + random() % 50);
    std::set<uint64_t> taken;
    uint64_t last_taken_batch = 0;
    bool open = false;
    for (int step = 0; step < 400; ++step) {
      desk.Wait(absl::Milliseconds(random() % 700));
      switch (random() % 6) {
        case 0:
          desk.Add(static_cast<int>(random() % 8));
          break;
        case 1:
          desk.AddUrgent();
          break;
        case 2:
        case 3:
          if (desk.Send() >= 0) {
            for (uint64_t i = desk.last().first; i < desk.last().last; ++i) taken.insert(i);
            last_taken_batch = desk.last().number;
          }
          break;
        case 4:
          if (open) desk.outbox().Hear(last_taken_batch, {}, desk.now());
          desk.spool().ForgetBefore(desk.outbox().unacknowledged());
          break;
        case 5:
          if (random() % 4 == 0) {
            desk.Open();
            open = true;
            last_taken_batch = 0;
          }
          break;
      }
      ASSERT_EQ(desk.outbox().waiting(), desk.spool().end() - desk.spool().begin());
      ASSERT_LE(desk.outbox().dropped(), desk.spool().end());
    }
    const uint64_t never_taken =
        desk.spool().begin() - static_cast<uint64_t>(std::distance(
                                   taken.begin(), taken.lower_bound(desk.spool().begin())));
    EXPECT_LE(never_taken, desk.outbox().dropped());
  }
}

}  // namespace
}  // namespace dialtone::agents
