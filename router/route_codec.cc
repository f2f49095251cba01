#include "router/route_codec.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

#include "base/status.h"

namespace dialtone::router {
namespace {

using google::protobuf::util::TimeUtil;

int ToInt(uint32_t value) {
  return static_cast<int>(std::min<uint32_t>(value, std::numeric_limits<int>::max()));
}

Origin DecodeOrigin(v1::Origin origin) {
  switch (origin) {
    case v1::AUTO:
      return Origin::kAuto;
    case v1::OPERATOR:
      return Origin::kOperator;
    case v1::BREAK_GLASS:
      return Origin::kBreakGlass;
    default:  // proto3 enums are open: a newer writer may send what we do not know
      return Origin::kUnset;
  }
}

v1::Origin EncodeOrigin(Origin origin) {
  switch (origin) {
    case Origin::kUnset:
      return v1::ORIGIN_UNSPECIFIED;
    case Origin::kAuto:
      return v1::AUTO;
    case Origin::kOperator:
      return v1::OPERATOR;
    case Origin::kBreakGlass:
      return v1::BREAK_GLASS;
  }
  return v1::ORIGIN_UNSPECIFIED;
}

HopState DecodeHopState(v1::HopState state) {
  switch (state) {
    case v1::NORMAL:
      return HopState::kNormal;
    case v1::LAST_IN_ROUTE:
      return HopState::kLastInRoute;
    case v1::AFTER_BACKUPS:
      return HopState::kAfterBackups;
    default:  // open, as above
      return HopState::kUnset;
  }
}

v1::HopState EncodeHopState(HopState state) {
  switch (state) {
    case HopState::kUnset:
      return v1::HOP_STATE_UNSPECIFIED;
    case HopState::kNormal:
      return v1::NORMAL;
    case HopState::kLastInRoute:
      return v1::LAST_IN_ROUTE;
    case HopState::kAfterBackups:
      return v1::AFTER_BACKUPS;
  }
  return v1::HOP_STATE_UNSPECIFIED;
}

absl::StatusOr<absl::Time> DecodeTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() < TimeUtil::kTimestampMinSeconds ||
      time.seconds() > TimeUtil::kTimestampMaxSeconds || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return absl::InvalidArgumentError(absl::StrCat("since: given ", time.seconds(), " s ",
                                                   time.nanos(),
                                                   " ns, expected a time of the years 1 to 9999"));
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Microseconds(time.nanos() / 1000);
}

google::protobuf::Timestamp EncodeTime(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::StatusOr<GroupWish> DecodeGroup(const v1::GroupRoute& route) {
  GroupWish wish{.group = route.group(),
                 .shares = {},
                 .ignore_hop_states = route.ignore_hop_states(),
                 .origin = DecodeOrigin(route.origin()),
                 .reason = route.reason(),
                 .since = {}};
  for (const v1::Share& share : route.shares()) {
    wish.shares.push_back({share.route(), ToInt(share.percent())});
  }
  if (route.has_since()) {
    ASSIGN_OR_RETURN(wish.since, DecodeTime(route.since()));
  }
  return wish;
}

void EncodeShares(const std::vector<Share>& shares,
                  google::protobuf::RepeatedPtrField<v1::Share>* encoded) {
  for (const Share& share : shares) {
    v1::Share* const out = encoded->Add();
    out->set_route(share.route);
    out->set_percent(static_cast<uint32_t>(share.percent));
  }
}

void EncodeGroup(const GroupState& state, v1::GroupStatus* out) {
  out->set_group(state.group->name);
  out->set_home_route(state.group->home_route);
  for (const std::string& route : state.group->backup_routes) out->add_backup_routes(route);
  out->set_numbers(state.numbers);
  if (state.wanted) {
    v1::GroupRoute* const wanted = out->mutable_wanted();
    wanted->set_group(state.group->name);
    EncodeShares(state.wanted->shares, wanted->mutable_shares());
    wanted->set_ignore_hop_states(state.wanted->ignore_hop_states);
    wanted->set_origin(EncodeOrigin(state.wanted->origin));
    wanted->set_reason(state.wanted->reason);
    if (state.wanted->since) *wanted->mutable_since() = EncodeTime(*state.wanted->since);
  }
  if (state.confirmed) EncodeShares(state.confirmed->Drawn(), out->mutable_confirmed());
  if (state.confirmed_time) *out->mutable_confirmed_time() = EncodeTime(*state.confirmed_time);
  out->set_in_sync(state.in_sync());
}

// What was read back, with the reason for which it was wanted.
void EncodeHopStates(const Picture& picture, v1::ReadRoutesResponse* response) {
  for (const HopReading& reading : picture.voice_layer.hop_states) {
    v1::HopStateEntry* const out = response->add_hop_states();
    out->set_hop(reading.hop);
    out->set_state(EncodeHopState(reading.state));
    out->set_percent(static_cast<uint32_t>(reading.percent));
    for (const HopWish& wish : picture.table.hop_states().wanted()) {
      if (wish.hop == reading.hop) out->set_reason(wish.reason);
    }
  }
  for (const RefusedHop& refused : picture.table.hop_states().refused()) {
    *response->add_refused_hop_states() = EncodeRefused(refused);
  }
  const absl::Time lease_end = picture.table.hop_states().lease_end();
  if (lease_end == absl::InfiniteFuture()) return;
  *response->mutable_lease_left() = TimeUtil::MicrosecondsToDuration(
      absl::ToInt64Microseconds(std::max(lease_end - picture.now, absl::ZeroDuration())));
}

}  // namespace

absl::StatusOr<Proposal> DecodeProposal(const v1::SetRoutesRequest& request) {
  Proposal proposal{.version = {request.epoch(), request.generation()}};
  for (const v1::GroupRoute& route : request.groups()) {
    absl::StatusOr<GroupWish> wish = DecodeGroup(route);
    if (!wish.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("group ", proposal.groups.size() + 1, ": ", wish.status().message()));
    }
    proposal.groups.push_back(*std::move(wish));
  }
  for (const v1::HopStateEntry& entry : request.hop_states()) {
    proposal.hop_states.push_back(
        {entry.hop(), DecodeHopState(entry.state()), ToInt(entry.percent()), entry.reason()});
  }
  return proposal;
}

v1::RefusedHopState EncodeRefused(const RefusedHop& refused) {
  v1::RefusedHopState out;
  out.set_hop(refused.hop);
  out.set_reason(refused.reason);
  return out;
}

v1::ReadRoutesResponse EncodePicture(const Picture& picture, const Topology& topology) {
  v1::ReadRoutesResponse response;
  response.set_voice_layer(topology.voice_layer);
  response.set_epoch(picture.table.version().epoch);
  response.set_generation(picture.table.version().generation);
  for (const GroupState& state : picture.table.groups()) EncodeGroup(state, response.add_groups());
  EncodeHopStates(picture, &response);
  for (const Route& route : topology.routes) {
    v1::Route* const out = response.add_routes();
    out->set_name(route.name);
    for (const std::string& hop : route.hops) out->add_hops(hop);
  }
  response.set_voice_layer_up(picture.voice_layer.up);
  response.set_voice_layer_restarts(picture.voice_layer.restarts);
  for (const HopCalls& calls : picture.table.calls().All()) {
    v1::HopCalls* const out = response.add_hop_calls();
    out->set_hop(calls.total.hop);
    out->set_sent(calls.recently_sent);
    out->set_answered(calls.recently_answered);
    out->set_sent_total(calls.total.sent);
    out->set_answered_total(calls.total.answered);
  }
  response.set_router_version(DIALTONE_VERSION);
  return response;
}

absl::Status ToStatus(const Judgement& judgement) {
  switch (judgement.result) {
    case ProposalResult::kAccepted:
    case ProposalResult::kRepeated:
      return absl::OkStatus();
    case ProposalResult::kOlder:
    case ProposalResult::kConflicting:
    case ProposalResult::kShrunk:
      return absl::FailedPreconditionError(judgement.reason);
    case ProposalResult::kInvalid:
    case ProposalResult::kTooMany:
      return absl::InvalidArgumentError(judgement.reason);
    case ProposalResult::kNotPermitted:
      return absl::PermissionDeniedError(judgement.reason);
    case ProposalResult::kNotStored:
      return absl::UnavailableError(
          absl::StrCat("not stored, nothing changed: ", judgement.reason));
    case ProposalResult::kBusy:
      return absl::ResourceExhaustedError(judgement.reason);
  }
  return absl::InternalError("no such result");
}

}  // namespace dialtone::router
