#include "detector/route_codec.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "detector/enum_codec.h"
#include "detector/fleet_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

constexpr int kMaxRoutes = 1'000;
constexpr int kMaxHopStates = 1'000;

template <typename Messages>
std::vector<Share> DecodeShares(const Messages& messages) {
  std::vector<Share> shares;
  for (const v1::Share& share : messages) {
    shares.push_back({.route = share.route(), .percent = static_cast<int>(share.percent())});
  }
  return shares;
}

// At most `most` bytes, to the end of a character: half a character is no UTF-8, and refused.
void Shorten(size_t most, std::string* text) {
  if (text->size() <= most) return;
  while (most > 0 && (static_cast<unsigned char>((*text)[most]) & 0xC0) == 0x80) --most;
  text->resize(most);
}

// Shares of one group: none (unknown), or 100 in sum.
bool SumsUp(const std::vector<Share>& shares) {
  int sum = 0;
  for (const Share& share : shares) {
    if (share.percent < 0 || share.percent > 100) return false;
    sum += share.percent;
  }
  return shares.empty() || sum == 100;
}

absl::StatusOr<GroupRoute> DecodeGroupRoute(const v1::GroupRoute& message) {
  const std::optional<Origin> origin = FromProto<Origin>(message.origin());
  if (!origin.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("group ", message.group(), ": origin ", message.origin()));
  }
  return GroupRoute{.group = message.group(),
                    .shares = DecodeShares(message.shares()),
                    .ignore_hop_states = message.ignore_hop_states(),
                    .origin = *origin,
                    .reason = message.reason(),
                    .since = FromProto(message.since()).value_or(absl::UnixEpoch())};
}

absl::StatusOr<RouterGroup> DecodeGroup(const v1::GroupStatus& message) {
  RouterGroup group = {
      .group = message.group(),
      .home_route = message.home_route(),
      .backup_routes = {message.backup_routes().begin(), message.backup_routes().end()},
      .numbers = message.numbers(),
      .confirmed = DecodeShares(message.confirmed()),
      .in_sync = message.in_sync()};
  if (message.has_wanted()) {
    ASSIGN_OR_RETURN(group.wanted, DecodeGroupRoute(message.wanted()));
  }
  if (!SumsUp(group.confirmed) || (group.wanted.has_value() && !SumsUp(group.wanted->shares))) {
    return absl::InvalidArgumentError(
        absl::StrCat("group ", group.group, ": shares that do not sum to 100"));
  }
  return group;
}

absl::StatusOr<HopStateEntry> DecodeHopState(const v1::HopStateEntry& message) {
  const std::optional<HopState> state = FromProto<HopState>(message.state());
  if (!state.has_value() || message.percent() > 100) {
    return absl::InvalidArgumentError(absl::StrCat("hop ", message.hop(), ": state ",
                                                   message.state(), " for ", message.percent(),
                                                   " % of the calls"));
  }
  return HopStateEntry{.hop = message.hop(),
                       .state = *state,
                       .percent = static_cast<int>(message.percent()),
                       .reason = message.reason()};
}

}  // namespace

v1::Share EncodeShare(const Share& share) {
  v1::Share message;
  message.set_route(share.route);
  message.set_percent(static_cast<std::uint32_t>(share.percent));
  return message;
}

v1::GroupRoute EncodeGroupRoute(const GroupRoute& route) {
  v1::GroupRoute message;
  message.set_group(route.group);
  for (const Share& share : route.shares) *message.add_shares() = EncodeShare(share);
  message.set_ignore_hop_states(route.ignore_hop_states);
  message.set_origin(ToProto(route.origin));
  message.set_reason(route.reason);
  *message.mutable_since() = ToProto(route.since);
  return message;
}

v1::SetRoutesRequest EncodeWish(const Wish& wish, std::uint64_t epoch) {
  v1::SetRoutesRequest message;
  message.set_epoch(epoch);
  message.set_generation(wish.generation);
  for (const GroupRoute& route : wish.groups) *message.add_groups() = EncodeGroupRoute(route);
  for (const HopStateEntry& hop : wish.hop_states) {
    v1::HopStateEntry* entry = message.add_hop_states();
    entry->set_hop(hop.hop);
    entry->set_state(ToProto(hop.state));
    entry->set_percent(static_cast<std::uint32_t>(hop.percent));
    entry->set_reason(hop.reason);
  }
  const size_t size = message.ByteSizeLong();
  if (size <= kMaxWishBytes) return message;

  size_t reasons = 0;
  for (const v1::GroupRoute& group : message.groups()) reasons += group.reason().size();
  const size_t rest = size - reasons;
  const size_t room = rest < kMaxWishBytes ? kMaxWishBytes - rest : 0;
  const size_t each = room / static_cast<size_t>(std::max(message.groups_size(), 1));
  for (v1::GroupRoute& group : *message.mutable_groups()) Shorten(each, group.mutable_reason());
  return message;
}

std::vector<RefusedHopState> Decode(
    const google::protobuf::RepeatedPtrField<v1::RefusedHopState>& refused) {
  std::vector<RefusedHopState> decoded;
  for (const v1::RefusedHopState& hop : refused) {
    decoded.push_back({.hop = hop.hop(), .reason = hop.reason()});
  }
  return decoded;
}

absl::StatusOr<RouterReport> DecodeReport(const v1::ReadRoutesResponse& message,
                                          VoiceLayerIndex voice_layer, absl::string_view name) {
  if (message.voice_layer() != name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "this router drives voice layer \"", message.voice_layer(), "\", expected \"", name, "\""));
  }
  if (message.groups_size() > kMaxGroups || message.routes_size() > kMaxRoutes ||
      message.hop_states_size() > kMaxHopStates || message.hop_calls_size() > kMaxHopStates) {
    return absl::InvalidArgumentError(absl::StrCat("the router reports more than ", kMaxGroups,
                                                   " groups, ", kMaxRoutes, " routes or ",
                                                   kMaxHopStates, " hops"));
  }
  RouterReport report = {.voice_layer = voice_layer,
                         .epoch = message.epoch(),
                         .generation = message.generation(),
                         .refused_hop_states = Decode(message.refused_hop_states()),
                         .voice_layer_up = message.voice_layer_up(),
                         .voice_layer_restarts = message.voice_layer_restarts()};
  for (const v1::GroupStatus& group : message.groups()) {
    ASSIGN_OR_RETURN(RouterGroup decoded, DecodeGroup(group));
    report.groups.push_back(std::move(decoded));
  }
  for (const v1::HopStateEntry& hop : message.hop_states()) {
    ASSIGN_OR_RETURN(HopStateEntry decoded, DecodeHopState(hop));
    report.hop_states.push_back(std::move(decoded));
  }
  for (const v1::Route& route : message.routes()) {
    report.routes.push_back(
        {.route = route.name(), .hops = {route.hops().begin(), route.hops().end()}});
  }
  for (const v1::HopCalls& calls : message.hop_calls()) {
    report.hop_calls.push_back(
        {.hop = calls.hop(), .sent = calls.sent(), .answered = calls.answered()});
  }
  return report;
}

}  // namespace dialtone::detector
