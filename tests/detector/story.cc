#include "tests/detector/story.h"

#include <optional>

#include "detector/domains.h"
#include "detector/testimony.h"

namespace dialtone::detector {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(50);
constexpr absl::Duration kRoundTrip = absl::Milliseconds(20);
constexpr absl::Duration kTimeout = absl::Milliseconds(350);
constexpr absl::Duration kLease = absl::Seconds(30);
// Of a stream.
constexpr int kPackets = 25;

}  // namespace

Fleet Story::LabFleet() {
  Fleet fleet;
  fleet.sites = {{.name = "lon", .region = "emea", .isp = "a"},
                 {.name = "par", .region = "emea", .isp = "a"},
                 {.name = "nyc", .region = "amer", .isp = "b"},
                 {.name = "vantage", .region = "core", .isp = "c", .is_vantage = true}};
  fleet.voice_layers = {{.name = "vl1", .vantage = kVantage}};
  const auto add = [&fleet](std::string name, TargetRole role, std::vector<SiteIndex> sites) {
    fleet.targets.push_back({.name = std::move(name), .role = role, .sites = std::move(sites)});
  };
  const std::vector<SiteIndex> all = {kLon, kPar, kNyc, kVantage};
  add("hub1", TargetRole::kTeamsHub, all);
  add("hub2", TargetRole::kTeamsHub, all);
  add("hub3", TargetRole::kTeamsHub, all);
  fleet.targets[0].hop = "t1";
  fleet.targets[1].hop = "t2";
  fleet.targets[2].hop = "t3";
  add("internet-ping", TargetRole::kInternetWitness, all);
  add("internet-tcp", TargetRole::kInternetWitness, all);
  add("vl1", TargetRole::kVoiceLayer, all);
  add("pbx", TargetRole::kBackupHop, all);
  fleet.targets[kPbx].hop = "pbx1";
  add("isp-a", TargetRole::kIspWitness, {kLon, kPar});
  add("isp-b", TargetRole::kIspWitness, {kNyc});
  add("lan-lon", TargetRole::kLanGateway, {kLon});
  add("lan-par", TargetRole::kLanGateway, {kPar});
  add("lan-nyc", TargetRole::kLanGateway, {kNyc});
  add("lan-vantage", TargetRole::kLanGateway, {kVantage});
  add("uplink-lon", TargetRole::kSiteUplink, {kPar, kNyc, kVantage});
  fleet.targets[kUplinkLon].of_site = kLon;
  fleet.groups = {{.name = "g-lon", .site = kLon, .voice_layer = 0},
                  {.name = "g-par", .site = kPar, .voice_layer = 0, .backup_avoids_uplink = true},
                  {.name = "g-nyc", .site = kNyc, .voice_layer = 0}};
  return fleet;
}

RouterReport Story::LabRouter(const Fleet& fleet) {
  RouterReport router{.voice_layer = 0, .voice_layer_up = true};
  router.routes = {{.route = "teams", .hops = {"t1", "t2", "t3"}},
                   {.route = "pbx", .hops = {"pbx1"}}};
  for (const Group& group : fleet.groups) {
    router.groups.push_back({.group = group.name,
                             .home_route = "teams",
                             .backup_routes = {"pbx"},
                             .numbers = 100,
                             .confirmed = {{.route = "teams", .percent = 100}},
                             .in_sync = true});
  }
  return router;
}

Policy Story::LabPolicy() {
  return {.may_act = true,
          .stay_first = absl::Seconds(20),
          .stay_longest = absl::Seconds(20),
          .stay_doubles = false,
          .stay_after_third_fault = absl::ZeroDuration(),
          .failback_clean = absl::Seconds(10),
          .failback_step = absl::Seconds(10),
          .microsoft_interval = absl::Seconds(1),
          .witness_interval = absl::Seconds(1),
          .burst_interval = absl::Milliseconds(200),
          .burst_duration = absl::Seconds(2),
          .warm_up = absl::ZeroDuration()};
}

Story::Story(Policy policy, Fleet fleet, Tape tape)
    : tape_(std::move(tape)),
      policy_(std::move(policy)),
      fleet_(std::move(fleet)),
      router_(LabRouter(fleet_)) {
  int place = 0;
  for (TargetIndex target = 0; target < static_cast<int>(fleet_.targets.size()); ++target) {
    for (const SiteIndex site : fleet_.targets[static_cast<std::size_t>(target)].sites) {
      // Golden ratio: phases spread evenly.
      const double phase = 0.618033988 * ++place;
      probes_.push_back({.site = site,
                         .target = target,
                         .next = now_ + (phase - static_cast<int>(phase)) * absl::Seconds(1),
                         .burst_until = absl::InfinitePast(),
                         .burst_interval = absl::Seconds(1)});
    }
  }
  Start();
}

void Story::Start() {
  core_ = std::make_unique<Core>(
      fleet_, policy_,
      CoreStart{.epoch = ++epoch_, .journal = journal_, .journal_time = journal_time_}, now_);
  Tell(Wake{});
  for (SiteIndex site = 0; site < static_cast<int>(fleet_.sites.size()); ++site) {
    Tell(AgentConnected{.site = site, .run_id = run_});
  }
  if (!router_is_away_) Report();
}

Story& Story::Restart(bool with_journal) {
  if (!with_journal) {
    journal_.clear();
    journal_time_ = absl::InfinitePast();
    epoch_ = router_.epoch;
  }
  Start();
  return *this;
}

Story& Story::Break(SiteIndex site, TargetIndex target, Outcome outcome, int code) {
  broken_[{site, target}] = {outcome, code};
  return *this;
}

Story& Story::BreakHubs(Outcome outcome, int code) {
  for (SiteIndex site = kLon; site <= kVantage; ++site) {
    for (TargetIndex hub = kHub1; hub <= kHub3; ++hub) Break(site, hub, outcome, code);
  }
  return *this;
}

Story& Story::CutUplink(SiteIndex site) {
  for (const Probe& probe : probes_) {
    const Target& target = fleet_.targets[static_cast<std::size_t>(probe.target)];
    if (probe.site == site && target.role != TargetRole::kLanGateway) {
      Break(site, probe.target);
    }
    if (target.of_site == site) Break(probe.site, probe.target);
  }
  return *this;
}

Story& Story::SilenceAgent(SiteIndex site) {
  silent_.insert(site);
  return *this;
}

Story& Story::SetClock(SiteIndex site, absl::Duration by) {
  clock_set_by_[site] += by;
  return *this;
}

Story& Story::Heal() {
  broken_.clear();
  silent_.clear();
  return *this;
}

Story& Story::LoseRouter() {
  router_is_away_ = true;
  Tell(RouterLost{.voice_layer = 0, .error = "connection refused"});
  return *this;
}

Story& Story::FindRouter() {
  router_is_away_ = false;
  Report();
  return *this;
}

Story& Story::Run(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  while (now_ < end) Step();
  return *this;
}

absl::Duration Story::Until(const std::function<bool()>& holds, absl::Duration patience) {
  const absl::Time begin = now_;
  while (!holds()) {
    if (now_ - begin > patience) return absl::InfiniteDuration();
    Step();
  }
  return now_ - begin;
}

void Story::Step() {
  now_ += kTick;
  for (Probe& probe : probes_) {
    while (probe.next <= now_) {
      Send(&probe);
      probe.next += probe.next < probe.burst_until ? probe.burst_interval : absl::Seconds(1);
    }
  }
  std::map<SiteIndex, Batch> batches;
  std::erase_if(late_, [&](const Late& late) {
    if (late.arrives > now_) return false;
    batches[late.site].results.push_back(late.result);
    return true;
  });
  for (SiteIndex site = 0; site < static_cast<int>(fleet_.sites.size()); ++site) {
    if (now_ - last_batch_[site] >= absl::Seconds(1)) batches[site];
  }
  for (auto& [site, batch] : batches) {
    if (silent_.contains(site)) continue;
    batch.site = site;
    batch.run_id = run_;
    batch.clock_set_by = clock_set_by_[site];
    last_batch_[site] = now_;
    Tell(batch);
  }
  if (!router_.hop_states.empty() && lease_ + kLease <= now_) {
    router_.hop_states.clear();
    if (!router_is_away_) Report();
  }
  if (core_->NextWake() <= now_) Tell(Wake{});
}

void Story::Send(Probe* probe) {
  const auto broken = broken_.find({probe->site, probe->target});
  const Outcome outcome = broken == broken_.end() ? Outcome::kAnswered : broken->second.first;
  ProbeResult result{.target = probe->target,
                     .sequence = ++sequence_[probe->site],
                     .sent = probe->next,
                     .outcome = outcome,
                     .code = broken == broken_.end() ? 200 : broken->second.second,
                     .in_burst = probe->next < probe->burst_until};
  const bool is_lost = outcome == Outcome::kTimedOut;
  if (!is_lost) result.round_trip = kRoundTrip;
  absl::Time arrives = probe->next + (is_lost ? kTimeout : kRoundTrip);
  if (IsMedia(fleet_.targets[static_cast<std::size_t>(probe->target)].role)) {
    result.packets_sent = kPackets;
    result.packets_lost = is_lost ? kPackets : 0;
    arrives += kStreamLasts;
  }
  late_.push_back({arrives, probe->site, result});
}

Effects Story::Tell(const Event& event) {
  const absl::Time now = now_;
  Effects effects = core_->Handle(event, now);
  if (tape_) tape_(event, now, effects);
  Carry(effects);
  return effects;
}

void Story::Carry(const Effects& effects) {
  for (const JournalRecord& record : effects.journal) {
    if (record.value.empty()) {
      journal_.erase(record.key);
    } else {
      journal_[record.key] = record.value;
    }
    journal_time_ = now_;
  }
  for (const Occurrence& occurrence : effects.occurrences) {
    told_.push_back(occurrence);
    if (occurrence.kind != OccurrenceKind::kConfirmed) continue;
    const View view = Look();
    for (const Diagnosis& diagnosis : view.diagnoses) {
      if (diagnosis.id == occurrence.diagnosis) accused_.insert(diagnosis.domain);
    }
  }
  for (const BurstRequest& burst : effects.bursts) {
    for (Probe& probe : probes_) {
      if (probe.site != burst.site || std::find(burst.targets.begin(), burst.targets.end(),
                                                probe.target) == burst.targets.end()) {
        continue;
      }
      probe.burst_until = now_ + burst.duration;
      probe.burst_interval = burst.interval;
      probe.next = std::min(probe.next, now_ + burst.interval);
    }
  }
  if (!effects.answers.empty()) last_answer = effects.answers.back();
  wishes_ += static_cast<int>(effects.wishes.size());
  if (router_is_away_) return;
  if (!effects.renewals.empty()) lease_ = now_;
  for (const Wish& wish : effects.wishes) {
    router_.epoch = epoch_;
    router_.generation = wish.generation;
    router_.hop_states = wish.hop_states;
    lease_ = now_;
    for (const GroupRoute& wanted : wish.groups) {
      for (RouterGroup& group : router_.groups) {
        if (group.group != wanted.group) continue;
        group.wanted = wanted;
        group.confirmed = wanted.shares;
      }
    }
    Report();
  }
}

void Story::Report() { Tell(router_); }

const Diagnosis* Story::Find(FaultDomain domain) {
  view_ = Look();
  for (const Diagnosis& diagnosis : view_.diagnoses) {
    if (diagnosis.domain == domain) return &diagnosis;
  }
  return nullptr;
}

bool Story::Confirmed(FaultDomain domain) {
  const Diagnosis* const found = Find(domain);
  return found != nullptr && found->state == DiagnosisState::kConfirmed;
}

HopState Story::Hop(const std::string& hop) const {
  for (const HopStateEntry& entry : router_.hop_states) {
    if (entry.hop == hop) return entry.state;
  }
  return HopState::kNormal;
}

std::vector<Share> Story::Route(const std::string& group) const {
  for (const RouterGroup& known : router_.groups) {
    if (known.group == group) return known.confirmed;
  }
  return {};
}

bool Story::IsAllOn(const std::string& group, const std::string& route) const {
  return Route(group) == std::vector<Share>{{.route = route, .percent = 100}};
}

bool Story::Told(OccurrenceKind kind) const {
  return std::any_of(told_.begin(), told_.end(),
                     [kind](const Occurrence& occurrence) { return occurrence.kind == kind; });
}

bool AllMoved(const Story& story, const std::string& route) {
  return story.IsAllOn("g-lon", route) && story.IsAllOn("g-par", route) &&
         story.IsAllOn("g-nyc", route);
}

}  // namespace dialtone::detector
