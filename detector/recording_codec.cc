#include "detector/recording_codec.h"

#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "detector/enum_codec.h"
#include "detector/operator_codec.h"
#include "detector/route_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

// Structs are taken apart by structured bindings, so that a new field does not compile until it is
// recorded.

std::int64_t Nanos(absl::Duration duration) { return absl::ToInt64Nanoseconds(duration); }
std::int64_t Nanos(absl::Time time) { return Nanos(time - absl::UnixEpoch()); }

absl::Duration DurationOf(std::int64_t nanos) {
  if (nanos == std::numeric_limits<std::int64_t>::max()) return absl::InfiniteDuration();
  if (nanos == std::numeric_limits<std::int64_t>::min()) return -absl::InfiniteDuration();
  return absl::Nanoseconds(nanos);
}
absl::Time TimeOf(std::int64_t nanos) { return absl::UnixEpoch() + DurationOf(nanos); }

// ---- encode

void Encode(const ProbeResult& result, v1::RecordedResult* message) {
  const auto& [target, sequence, sent, outcome, code, round_trip, late_by, in_burst, packets_sent,
               packets_lost, jitter, post_dial_delay, one_way_audio, detail] = result;
  message->set_target(static_cast<std::uint32_t>(target));
  message->set_sequence(sequence);
  message->set_sent_ns(Nanos(sent));
  message->set_outcome(ToProto(outcome));
  message->set_code(static_cast<std::uint32_t>(code));
  if (round_trip.has_value()) message->set_round_trip_ns(Nanos(*round_trip));
  message->set_late_by_ns(Nanos(late_by));
  message->set_in_burst(in_burst);
  message->set_packets_sent(static_cast<std::uint32_t>(packets_sent));
  message->set_packets_lost(static_cast<std::uint32_t>(packets_lost));
  message->set_jitter_ns(Nanos(jitter));
  if (post_dial_delay.has_value()) message->set_post_dial_delay_ns(Nanos(*post_dial_delay));
  message->set_one_way_audio(one_way_audio);
  message->set_detail(detail);
}

void Encode(const RouterGroup& group, v1::GroupStatus* message) {
  const auto& [name, home_route, backup_routes, numbers, wanted, confirmed, in_sync] = group;
  message->set_group(name);
  message->set_home_route(home_route);
  for (const std::string& route : backup_routes) message->add_backup_routes(route);
  message->set_numbers(numbers);
  if (wanted.has_value()) *message->mutable_wanted() = EncodeGroupRoute(*wanted);
  for (const Share& share : confirmed) *message->add_confirmed() = EncodeShare(share);
  message->set_in_sync(in_sync);
}

void Encode(const std::vector<RefusedHopState>& refused,
            google::protobuf::RepeatedPtrField<v1::RefusedHopState>* messages) {
  for (const auto& [hop, reason] : refused) {
    v1::RefusedHopState* message = messages->Add();
    message->set_hop(hop);
    message->set_reason(reason);
  }
}

v1::ScopeSelector EncodeScope(const ScopeSelector& scope) {
  v1::ScopeSelector message;
  switch (scope.kind) {
    case ScopeSelector::Kind::kSite:
      message.set_site(scope.name);
      break;
    case ScopeSelector::Kind::kGroup:
      message.set_group(scope.name);
      break;
    case ScopeSelector::Kind::kAll:
      message.set_all(true);
      break;
  }
  return message;
}

// Puts one event into a step.
class EventEncoder {
 public:
  EventEncoder(const Fleet& fleet, v1::RecordedStep* step) : fleet_(fleet), step_(*step) {}

  void operator()(const Wake&) {}
  void operator()(const AgentConnected& connected) {
    const auto& [site, run_id, version] = connected;
    Stream(site, run_id, step_.mutable_connected())->set_version(version);
  }
  void operator()(const AgentDisconnected& disconnected) {
    const auto& [site, run_id] = disconnected;
    Stream(site, run_id, step_.mutable_disconnected());
  }
  void operator()(const Batch& batch) {
    const auto& [site, run_id, results, set_by] = batch;
    v1::RecordedBatch* message = step_.mutable_batch();
    message->set_site(static_cast<std::uint32_t>(site));
    message->set_run_id(run_id);
    for (const ProbeResult& result : results) Encode(result, message->add_results());
    if (set_by != absl::ZeroDuration()) *message->mutable_clock_set_by() = ToProto(set_by);
  }
  void operator()(const RouterReport& report) {
    const auto& [voice_layer, epoch, generation, groups, routes, hop_states, refused, calls, up,
                 restarts] = report;
    v1::ReadRoutesResponse* message = step_.mutable_router_report();
    message->set_voice_layer(fleet_.voice_layers[static_cast<size_t>(voice_layer)].name);
    message->set_epoch(epoch);
    message->set_generation(generation);
    for (const RouterGroup& group : groups) Encode(group, message->add_groups());
    for (const auto& [route, hops] : routes) {
      v1::Route* entry = message->add_routes();
      entry->set_name(route);
      for (const std::string& hop : hops) entry->add_hops(hop);
    }
    for (const auto& [hop, state, percent, reason] : hop_states) {
      v1::HopStateEntry* entry = message->add_hop_states();
      entry->set_hop(hop);
      entry->set_state(ToProto(state));
      entry->set_percent(static_cast<std::uint32_t>(percent));
      entry->set_reason(reason);
    }
    Encode(refused, message->mutable_refused_hop_states());
    for (const auto& [hop, sent, answered] : calls) {
      v1::HopCalls* entry = message->add_hop_calls();
      entry->set_hop(hop);
      entry->set_sent(sent);
      entry->set_answered(answered);
    }
    message->set_voice_layer_up(up);
    message->set_voice_layer_restarts(restarts);
  }
  void operator()(const RouterLost& lost) {
    const auto& [voice_layer, error] = lost;
    v1::RecordedRouterLoss* message = step_.mutable_router_lost();
    message->set_voice_layer(static_cast<std::uint32_t>(voice_layer));
    message->set_error(error);
  }
  void operator()(const SetRoutesEnded& ended) {
    const auto& [voice_layer, generation, result, error, refused] = ended;
    v1::RecordedWriteEnd* message = step_.mutable_write_ended();
    message->set_voice_layer(static_cast<std::uint32_t>(voice_layer));
    message->set_generation(generation);
    message->set_result(static_cast<v1::RecordedWriteEnd::Result>(static_cast<int>(result) + 1));
    message->set_error(error);
    Encode(refused, message->mutable_refused_hop_states());
  }
  void operator()(const OperatorPlan& order) {
    const auto& [request, failback, scope, to_route, override_evidence] = order;
    v1::PlanRequest* message = Order(request, "")->mutable_plan();
    message->set_action(failback ? v1::FAILBACK : v1::FAILOVER);
    *message->mutable_scope() = EncodeScope(scope);
    message->set_to_route(to_route);
    if (override_evidence) message->add_override_guards("evidence");
  }
  void operator()(const OperatorApply& order) {
    const auto& [request, plan_id, author, reason, hold] = order;
    v1::ApplyRequest* message = Order(request, author)->mutable_apply();
    message->set_plan_id(plan_id);
    message->set_reason(reason);
    if (hold < absl::InfiniteDuration()) *message->mutable_hold() = ToProto(hold);
  }
  void operator()(const OperatorHold& order) {
    const auto& [request, verb, scope, duration, author, reason, dry_run] = order;
    v1::HoldRequest* message = Order(request, author)->mutable_hold();
    message->set_verb(verb == OperatorHold::Verb::kSet ? v1::HoldRequest::SET
                                                       : v1::HoldRequest::CLEAR);
    *message->mutable_scope() = EncodeScope(scope);
    message->set_reason(reason);
    message->set_dry_run(dry_run);
    if (duration < absl::InfiniteDuration()) *message->mutable_duration() = ToProto(duration);
  }
  void operator()(const OperatorFreeze& order) {
    const auto& [request, frozen, author, reason] = order;
    v1::FreezeRequest* message = Order(request, author)->mutable_freeze();
    message->set_frozen(frozen);
    message->set_reason(reason);
  }

 private:
  static v1::RecordedConnection* Stream(SiteIndex site, std::uint64_t run_id,
                                        v1::RecordedConnection* message) {
    message->set_site(static_cast<std::uint32_t>(site));
    message->set_run_id(run_id);
    return message;
  }
  v1::RecordedOrder* Order(std::uint64_t request, const std::string& author) {
    step_.mutable_order()->set_request(request);
    step_.mutable_order()->set_author(author);
    return step_.mutable_order();
  }

  const Fleet& fleet_;
  v1::RecordedStep& step_;
};

// ---- decode

// A position in one of the fleet's vectors.
template <typename Things>
absl::StatusOr<int> Position(absl::string_view what, const Things& things, std::uint32_t position) {
  if (position < things.size()) return static_cast<int>(position);
  return absl::DataLossError(
      absl::StrCat(what, " ", position, " of ", things.size(), " (counted from 0)"));
}

absl::StatusOr<ProbeResult> DecodeResult(const Fleet& fleet, const v1::RecordedResult& message) {
  ProbeResult result;
  ASSIGN_OR_RETURN(result.target, Position("target", fleet.targets, message.target()));
  const std::optional<Outcome> outcome = FromProto<Outcome>(message.outcome());
  if (!outcome.has_value()) {
    return absl::DataLossError(absl::StrCat("outcome ", message.outcome()));
  }
  result.sequence = message.sequence();
  result.sent = TimeOf(message.sent_ns());
  result.outcome = *outcome;
  result.code = static_cast<int>(message.code());
  if (message.has_round_trip_ns()) result.round_trip = DurationOf(message.round_trip_ns());
  result.late_by = DurationOf(message.late_by_ns());
  result.in_burst = message.in_burst();
  result.packets_sent = static_cast<int>(message.packets_sent());
  result.packets_lost = static_cast<int>(message.packets_lost());
  result.jitter = DurationOf(message.jitter_ns());
  if (message.has_post_dial_delay_ns()) {
    result.post_dial_delay = DurationOf(message.post_dial_delay_ns());
  }
  result.one_way_audio = message.one_way_audio();
  result.detail = message.detail();
  return result;
}

absl::StatusOr<Event> DecodeBatch(const Fleet& fleet, const v1::RecordedBatch& message) {
  Batch batch{.run_id = message.run_id()};
  ASSIGN_OR_RETURN(batch.site, Position("site", fleet.sites, message.site()));
  for (const v1::RecordedResult& result : message.results()) {
    ASSIGN_OR_RETURN(ProbeResult decoded, DecodeResult(fleet, result));
    batch.results.push_back(std::move(decoded));
  }
  batch.clock_set_by = FromProto(message.clock_set_by()).value_or(absl::ZeroDuration());
  return Event(std::move(batch));
}

absl::StatusOr<Event> DecodeReportEvent(const Fleet& fleet, const v1::ReadRoutesResponse& message) {
  for (size_t i = 0; i < fleet.voice_layers.size(); ++i) {
    if (fleet.voice_layers[i].name != message.voice_layer()) continue;
    ASSIGN_OR_RETURN(RouterReport report,
                     DecodeReport(message, static_cast<VoiceLayerIndex>(i), message.voice_layer()));
    return Event(std::move(report));
  }
  return absl::DataLossError(absl::StrCat("voice layer \"", message.voice_layer(), "\""));
}

absl::StatusOr<Event> DecodeWriteEnd(const Fleet& fleet, const v1::RecordedWriteEnd& message) {
  SetRoutesEnded ended{.generation = message.generation(), .error = message.error()};
  ASSIGN_OR_RETURN(ended.voice_layer,
                   Position("voice layer", fleet.voice_layers, message.voice_layer()));
  if (message.result() < v1::RecordedWriteEnd::DONE ||
      message.result() > v1::RecordedWriteEnd::UNCERTAIN) {
    return absl::DataLossError(absl::StrCat("result ", message.result(), " of a write"));
  }
  ended.result = static_cast<SetRoutesEnded::Result>(static_cast<int>(message.result()) - 1);
  ended.refused_hop_states = Decode(message.refused_hop_states());
  return Event(std::move(ended));
}

// The order with the number of its request.
template <typename Order>
absl::StatusOr<Event> Numbered(absl::StatusOr<Order> order, std::uint64_t request) {
  if (!order.ok()) return order.status();
  order->request = request;
  return Event(*std::move(order));
}

absl::StatusOr<Event> DecodeOrder(const v1::RecordedOrder& message) {
  switch (message.order_case()) {
    case v1::RecordedOrder::kPlan:
      return Numbered(Decode(message.plan()), message.request());
    case v1::RecordedOrder::kApply:
      return Numbered(Decode(message.apply(), message.author()), message.request());
    case v1::RecordedOrder::kHold:
      return Numbered(Decode(message.hold(), message.author()), message.request());
    case v1::RecordedOrder::kFreeze:
      return Numbered(Decode(message.freeze(), message.author()), message.request());
    case v1::RecordedOrder::ORDER_NOT_SET:
      break;
  }
  return absl::DataLossError("an order of an unknown kind");
}

absl::StatusOr<Event> DecodeEvent(const Fleet& fleet, const v1::RecordedStep& step) {
  switch (step.event_case()) {
    case v1::RecordedStep::kConnected: {
      AgentConnected connected{.run_id = step.connected().run_id(),
                               .version = step.connected().version()};
      ASSIGN_OR_RETURN(connected.site, Position("site", fleet.sites, step.connected().site()));
      return Event(std::move(connected));
    }
    case v1::RecordedStep::kDisconnected: {
      AgentDisconnected disconnected{.run_id = step.disconnected().run_id()};
      ASSIGN_OR_RETURN(disconnected.site,
                       Position("site", fleet.sites, step.disconnected().site()));
      return Event(disconnected);
    }
    case v1::RecordedStep::kBatch:
      return DecodeBatch(fleet, step.batch());
    case v1::RecordedStep::kRouterReport:
      return DecodeReportEvent(fleet, step.router_report());
    case v1::RecordedStep::kRouterLost: {
      RouterLost lost{.error = step.router_lost().error()};
      ASSIGN_OR_RETURN(lost.voice_layer, Position("voice layer", fleet.voice_layers,
                                                  step.router_lost().voice_layer()));
      return Event(std::move(lost));
    }
    case v1::RecordedStep::kWriteEnded:
      return DecodeWriteEnd(fleet, step.write_ended());
    case v1::RecordedStep::kOrder:
      return DecodeOrder(step.order());
    case v1::RecordedStep::EVENT_NOT_SET:
      break;
  }
  return Event(Wake{});
}

}  // namespace

v1::RecordedStep EncodeStep(const Fleet& fleet, const RunStep& step) {
  v1::RecordedStep message;
  message.set_number(step.number);
  message.set_time_ns(Nanos(step.now));
  std::visit(EventEncoder(fleet, &message), step.event);
  for (const Occurrence& decision : step.decisions) {
    *message.add_decisions() = EncodeOccurrence(decision);
  }
  message.set_effects_digest(step.digest);
  return message;
}

absl::StatusOr<RunStep> DecodeStep(const Fleet& fleet, const v1::RecordedStep& message) {
  RunStep step{.number = message.number(),
               .now = TimeOf(message.time_ns()),
               .digest = message.effects_digest()};
  absl::StatusOr<Event> event = DecodeEvent(fleet, message);
  if (!event.ok()) {
    return absl::DataLossError(
        absl::StrCat("step ", message.number(), " does not fit: ", event.status().message()));
  }
  step.event = *std::move(event);
  for (const v1::Event& decision : message.decisions()) {
    step.decisions.push_back(DecodeOccurrence(decision));
  }
  return step;
}

v1::RecordingHeader EncodeHeader(const RunStart& start, std::uint32_t segment) {
  v1::RecordingHeader message;
  message.set_format(kRecordingFormat);
  message.set_detector_version(DIALTONE_VERSION);
  message.set_epoch(start.core.epoch);
  message.set_segment(segment);
  message.set_config(start.config);
  message.set_policy(start.policy);
  message.set_time_ns(Nanos(start.now));
  for (const auto& [key, value] : start.core.journal) (*message.mutable_journal())[key] = value;
  message.set_journal_time_ns(Nanos(start.core.journal_time));
  return message;
}

RunStart DecodeHeader(const v1::RecordingHeader& message) {
  return {.config = message.config(),
          .policy = message.policy(),
          .core = {.epoch = message.epoch(),
                   .journal = {message.journal().begin(), message.journal().end()},
                   .journal_time = TimeOf(message.journal_time_ns())},
          .now = TimeOf(message.time_ns())};
}

Occurrence DecodeOccurrence(const v1::Event& event) {
  return {.id = event.id(),
          .time = FromProto(event.time()).value_or(absl::UnixEpoch()),
          .kind = FromProto<OccurrenceKind>(event.kind()).value_or(OccurrenceKind::kAlarm),
          .sentence = event.sentence(),
          .diagnosis = event.diagnosis(),
          .groups = {event.groups().begin(), event.groups().end()},
          .hop = event.hop(),
          .guard = event.guard()};
}

}  // namespace dialtone::detector
