#include "detector/operator_codec.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "detector/enum_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxPlanId = 64;

absl::Status Refuse(absl::string_view field, absl::string_view given, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": given ", given, ", expected ", expected));
}

absl::StatusOr<ScopeSelector> DecodeScope(const v1::ScopeSelector& scope) {
  ScopeSelector selector;
  switch (scope.selected_case()) {
    case v1::ScopeSelector::kSite:
      selector = {.kind = ScopeSelector::Kind::kSite, .name = scope.site()};
      break;
    case v1::ScopeSelector::kGroup:
      selector = {.kind = ScopeSelector::Kind::kGroup, .name = scope.group()};
      break;
    case v1::ScopeSelector::kAll:
      if (!scope.all()) return Refuse("scope.all", "false", "true");
      return ScopeSelector{.kind = ScopeSelector::Kind::kAll, .name = ""};
    case v1::ScopeSelector::SELECTED_NOT_SET:
      return Refuse("scope", "nothing", "a site, a group, or all");
  }
  if (selector.name.empty() || selector.name.size() > kMaxName) {
    return Refuse("scope", absl::StrCat("a name of ", selector.name.size(), " characters"),
                  absl::StrCat("1 to ", kMaxName));
  }
  return selector;
}

// One line of text: it stands in logs, in the history and on terminals.
absl::StatusOr<std::string> DecodeReason(const std::string& reason) {
  const absl::string_view text = absl::StripAsciiWhitespace(reason);
  if (text.empty()) return Refuse("reason", "nothing", "why, in a few words");
  if (text.size() > kMaxReason) {
    return Refuse("reason", absl::StrCat(text.size(), " characters"),
                  absl::StrCat("at most ", kMaxReason));
  }
  if (std::any_of(text.begin(), text.end(),
                  [](unsigned char c) { return absl::ascii_iscntrl(c); })) {
    return Refuse("reason", "control characters", "one line of text");
  }
  return std::string(text);
}

absl::StatusOr<absl::Duration> DecodeHoldTime(absl::string_view field, bool present,
                                              const google::protobuf::Duration& message) {
  if (!present) return absl::InfiniteDuration();
  const std::optional<absl::Duration> duration = FromProto(message);
  if (!duration.has_value() || *duration < kShortestHold || *duration > kLongestHold) {
    return Refuse(field, duration.has_value() ? absl::FormatDuration(*duration) : "no duration",
                  "1 min to 30 d, or nothing (until cleared)");
  }
  return *duration;
}

}  // namespace

absl::StatusOr<OperatorPlan> Decode(const v1::PlanRequest& request) {
  if (request.action() != v1::FAILOVER && request.action() != v1::FAILBACK) {
    return Refuse("action", absl::StrCat(request.action()), "FAILOVER or FAILBACK");
  }
  ASSIGN_OR_RETURN(ScopeSelector scope, DecodeScope(request.scope()));
  const bool failback = request.action() == v1::FAILBACK;
  if (failback && !request.to_route().empty()) {
    return Refuse("to_route", absl::StrCat("\"", request.to_route(), "\""),
                  "nothing: a failback leads home");
  }
  if (request.to_route().size() > kMaxName) {
    return Refuse("to_route", absl::StrCat("a name of ", request.to_route().size(), " characters"),
                  absl::StrCat("at most ", kMaxName));
  }
  for (const std::string& guard : request.override_guards()) {
    if (failback && guard == "evidence") continue;
    return Refuse("override_guards", absl::StrCat("\"", guard, "\""),
                  failback ? "evidence" : "nothing: no guard of a failover may be overridden");
  }
  return OperatorPlan{.failback = failback,
                      .scope = std::move(scope),
                      .to_route = request.to_route(),
                      .override_evidence = request.override_guards_size() > 0};
}

absl::StatusOr<OperatorApply> Decode(const v1::ApplyRequest& request, const std::string& author) {
  if (request.plan_id().empty() || request.plan_id().size() > kMaxPlanId) {
    return Refuse("plan_id", absl::StrCat(request.plan_id().size(), " characters"),
                  "the plan_id that Plan answered");
  }
  ASSIGN_OR_RETURN(std::string reason, DecodeReason(request.reason()));
  ASSIGN_OR_RETURN(const absl::Duration hold,
                   DecodeHoldTime("hold", request.has_hold(), request.hold()));
  return OperatorApply{
      .plan_id = request.plan_id(), .author = author, .reason = std::move(reason), .hold = hold};
}

absl::StatusOr<OperatorHold> Decode(const v1::HoldRequest& request, const std::string& author) {
  const bool set = request.verb() == v1::HoldRequest::SET;
  if (!set && request.verb() != v1::HoldRequest::CLEAR) {
    return Refuse("verb", absl::StrCat(request.verb()), "SET, LIST or CLEAR");
  }
  ASSIGN_OR_RETURN(ScopeSelector scope, DecodeScope(request.scope()));
  ASSIGN_OR_RETURN(std::string reason, DecodeReason(request.reason()));
  ASSIGN_OR_RETURN(const absl::Duration duration,
                   DecodeHoldTime("duration", request.has_duration(), request.duration()));
  return OperatorHold{.verb = set ? OperatorHold::Verb::kSet : OperatorHold::Verb::kClear,
                      .scope = std::move(scope),
                      .duration = duration,
                      .author = author,
                      .reason = std::move(reason),
                      .dry_run = request.dry_run()};
}

absl::StatusOr<OperatorFreeze> Decode(const v1::FreezeRequest& request, const std::string& author) {
  ASSIGN_OR_RETURN(std::string reason, DecodeReason(request.reason()));
  return OperatorFreeze{.frozen = request.frozen(), .author = author, .reason = std::move(reason)};
}

v1::PlanResponse EncodePlanAnswer(const OperatorAnswer& answer) {
  v1::PlanResponse response;
  response.set_plan_id(answer.plan_id);
  for (const PlannedMove& move : answer.moves) {
    v1::PlannedMove* message = response.add_moves();
    message->set_group(move.group);
    message->set_numbers(move.numbers);
    message->set_from_route(move.from_route);
    message->set_to_route(move.to_route);
    message->set_proof(move.proof);
  }
  for (const std::string& stay : answer.stays) response.add_stays(stay);
  for (const std::string& guard : answer.guards) response.add_guards(guard);
  response.set_emergency(answer.emergency);
  response.set_undo(answer.undo);
  response.set_confirmation(answer.confirmation);
  return response;
}

v1::ApplyResponse EncodeApplyAnswer(const OperatorAnswer& answer) {
  v1::ApplyResponse response;
  response.set_event_id(answer.occurrence);
  response.set_generation(answer.generation);
  return response;
}

v1::HoldResponse EncodeHoldAnswer(const OperatorAnswer& answer) {
  v1::HoldResponse response;
  for (const Hold& hold : answer.holds) *response.add_holds() = EncodeHold(hold);
  for (const std::string& effect : answer.effects) response.add_effects(effect);
  response.set_event_id(answer.occurrence);
  return response;
}

v1::HoldEntry EncodeHold(const Hold& hold) {
  v1::HoldEntry entry;
  switch (hold.scope.kind) {
    case ScopeSelector::Kind::kSite:
      entry.mutable_scope()->set_site(hold.scope.name);
      break;
    case ScopeSelector::Kind::kGroup:
      entry.mutable_scope()->set_group(hold.scope.name);
      break;
    case ScopeSelector::Kind::kAll:
      entry.mutable_scope()->set_all(true);
      break;
  }
  entry.set_author(hold.author);
  entry.set_reason(hold.reason);
  *entry.mutable_since() = ToProto(hold.since);
  if (hold.until < absl::InfiniteFuture()) *entry.mutable_until() = ToProto(hold.until);
  return entry;
}

v1::Event EncodeOccurrence(const Occurrence& occurrence) {
  v1::Event event;
  event.set_id(occurrence.id);
  *event.mutable_time() = ToProto(occurrence.time);
  event.set_kind(ToProto(occurrence.kind));
  event.set_sentence(occurrence.sentence);
  event.set_diagnosis(occurrence.diagnosis);
  for (const std::string& group : occurrence.groups) {
    if (event.groups_size() == kMaxEventGroups) break;
    event.add_groups(group);
  }
  event.set_hop(occurrence.hop);
  event.set_guard(occurrence.guard);
  return event;
}

}  // namespace dialtone::detector
