// route.proto <-> plain structs.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "dialtone/v1/route.pb.h"

namespace dialtone::detector {

// What one SetRoutes may have (route.proto), with room for the rest of the frame.
inline constexpr size_t kMaxWishBytes = (4 << 20) - (64 << 10);

// The whole table, as the router wants it. Reasons are shortened when the table would be larger
// than kMaxWishBytes: that a reason is long must not keep calls where they are.
v1::SetRoutesRequest EncodeWish(const Wish& wish, std::uint64_t epoch);

// INVALID_ARGUMENT, naming what is wrong, when the report is of another voice layer than `name` or
// breaks route.proto: such a router is treated as one that cannot be reached.
absl::StatusOr<RouterReport> DecodeReport(const v1::ReadRoutesResponse& message,
                                          VoiceLayerIndex voice_layer, absl::string_view name);

std::vector<RefusedHopState> Decode(
    const google::protobuf::RepeatedPtrField<v1::RefusedHopState>& refused);

// Shared with operator.proto.
v1::GroupRoute EncodeGroupRoute(const GroupRoute& route);
v1::Share EncodeShare(const Share& share);

}  // namespace dialtone::detector
