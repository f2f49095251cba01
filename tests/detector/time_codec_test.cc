#include "detector/time_codec.h"

#include <optional>

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

google::protobuf::Duration Raw(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

google::protobuf::Timestamp RawTime(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(TimeCodec, CarriesDurationsThereAndBack) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Milliseconds(1500), -absl::Seconds(2.5),
        absl::Hours(24 * 365)}) {
    EXPECT_EQ(FromProto(ToProto(duration)), duration);
  }
}

TEST(TimeCodec, CarriesTimesThereAndBackBeforeAndAfterTheEpoch) {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixMicros(1), absl::FromUnixMillis(-1500),
        absl::FromUnixSeconds(1'800'000'000) + absl::Nanoseconds(999'999'999)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
  }
}

TEST(TimeCodec, RefusesWhatProtobufForbids) {
  EXPECT_EQ(FromProto(Raw(1, -1)), std::nullopt);
  EXPECT_EQ(FromProto(Raw(-1, 1)), std::nullopt);
  EXPECT_EQ(FromProto(Raw(0, 1'000'000'000)), std::nullopt);
  EXPECT_EQ(FromProto(Raw(INT64_MAX, 0)), std::nullopt);
  EXPECT_EQ(FromProto(Raw(INT64_MIN, 0)), std::nullopt);
  EXPECT_EQ(FromProto(RawTime(0, -1)), std::nullopt);
  EXPECT_EQ(FromProto(RawTime(INT64_MAX, 0)), std::nullopt);
}

}  // namespace
}  // namespace dialtone::detector
