// Times and durations between protobuf and Abseil.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace dialtone::detector {

// Nothing when the message breaks protobuf's own rules (sign of the nanoseconds, 10,000 years).
std::optional<absl::Duration> FromProto(const google::protobuf::Duration& duration);
std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time);

// Finite values only; an infinite one is the caller's "absent".
google::protobuf::Duration ToProto(absl::Duration duration);
google::protobuf::Timestamp ToProto(absl::Time time);

}  // namespace dialtone::detector
