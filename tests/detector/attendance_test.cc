#include "detector/attendance.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// Two sites; agents of run 7.
class AttendanceTest : public ::testing::Test {
 protected:
  AttendanceTest() {
    roll_.OnConnected({.site = 0, .run_id = 7, .version = "1.0"}, kNow);
    roll_.OnConnected({.site = 1, .run_id = 7}, kNow);
  }
  bool Batch(SiteIndex site, std::uint64_t run, absl::Time now) {
    return roll_.OnBatch({.site = site, .run_id = run}, now, &was_mute_);
  }

  Attendance roll_{2};
  bool was_mute_ = false;
};

TEST_F(AttendanceTest, ASiteIsHeardFromItsFirstBatchNotFromItsStream) {
  EXPECT_TRUE(roll_.is_connected(0));
  EXPECT_FALSE(roll_.is_heard(0));
  EXPECT_FALSE(roll_.is_known(0));
  EXPECT_TRUE(Batch(0, 7, kNow));
  EXPECT_TRUE(was_mute_);
  EXPECT_TRUE(roll_.is_heard(0));
  EXPECT_TRUE(roll_.is_known(0));
  EXPECT_EQ(roll_.version(0), "1.0");
  EXPECT_TRUE(Batch(0, 7, kNow));
  EXPECT_FALSE(was_mute_);
}

TEST_F(AttendanceTest, WhatBelongsToARunThatIsOverChangesNothing) {
  EXPECT_FALSE(Batch(0, 6, kNow));
  EXPECT_FALSE(roll_.is_heard(0));
  EXPECT_FALSE(roll_.OnDisconnected({.site = 0, .run_id = 6}));
  EXPECT_TRUE(roll_.is_connected(0));
  EXPECT_TRUE(roll_.OnDisconnected({.site = 0, .run_id = 7}));
  EXPECT_FALSE(roll_.is_connected(0));
}

TEST_F(AttendanceTest, FallsMuteAfterThreeSecondsAndIsToldOnce) {
  Batch(0, 7, kNow);
  Batch(1, 7, kNow + absl::Seconds(1));
  EXPECT_EQ(roll_.next_wake(), kNow + kMuteAfter);
  EXPECT_THAT(roll_.FallMute(kNow + absl::Milliseconds(2999)), IsEmpty());
  EXPECT_THAT(roll_.FallMute(kNow + absl::Seconds(3)), ElementsAre(0));
  EXPECT_FALSE(roll_.is_heard(0));
  EXPECT_THAT(roll_.FallMute(kNow + absl::Seconds(3)), IsEmpty());
  EXPECT_EQ(roll_.next_wake(), kNow + absl::Seconds(4));
  EXPECT_THAT(roll_.FallMute(kNow + absl::Hours(1)), ElementsAre(1));
  EXPECT_EQ(roll_.next_wake(), absl::InfiniteFuture());
}

TEST_F(AttendanceTest, ABatchPutsOffSilence) {
  Batch(0, 7, kNow);
  Batch(1, 7, kNow);
  Batch(0, 7, kNow + absl::Seconds(2));
  EXPECT_THAT(roll_.FallMute(kNow + absl::Seconds(4)), ElementsAre(1));
  Batch(1, 7, kNow + absl::Seconds(4));
  EXPECT_TRUE(was_mute_);
  EXPECT_THAT(roll_.FallMute(kNow + absl::Seconds(10)), ElementsAre(0, 1));
}

TEST_F(AttendanceTest, EverySequenceCountsOnceInWhateverOrderItComes) {
  EXPECT_TRUE(roll_.IsNew(0, 5));
  EXPECT_TRUE(roll_.IsNew(0, 3));
  EXPECT_FALSE(roll_.IsNew(0, 5));
  EXPECT_FALSE(roll_.IsNew(0, 3));
  EXPECT_TRUE(roll_.IsNew(0, 4));
  EXPECT_TRUE(roll_.IsNew(0, 900));
  EXPECT_TRUE(roll_.IsNew(0, 6));
  EXPECT_TRUE(roll_.IsNew(1, 5)) << "each site has its own";
}

TEST_F(AttendanceTest, ASequenceTooFarBehindIsNotNew) {
  EXPECT_TRUE(roll_.IsNew(0, 10'000));
  EXPECT_FALSE(roll_.IsNew(0, 10'000 - 1024));
  EXPECT_TRUE(roll_.IsNew(0, 10'000 - 1023));
  EXPECT_TRUE(roll_.IsNew(0, 1'000'000)) << "a leap ahead empties the window";
  EXPECT_TRUE(roll_.IsNew(0, 1'000'000 - 1));
}

TEST_F(AttendanceTest, ANewRunCountsFromTheStartAndTheSameRunGoesOn) {
  EXPECT_TRUE(roll_.IsNew(0, 5));
  roll_.OnConnected({.site = 0, .run_id = 7}, kNow);
  EXPECT_FALSE(roll_.IsNew(0, 5));
  roll_.OnConnected({.site = 0, .run_id = 8}, kNow);
  EXPECT_TRUE(roll_.IsNew(0, 5));
}

TEST_F(AttendanceTest, TheRollCanBeReadWithoutSomeWhoAreHeard) {
  bool was_mute = false;
  roll_.OnConnected({.site = 1, .run_id = 7}, kNow);
  for (const SiteIndex site : {0, 1}) {
    ASSERT_TRUE(roll_.OnBatch({.site = site, .run_id = 7}, kNow, &was_mute));
  }
  const Attendance rest = roll_.Without({0});
  EXPECT_FALSE(rest.is_heard(0));
  EXPECT_TRUE(rest.is_known(0));
  EXPECT_TRUE(rest.is_heard(1));
  EXPECT_TRUE(roll_.is_heard(0));
}

}  // namespace
}  // namespace dialtone::detector
