// What the core shows to those who ask: the NOC page, the CLI, the metrics. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// Health in one word: values of proto Health.
enum class Health { kHealthy, kSuspect, kFailed, kNoJudgement };

// How far a judgement has come: values of proto DiagnosisState.
enum class DiagnosisState { kSuspected, kConfirmed, kEnded };

// One piece of evidence.
struct Evidence {
  SiteIndex site = kNone;
  TargetIndex target = kNone;  // kNone: the site's agent itself, by the batches that it owes
  int bad = 0;
  int probes = 0;
  std::string detail = {};
  bool is_witness = false;
};

// A hypothesis that lost, and why.
struct RunnerUp {
  FaultDomain domain = FaultDomain::kUnknown;
  TargetIndex hub = kNone;
  Scope scope = Scope::kSite;
  double score = 0;  // nats
  std::string why = {};
};

// A named judgement with its evidence, as data. DiagnosisSentence() makes the sentence from it.
struct Diagnosis {
  std::uint64_t id = 0;
  DiagnosisState state = DiagnosisState::kSuspected;
  FaultDomain domain = FaultDomain::kUnknown;
  TargetIndex hub = kNone;  // for kHub
  Scope scope = Scope::kSite;
  std::string scope_name = {};  // of the site, ISP or region; empty for global
  std::vector<SiteIndex> sites = {};
  double score = 0;                       // nats
  std::vector<Evidence> evidence = {};    // strongest first, at most 20
  std::vector<RunnerUp> runners_up = {};  // best first, at most 5
  std::string sentence = {};
  absl::Time onset = absl::InfiniteFuture();  // first bad probe
  absl::Time suspected = absl::InfiniteFuture();
  absl::Time confirmed = absl::InfiniteFuture();
  absl::Time ended = absl::InfiniteFuture();
};

// One target seen from one site.
struct PathView {
  TargetIndex target = kNone;
  Health health = Health::kNoJudgement;
  std::optional<absl::Duration> age = {};  // of the last result
  std::optional<absl::Duration> round_trip = {};
  std::string detail = {};
  double baseline = 0;
  int recent = 0;  // results that are remembered, at most 16
  int recent_bad = 0;
};

// One site and its agent.
struct SiteView {
  SiteIndex site = kNone;
  bool connected = false;
  std::optional<absl::Duration> last_batch_age = {};
  bool is_mute = false;
  Health health = Health::kNoJudgement;
  std::vector<PathView> paths = {};
  std::string agent_version = {};
  std::uint64_t clock_steps = 0;                       // times its wall clock was seen being set
  std::optional<absl::Duration> last_clock_step = {};  // positive: forward
  std::optional<absl::Duration> last_clock_step_age = {};
};

// One number group: where its calls go, and what keeps them there.
struct GroupView {
  GroupIndex group = kNone;
  std::uint64_t numbers = 0;
  std::string home_route = {};
  std::optional<GroupRoute> wanted = {};
  std::vector<Share> confirmed = {};
  bool in_sync = false;
  std::string backup_proof = {};
  std::string error = {};
  std::string blocked_by = {};
};

// One router, as it last spoke.
struct RouterView {
  VoiceLayerIndex voice_layer = kNone;
  bool up = false;
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  int out_of_sync = 0;
  bool voice_layer_up = false;
  std::uint64_t voice_layer_restarts = 0;
  std::string error = {};
};

// A next hop that is not NORMAL, or that the router refused to make so.
struct HopView {
  VoiceLayerIndex voice_layer = kNone;
  std::string hop = {};
  HopState wanted = HopState::kNormal;
  HopState confirmed = HopState::kNormal;
  std::string reason = {};
};

// A decision that was made, for `explain`.
struct DecisionView {
  absl::Time time = {};
  std::string sentence = {};
  std::vector<std::string> groups = {};
};

// What became of the probe results since the start.
struct ResultCounts {
  std::uint64_t accepted = 0;
  std::uint64_t doubled = 0;  // the same sequence of the same run again
  std::uint64_t late = 0;     // sent too long ago to say anything about now
  std::uint64_t old_run = 0;  // of a run of the agent that is over
};

// One screen.
struct View {
  bool may_act = false;
  bool frozen = false;
  std::string frozen_reason = {};
  std::vector<Diagnosis> diagnoses = {};       // in force, worst first
  std::vector<Diagnosis> past_diagnoses = {};  // ended within the last hour, newest first
  std::vector<SiteView> sites = {};
  std::vector<GroupView> groups = {};
  std::vector<RouterView> routers = {};
  std::vector<HopView> hops = {};
  std::vector<Hold> holds = {};
  std::vector<std::string> errors = {};
  std::vector<DecisionView> decisions = {};  // newest first, at most 100
  std::vector<std::string> next_steps = {};  // what happens next and when
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  bool all_healthy = false;
  double cap_left = 0;  // numbers that automatic steps may still move while the cap is in force
  ResultCounts results;
};

}  // namespace dialtone::detector
