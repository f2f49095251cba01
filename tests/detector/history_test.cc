#include "detector/history.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Occurrence> Numbered(std::uint64_t first, std::uint64_t last) {
  std::vector<Occurrence> occurrences;
  for (std::uint64_t id = first; id <= last; ++id) occurrences.push_back({.id = id});
  return occurrences;
}

std::vector<std::uint64_t> Ids(const std::vector<Occurrence>& occurrences) {
  std::vector<std::uint64_t> ids;
  for (const Occurrence& occurrence : occurrences) ids.push_back(occurrence.id);
  return ids;
}

class Recorder final : public Watcher {
 public:
  void Take(const std::vector<Occurrence>& occurrences) override {
    for (const Occurrence& occurrence : occurrences) ids.push_back(occurrence.id);
  }
  void Close() override { closed = true; }

  std::vector<std::uint64_t> ids;
  bool closed = false;
};

TEST(History, GivesTheNewestFirst) {
  History history(Numbered(1, 3));
  history.Add(Numbered(4, 5));
  EXPECT_THAT(Ids(history.Newest(3)), ElementsAre(5, 4, 3));
  EXPECT_THAT(history.Newest(100), SizeIs(5));
}

TEST(History, ForgetsTheOldest) {
  History history(Numbered(1, History::kSize));
  history.Add(Numbered(History::kSize + 1, History::kSize + 2));
  const std::vector<Occurrence> all = history.Newest(2 * History::kSize);
  EXPECT_THAT(all, SizeIs(History::kSize));
  EXPECT_EQ(all.back().id, 3u);
}

TEST(History, AWatcherMissesNothingAndSeesNothingTwice) {
  History history(Numbered(1, 5));
  Recorder from_three;
  Recorder from_now;
  ASSERT_TRUE(history.Watch(&from_three, 3).ok());
  ASSERT_TRUE(history.Watch(&from_now, 0).ok());
  history.Add(Numbered(6, 7));
  EXPECT_THAT(from_three.ids, ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(from_now.ids, ElementsAre(6, 7));
  history.Unwatch(&from_now);
  history.Add(Numbered(8, 8));
  EXPECT_THAT(from_now.ids, ElementsAre(6, 7));
}

TEST(History, BoundsItsWatchers) {
  History history({});
  std::vector<Recorder> watchers(History::kMaxWatchers);
  for (Recorder& watcher : watchers) ASSERT_TRUE(history.Watch(&watcher, 0).ok());
  Recorder one_more;
  EXPECT_EQ(history.Watch(&one_more, 0).code(), absl::StatusCode::kResourceExhausted);
  history.Unwatch(&watchers[0]);
  EXPECT_TRUE(history.Watch(&one_more, 0).ok());
}

TEST(History, ClosesItsWatchersAndTakesNoMore) {
  History history({});
  Recorder watcher;
  ASSERT_TRUE(history.Watch(&watcher, 0).ok());
  history.CloseWatches();
  EXPECT_TRUE(watcher.closed);
  EXPECT_EQ(history.Watch(&watcher, 0).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace dialtone::detector
