// What the core is told: events, already checked by the codec, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// How a probe ended: values of proto ProbeOutcome.
enum class Outcome {
  kAnswered,
  kTimedOut,
  kRefused,
  kUnreachableNetwork,
  kTlsFailed,
  kRejected,
  kThrottled,
  kOwnConfiguration,
  kNotPossible,
};

// One measurement of one target.
struct ProbeResult {
  TargetIndex target = kNone;
  std::uint64_t sequence = 0;
  absl::Time sent = {};  // the detector's clock: when it was received minus its age
  Outcome outcome = Outcome::kAnswered;
  int code = 0;                                   // SIP, HTTP status or DNS code; 0: none
  std::optional<absl::Duration> round_trip = {};  // absent when there was no answer
  absl::Duration late_by = {};                    // how late the agent was on its own schedule
  bool in_burst = false;
  int packets_sent = 0;  // streams (STUN); 0: no stream
  int packets_lost = 0;
  absl::Duration jitter = {};
  std::optional<absl::Duration> post_dial_delay = {};  // calls: INVITE to first 18x
  bool one_way_audio = false;                          // calls: no audio in one direction
  std::string detail = {};
};

// An agent opened its stream; results of an earlier run_id are over.
struct AgentConnected {
  SiteIndex site = kNone;
  std::uint64_t run_id = 0;
  std::string version = {};
};

// An agent's stream ended. Not evidence of anything. Ignored unless `run_id` is the site's current
// run, so that the end of a stream that was taken over is harmless.
struct AgentDisconnected {
  SiteIndex site = kNone;
  std::uint64_t run_id = 0;
};

// One batch of one agent; an empty one says "I am here". Ignored unless `run_id` (Hello.run_id of
// the stream it came by) is the site's current run.
struct Batch {
  SiteIndex site = kNone;
  std::uint64_t run_id = 0;
  std::vector<ProbeResult> results = {};
  // By how much the agent's wall clock was set since the agent started, in sum; positive: forward.
  absl::Duration clock_set_by = {};
};

// Who asked for a route: values of proto Origin.
enum class Origin { kAuto, kOperator, kBreakGlass };

// How a next hop is tried: values of proto HopState.
enum class HopState { kNormal, kLastInRoute, kAfterBackups };

// A share of a group's calls.
struct Share {
  std::string route = {};
  int percent = 0;
  bool operator==(const Share&) const = default;
};

// The wanted route of one group.
struct GroupRoute {
  std::string group = {};
  std::vector<Share> shares = {};
  bool ignore_hop_states = false;
  Origin origin = Origin::kAuto;
  std::string reason = {};
  absl::Time since = {};
  bool operator==(const GroupRoute&) const = default;
};

// One next hop that is not NORMAL.
struct HopStateEntry {
  std::string hop = {};
  HopState state = HopState::kNormal;
  int percent = 100;
  std::string reason = {};
  bool operator==(const HopStateEntry&) const = default;
};

// A group as its router knows it.
struct RouterGroup {
  std::string group = {};
  std::string home_route = {};
  std::vector<std::string> backup_routes = {};
  std::uint64_t numbers = 0;
  std::optional<GroupRoute> wanted = {};
  std::vector<Share> confirmed = {};  // empty while unknown
  bool in_sync = false;
};

// What the calls of one next hop say over the last 5 s.
struct HopCalls {
  std::string hop = {};
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
};

// A route of the router's configuration.
struct RouteHops {
  std::string route = {};
  std::vector<std::string> hops = {};
};

// A hop state that the router refused.
struct RefusedHopState {
  std::string hop = {};
  std::string reason = {};
};

// What one router said (ReadRoutes, WatchRoutes).
struct RouterReport {
  VoiceLayerIndex voice_layer = kNone;
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::vector<RouterGroup> groups = {};
  std::vector<RouteHops> routes = {};
  std::vector<HopStateEntry> hop_states = {};
  std::vector<RefusedHopState> refused_hop_states = {};
  std::vector<HopCalls> hop_calls = {};
  bool voice_layer_up = false;
  std::uint64_t voice_layer_restarts = 0;
};

// A router cannot be reached, or its stream broke.
struct RouterLost {
  VoiceLayerIndex voice_layer = kNone;
  std::string error = {};
};

// How a SetRoutes ended: done, refused by the router, or uncertain (it may have happened; it is
// read back and asked again).
struct SetRoutesEnded {
  enum class Result { kDone, kRefused, kUncertain };
  VoiceLayerIndex voice_layer = kNone;
  std::uint64_t generation = 0;
  Result result = Result::kDone;
  std::string error = {};
  std::vector<RefusedHopState> refused_hop_states = {};
};

// What an operator names.
struct ScopeSelector {
  enum class Kind { kSite, kGroup, kAll };
  Kind kind = Kind::kAll;
  std::string name = {};  // of the site or group
  bool operator==(const ScopeSelector&) const = default;
};

// A pin with an end: nothing automatic moves what it covers.
struct Hold {
  ScopeSelector scope = {};
  std::string author = {};
  std::string reason = {};
  absl::Time since = {};
  absl::Time until = absl::InfiniteFuture();
  bool operator==(const Hold&) const = default;
};

// An operator's order. `request` comes back in the OperatorAnswer.
struct OperatorPlan {
  std::uint64_t request = 0;
  bool failback = false;  // else failover
  ScopeSelector scope = {};
  std::string to_route = {};  // empty: each group's first proven backup
  // Failback: also into a fault that is still confirmed (guard "evidence"). Held at home then,
  // since the detector would move it again.
  bool override_evidence = false;
};
struct OperatorApply {
  std::uint64_t request = 0;
  std::string plan_id = {};
  std::string author = {};
  std::string reason = {};
  absl::Duration hold = absl::InfiniteDuration();
};
struct OperatorHold {
  enum class Verb { kSet, kClear };
  std::uint64_t request = 0;
  Verb verb = Verb::kSet;
  ScopeSelector scope = {};
  absl::Duration duration = absl::InfiniteDuration();
  std::string author = {};
  std::string reason = {};
  bool dry_run = false;  // only say what it would do
};
struct OperatorFreeze {
  std::uint64_t request = 0;
  bool frozen = true;
  std::string author = {};
  std::string reason = {};
};

// Only time went by.
struct Wake {};

using Event =
    std::variant<Wake, AgentConnected, AgentDisconnected, Batch, RouterReport, RouterLost,
                 SetRoutesEnded, OperatorPlan, OperatorApply, OperatorHold, OperatorFreeze>;

}  // namespace dialtone::detector
