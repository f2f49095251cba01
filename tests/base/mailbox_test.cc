#include "base/mailbox.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dialtone {
namespace {

TEST(Mailbox, GivesTheOldestFirst) {
  Mailbox<int> mailbox(3);
  EXPECT_TRUE(mailbox.Post(1));
  EXPECT_TRUE(mailbox.Post(2));
  EXPECT_EQ(mailbox.size(), 2u);
  EXPECT_EQ(mailbox.Take(absl::ZeroDuration()), 1);
  EXPECT_EQ(mailbox.Take(absl::ZeroDuration()), 2);
  EXPECT_EQ(mailbox.Take(absl::ZeroDuration()), std::nullopt);
}

TEST(Mailbox, SaysWhenItIsFull) {
  Mailbox<int> mailbox(2);
  EXPECT_TRUE(mailbox.Post(1));
  EXPECT_TRUE(mailbox.Post(2));
  EXPECT_FALSE(mailbox.Post(3));
  EXPECT_EQ(mailbox.Take(absl::ZeroDuration()), 1);
  EXPECT_TRUE(mailbox.Post(4));
}

TEST(Mailbox, AnAnswerInThePastDoesNotWait) {
  Mailbox<int> mailbox(1);
  EXPECT_EQ(mailbox.Take(-absl::InfiniteDuration()), std::nullopt);
  EXPECT_EQ(mailbox.Take(absl::Seconds(-5)), std::nullopt);
}

TEST(Mailbox, CarriesWhatCannotBeCopied) {
  Mailbox<std::unique_ptr<int>> mailbox(1);
  EXPECT_TRUE(mailbox.Post(std::make_unique<int>(7)));
  EXPECT_EQ(**mailbox.Take(absl::ZeroDuration()), 7);
}

TEST(Mailbox, ClosedTakesNothingInButGivesTheRest) {
  Mailbox<int> mailbox(2);
  EXPECT_TRUE(mailbox.Post(1));
  mailbox.Close();
  EXPECT_FALSE(mailbox.Post(2));
  EXPECT_FALSE(mailbox.drained());
  EXPECT_EQ(mailbox.Take(absl::InfiniteDuration()), 1);
  EXPECT_TRUE(mailbox.drained());
  EXPECT_EQ(mailbox.Take(absl::InfiniteDuration()), std::nullopt);
}

TEST(Mailbox, APostWakesTheReader) {
  Mailbox<int> mailbox(1);
  std::optional<int> taken;
  std::thread reader([&] { taken = mailbox.Take(absl::InfiniteDuration()); });
  EXPECT_TRUE(mailbox.Post(5));
  reader.join();
  EXPECT_EQ(taken, 5);
}

TEST(Mailbox, CloseWakesTheReader) {
  Mailbox<int> mailbox(1);
  std::optional<int> taken = 1;
  std::thread reader([&] { taken = mailbox.Take(absl::InfiniteDuration()); });
  mailbox.Close();
  reader.join();
  EXPECT_EQ(taken, std::nullopt);
}

TEST(Mailbox, LosesNothingBetweenManyWritersAndOneReader) {
  constexpr int kWriters = 4, kMessages = 5'000;
  Mailbox<int> mailbox(16);
  std::atomic<int> refused = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kMessages; ++i) {
        if (!mailbox.Post(writer * kMessages + i)) ++refused;
      }
    });
  }
  int taken = 0;
  bool in_order = true;
  std::vector<int> last(kWriters, -1);
  std::thread reader([&] {
    while (!mailbox.drained()) {
      const std::optional<int> message = mailbox.Take(absl::InfiniteDuration());
      if (!message) continue;
      ++taken;
      int& previous = last[static_cast<size_t>(*message / kMessages)];
      in_order = in_order && previous < *message;
      previous = *message;
    }
  });
  for (std::thread& writer : writers) writer.join();
  mailbox.Close();
  reader.join();
  EXPECT_EQ(taken + refused, kWriters * kMessages);
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace dialtone
