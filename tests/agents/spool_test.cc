#include "agents/spool.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dialtone::agents {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

Result ResultOf(uint64_t sequence, absl::Time sent) {
  Result result;
  result.sequence = sequence;
  result.sent = sent;
  return result;
}

TEST(Spool, ForgetsTheOldestWhenFull) {
  Spool spool(3);
  for (uint64_t i = 1; i <= 5; ++i) spool.Add(ResultOf(i, kStart));
  EXPECT_EQ(spool.begin(), 2u);
  EXPECT_EQ(spool.end(), 5u);
  EXPECT_EQ(spool.at(2).sequence, 3u);
  EXPECT_EQ(spool.at(4).sequence, 5u);
}

TEST(Spool, ForgetsWhatNoDetectorWouldTakeAnyMore) {
  Spool spool(100);
  spool.Add(ResultOf(1, kStart));
  spool.Add(ResultOf(2, kStart + absl::Minutes(1)));
  spool.Expire(kStart + Spool::kOldest);
  EXPECT_EQ(spool.begin(), 0u);
  spool.Expire(kStart + absl::Hours(1));
  EXPECT_EQ(spool.begin(), 1u);
  EXPECT_EQ(spool.end(), 2u);
}

// Random operations against the obvious model: a vector that never forgets, and a lower bound.
TEST(Spool, DoesWhatAnEndlessListWithALowerBoundWouldDo) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    const size_t capacity = 1 + random() % 20;
    Spool spool(capacity);
    std::vector<Result> model;
    uint64_t forgotten = 0;
    absl::Time now = kStart;

    for (int step = 0; step < 300; ++step) {
      now += absl::Seconds(random() % 400);
      switch (random() % 4) {
        case 0:
        case 1:
          model.push_back(ResultOf(model.size(), now));
          spool.Add(model.back());
          forgotten =
              std::max<uint64_t>(forgotten, model.size() - std::min(model.size(), capacity));
          break;
        case 2:
          spool.Expire(now);
          while (forgotten < model.size() && model[forgotten].sent < now - Spool::kOldest) {
            ++forgotten;
          }
          break;
        case 3:
          if (model.size() > forgotten) {
            forgotten += random() % (model.size() - forgotten + 1);
          }
          spool.ForgetBefore(forgotten);
          break;
      }
      ASSERT_EQ(spool.begin(), forgotten);
      ASSERT_EQ(spool.end(), model.size());
      ASSERT_LE(spool.end() - spool.begin(), capacity);
      for (uint64_t i = spool.begin(); i < spool.end(); ++i) ASSERT_EQ(spool.at(i).sequence, i);
    }
  }
}

}  // namespace
}  // namespace dialtone::agents
