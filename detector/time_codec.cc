#include "detector/time_codec.h"

#include <cstdint>

#include "google/protobuf/util/time_util.h"

#include "base/check.h"

namespace dialtone::detector {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::int32_t kNanosPerSecond = 1'000'000'000;

}  // namespace

std::optional<absl::Duration> FromProto(const google::protobuf::Duration& duration) {
  const std::int64_t seconds = duration.seconds();
  const std::int32_t nanos = duration.nanos();
  if (seconds < TimeUtil::kDurationMinSeconds || seconds > TimeUtil::kDurationMaxSeconds ||
      nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond || (seconds > 0 && nanos < 0) ||
      (seconds < 0 && nanos > 0)) {
    return std::nullopt;
  }
  return absl::Seconds(seconds) + absl::Nanoseconds(nanos);
}

std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time) {
  if (time.seconds() < TimeUtil::kTimestampMinSeconds ||
      time.seconds() > TimeUtil::kTimestampMaxSeconds || time.nanos() < 0 ||
      time.nanos() >= kNanosPerSecond) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  CHECK(duration > -absl::InfiniteDuration() && duration < absl::InfiniteDuration());
  google::protobuf::Duration message;
  message.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration)));
  return message;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  CHECK(time > absl::InfinitePast() && time < absl::InfiniteFuture());
  google::protobuf::Timestamp message;
  const std::int64_t seconds = absl::ToUnixSeconds(time);  // rounds down: nanos are never negative
  message.set_seconds(seconds);
  message.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return message;
}

}  // namespace dialtone::detector
