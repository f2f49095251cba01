// What the core wants done: plain data, carried out by the shells in the order of the struct (the
// journal first, everything else after it is committed).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// What happened: values of proto EventKind.
enum class OccurrenceKind {
  kSuspected,
  kConfirmed,
  kEnded,
  kReorder,
  kSkip,
  kFlip,
  kFailback,
  kRouteConfirmed,
  kBlocked,
  kAlarm,
  kOperator,
  kStarted,
};

// One thing that happened, for the log, the watchers and the history.
struct Occurrence {
  std::uint64_t id = 0;  // rises by one over the life of the journal
  absl::Time time = {};
  OccurrenceKind kind = OccurrenceKind::kStarted;
  std::string sentence = {};
  std::uint64_t diagnosis = 0;  // 0: none
  std::vector<std::string> groups = {};
  std::string hop = {};
  std::string guard = {};  // kBlocked: its name, for example "cap" or "backup_unverified"
};

// One value of the durable state. The core names its own keys and can read back what it wrote
// (CoreStart::journal); the journal knows nothing of their meaning. An empty value erases the key.
struct JournalRecord {
  std::string key = {};
  std::string value = {};
};

// The whole wanted table of one voice layer; the newest wish replaces an unsent one.
struct Wish {
  VoiceLayerIndex voice_layer = kNone;
  std::uint64_t generation = 0;
  std::vector<GroupRoute> groups = {};
  std::vector<HopStateEntry> hop_states = {};
};

// Renew the lease of a voice layer's hop states.
struct LeaseRenewal {
  VoiceLayerIndex voice_layer = kNone;
  std::uint64_t generation = 0;
};

// Ask one agent to probe some targets faster for a while.
struct BurstRequest {
  SiteIndex site = kNone;
  std::vector<TargetIndex> targets = {};
  absl::Duration interval = {};
  absl::Duration duration = {};
};

// What would happen to one group.
struct PlannedMove {
  std::string group = {};
  std::uint64_t numbers = 0;
  std::string from_route = {};
  std::string to_route = {};
  std::string proof = {};
};

// Answer to an operator's order.
struct OperatorAnswer {
  std::uint64_t request = 0;
  absl::Status status = {};  // why not: the message names the guard or the fact

  // OperatorPlan
  std::string plan_id = {};
  std::vector<PlannedMove> moves = {};
  std::vector<std::string> stays = {};
  std::vector<std::string> guards = {};
  std::string emergency = {};
  std::string undo = {};
  std::string confirmation = {};

  // OperatorApply
  std::uint64_t occurrence = 0;
  std::uint64_t generation = 0;

  // OperatorHold: those in force afterwards, and what it does to each group
  std::vector<Hold> holds = {};
  std::vector<std::string> effects = {};

  // OperatorFreeze
  bool frozen = false;
};

// Everything one event caused.
struct Effects {
  std::vector<JournalRecord> journal = {};
  std::vector<Occurrence> occurrences = {};
  std::vector<Wish> wishes = {};
  std::vector<LeaseRenewal> renewals = {};
  std::vector<BurstRequest> bursts = {};
  std::vector<OperatorAnswer> answers = {};
};

}  // namespace dialtone::detector
