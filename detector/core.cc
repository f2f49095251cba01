#include "detector/core.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "detector/core_state.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostDecisions = 100;
// A result sent longer ago says nothing about now: it was spooled while the uplink was down.
constexpr absl::Duration kLatest = absl::Seconds(20);
// And one "from the future" is a clock that was stepped.
constexpr absl::Duration kMostAhead = absl::Seconds(1);

std::uint64_t SavedNumber(const std::map<std::string, std::string>& journal,
                          const std::string& key) {
  std::uint64_t number = 0;
  const auto found = journal.find(key);
  if (found != journal.end()) (void)absl::SimpleAtoi(found->second, &number);
  return number;
}

}  // namespace

Core::Core(Fleet fleet, Policy policy, const CoreStart& start, absl::Time now)
    : state_(std::make_unique<State>(std::move(fleet), std::move(policy), start, now)) {}
Core::~Core() = default;
Effects Core::Handle(const Event& event, absl::Time now) { return state_->Handle(event, now); }
absl::Time Core::NextWake() const { return state_->NextWake(); }
View Core::Look(absl::Time now) const { return state_->Look(now); }
const std::vector<ActiveDiagnosis>& Core::active() const { return state_->active(); }
const Fleet& Core::fleet() const { return state_->fleet; }
const Policy& Core::policy() const { return state_->policy; }

Core::State::State(Fleet given_fleet, Policy given_policy, const CoreStart& start, absl::Time now)
    : fleet(std::move(given_fleet)),
      policy(std::move(given_policy)),
      started_(now),
      warm_at_(start.journal_time + policy.journal_fresh >= now ? now : now + policy.warm_up),
      attendance_(static_cast<int>(fleet.sites.size())),
      clocks_(fleet),
      observations_(fleet, policy),
      diagnostician_(fleet),
      routers_(fleet),
      holds_(fleet),
      calls_(fleet),
      cap_(fleet),
      hop_plan_(fleet),
      plan_(fleet),
      orders_(start.epoch),
      chronicle_(SavedNumber(start.journal, "last_occurrence")),
      heard_since_(fleet.sites.size(), absl::InfinitePast()),
      burst_until_(fleet.sites.size(), absl::InfinitePast()),
      told_(fleet.voice_layers.size(), 0),
      saved_(start.journal),
      epoch_(start.epoch) {
  observations_.Restore(start.journal);
  diagnostician_.Restore(start.journal, observations_, now);
  holds_.Restore(start.journal);
  plan_.Restore(fleet, start.journal);
  for (const Group& group : fleet.groups) saved_.erase(Plan::KeyOf(group));
  routers_.set_generation(SavedNumber(start.journal, "generation"));
  chronicle_.Add(now, {.kind = OccurrenceKind::kStarted,
                       .sentence = absl::StrCat("the detector started with epoch ", start.epoch,
                                                start.journal.empty()
                                                    ? ", without a journal: it adopts what the "
                                                      "routers have"
                                                    : ", and goes on from its journal")});
  next_wake_ = now;
}

Effects Core::State::Handle(const Event& event, absl::Time now) {
  effects_ = {};
  // What comes now and then is always a reason to decide; of the many batches few are.
  const bool is_routine =
      std::holds_alternative<Wake>(event) || std::holds_alternative<Batch>(event);
  if (!is_routine) must_decide_ = true;
  std::visit([&](const auto& what) { Take(what, now); }, event);
  Agenda agenda(now);
  Decide(&agenda);
  next_wake_ = agenda.next();
  effects_.occurrences = chronicle_.Take();
  for (const Occurrence& occurrence : effects_.occurrences) {
    decisions_.insert(
        decisions_.begin(),
        {.time = occurrence.time, .sentence = occurrence.sentence, .groups = occurrence.groups});
  }
  if (decisions_.size() > kMostDecisions) decisions_.resize(kMostDecisions);
  if (routes_decided_ == now || !effects_.occurrences.empty()) Journal(now);
  return std::exchange(effects_, {});
}

// ---- what came in

void Core::State::Take(const AgentConnected& connected, absl::Time now) {
  attendance_.OnConnected(connected, now);
}

void Core::State::Take(const AgentDisconnected& disconnected, absl::Time) {
  attendance_.OnDisconnected(disconnected);
}

void Core::State::Take(const Batch& batch, absl::Time now) {
  bool was_mute = false;
  if (!attendance_.OnBatch(batch, now, &was_mute)) {
    counts_.old_run += batch.results.size();
    return;
  }
  // What was measured while nobody heard it, or while its clock was set, is history: it accuses
  // nobody.
  absl::Time& heard_since = heard_since_[static_cast<std::size_t>(batch.site)];
  if (clocks_.OnBatch(batch, now, &chronicle_) || was_mute) heard_since = now;
  // While something is wrong, health matters too.
  if (was_mute || !diagnostician_.active().empty()) has_news_ = true;
  // Losses become known later than answers: in the order of sending the evidence is right.
  std::vector<const ProbeResult*> in_order;
  in_order.reserve(batch.results.size());
  for (const ProbeResult& result : batch.results) in_order.push_back(&result);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const ProbeResult* a, const ProbeResult* b) { return a->sent < b->sent; });
  for (const ProbeResult* const one : in_order) {
    const ProbeResult& result = *one;
    if (!attendance_.IsNew(batch.site, result.sequence)) {
      ++counts_.doubled;
      continue;
    }
    const PathHealth* const path = observations_.Find(batch.site, result.target);
    if (path == nullptr || result.sent < heard_since || result.sent + kLatest < now ||
        result.sent > now + kMostAhead) {
      ++counts_.late;
      continue;
    }
    ++counts_.accepted;
    const bool was_bad = path->bad_streak() > 0;
    observations_.OnResult(batch.site, result, now);
    const bool turned = was_bad ? path->good_streak() == 1 : path->bad_streak() == 1;
    if (turned) wants_burst_.insert(batch.site);
    if (turned || path->bad_streak() > 0) has_news_ = true;
  }
}

void Core::State::Take(const RouterReport& report, absl::Time now) {
  const bool is_first = !routers_.standing(report.voice_layer).is_read;
  routers_.OnReport(report);
  calls_.OnReport(report, /*is_quiet=*/diagnostician_.active().empty(), now);
  const Facts facts = FactsAt(now);
  for (const GroupIndex group : plan_.Adopt(facts, report, now)) {
    const std::string& name = fleet.groups[static_cast<std::size_t>(group)].name;
    holds_.Set({.scope = {.kind = ScopeSelector::Kind::kGroup, .name = name},
                .author = "adopted",
                .reason = plan_.standing(group).wanted->reason,
                .since = now});
    chronicle_.Add(now, {.kind = OccurrenceKind::kOperator,
                         .sentence = absl::StrCat(name,
                                                  " stands off home by a human's order: it "
                                                  "is held until somebody releases it"),
                         .groups = {name}});
  }
  if (is_first) {
    routers_.set_generation(std::max(routers_.generation(), report.generation));
    if (policy.may_act) hop_plan_.Adopt(report.voice_layer, report.hop_states, now);
  }
  TellConfirmed(report.voice_layer, now);
}

void Core::State::Take(const RouterLost& lost, absl::Time now) {
  const bool was_up = routers_.standing(lost.voice_layer).is_up;
  routers_.OnLost(lost);
  if (!was_up) return;
  chronicle_.Add(
      now,
      {.kind = OccurrenceKind::kAlarm,
       .sentence = absl::StrCat(
           "the router of ", fleet.voice_layers[static_cast<std::size_t>(lost.voice_layer)].name,
           " cannot be reached; calls go as its voice layer last knew: ", lost.error)});
}

void Core::State::Take(const SetRoutesEnded& ended, absl::Time now) {
  const std::string before = routers_.standing(ended.voice_layer).error;
  routers_.OnSetRoutesEnded(ended, now);
  if (ended.result != SetRoutesEnded::Result::kRefused || ended.error == before) return;
  chronicle_.Add(now, {.kind = OccurrenceKind::kAlarm,
                       .sentence = absl::StrCat(
                           "the router of ",
                           fleet.voice_layers[static_cast<std::size_t>(ended.voice_layer)].name,
                           " refuses the wanted table: ", ended.error)});
}

void Core::State::Take(const OperatorPlan& order, absl::Time now) {
  effects_.answers.push_back(orders_.Handle(order, FactsAt(now), now));
}

void Core::State::Take(const OperatorApply& order, absl::Time now) {
  effects_.answers.push_back(
      orders_.Handle(order, FactsAt(now), now, &plan_, &holds_, &chronicle_));
}

void Core::State::Take(const OperatorHold& order, absl::Time now) {
  effects_.answers.push_back(
      orders_.Handle(order, FactsAt(now), now, &plan_, &holds_, &chronicle_));
}

void Core::State::Take(const OperatorFreeze& order, absl::Time now) {
  effects_.answers.push_back(Orders::Handle(order, now, &holds_, &chronicle_));
}

// ---- what follows

Facts Core::State::FactsAt(absl::Time now) const {
  return {.fleet = fleet,
          .policy = policy,
          .observations = observations_,
          .attendance = attendance_,
          .active = diagnostician_.active(),
          .routers = routers_,
          .holds = holds_,
          .calls = calls_,
          .started = started_,
          .is_warm = now >= warm_at_};
}

void Core::State::Decide(Agenda* agenda) {
  const absl::Time now = agenda->now();
  agenda->Passed(warm_at_);
  TellMute(agenda);
  for (const Hold& over : holds_.Expire(agenda)) {
    must_decide_ = true;
    chronicle_.Add(now, {.kind = OccurrenceKind::kOperator,
                         .sentence = absl::StrCat("the hold on ", ScopeWords(over.scope), " by ",
                                                  over.author, " has ended")});
    for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
      if (Covers(fleet, over.scope, group) && holds_.Covering(group) == nullptr) {
        plan_.Release(FactsAt(now), group, now);
      }
    }
  }
  const std::vector<DiagnosisChange> changes =
      diagnostician_.Update(&observations_, attendance_, agenda);
  if (!changes.empty()) must_decide_ = true;
  TellDiagnoses(changes, now);
  if (AreRoutesDue(agenda)) DecideRoutes(agenda);
  AskForBursts(now);
  // An order's answer names the table that carries it.
  for (OperatorAnswer& answer : effects_.answers) answer.generation = routers_.generation();
}

// Silence is an alarm, never evidence.
void Core::State::TellMute(Agenda* agenda) {
  const absl::Time now = agenda->now();
  for (const SiteIndex site : attendance_.FallMute(now)) {
    must_decide_ = true;
    chronicle_.Add(now, {.kind = OccurrenceKind::kAlarm,
                         .sentence = absl::StrCat("no report from ",
                                                  fleet.sites[static_cast<std::size_t>(site)].name,
                                                  " for ", absl::FormatDuration(kMuteAfter),
                                                  ": it has no vote, and nothing moves for that")});
  }
  agenda->Passed(attendance_.next_wake());
}

void Core::State::TellDiagnoses(const std::vector<DiagnosisChange>& changes, absl::Time now) {
  for (const DiagnosisChange& change : changes) {
    const Diagnosis& diagnosis = change.diagnosis;
    OccurrenceKind kind = OccurrenceKind::kSuspected;
    std::string sentence = absl::StrCat("suspected: ", diagnosis.sentence);
    if (diagnosis.state == DiagnosisState::kConfirmed) {
      kind = OccurrenceKind::kConfirmed;
      sentence = diagnosis.sentence;
    } else if (diagnosis.state == DiagnosisState::kEnded) {
      kind = OccurrenceKind::kEnded;
      sentence = absl::StrCat("over: ", diagnosis.sentence);
    }
    chronicle_.Add(now, {.kind = kind, .sentence = sentence, .diagnosis = diagnosis.id});
  }
  WantBursts(/*has_changed=*/!changes.empty(), now);
}

// Of the sites under suspicion those want a burst that are not in one already.
void Core::State::WantBursts(bool has_changed, absl::Time now) {
  // This is asked at every batch, and a suspicion may be about ten thousand sites: they are looked
  // at when it became another one, when a site wants a burst of its own, or when a burst is over.
  std::size_t suspected = 0;
  for (const ActiveDiagnosis& active : diagnostician_.active()) {
    if (IsConfirmed(active) || active.severity != 0) continue;
    suspected += active.diagnosis.sites.size();
  }
  if (!has_changed && wants_burst_.empty() && suspected == suspected_ && now < bursts_over_) return;
  suspected_ = suspected;
  bursts_over_ = absl::InfiniteFuture();
  for (const ActiveDiagnosis& active : diagnostician_.active()) {
    if (IsConfirmed(active)) continue;
    for (const SiteIndex site : active.diagnosis.sites) {
      const absl::Time over = burst_until_[static_cast<std::size_t>(site)];
      if (active.severity != 0) {
        if (wants_burst_.empty()) break;
        wants_burst_.erase(site);
      } else if (now >= over) {
        wants_burst_.insert(site);
        bursts_over_ = std::min(bursts_over_, now + policy.burst_duration);
      } else {
        bursts_over_ = std::min(bursts_over_, over);
      }
    }
  }
}

// Says once that a router has what was wanted from it.
void Core::State::TellConfirmed(VoiceLayerIndex voice_layer, absl::Time now) {
  const RouterReport& report = routers_.standing(voice_layer).report;
  std::uint64_t& told = told_[static_cast<std::size_t>(voice_layer)];
  if (report.epoch != epoch_ || report.generation <= told) return;
  std::vector<std::string> moved;
  for (const RouterGroup& group : report.groups) {
    if (!group.in_sync) return;
    if (group.confirmed.empty()) continue;
    moved.push_back(
        absl::StrCat(group.group, " on ",
                     absl::StrJoin(group.confirmed, "/", [](std::string* out, const Share& share) {
                       absl::StrAppend(out, share.route, " ", share.percent, " %");
                     })));
  }
  told = report.generation;
  chronicle_.Add(
      now, {.kind = OccurrenceKind::kRouteConfirmed,
            .sentence = absl::StrCat(
                "the router of ", fleet.voice_layers[static_cast<std::size_t>(voice_layer)].name,
                " has read back table ", report.generation, ": ", absl::StrJoin(moved, ", "))});
}

// Asks the sites that saw something change to look closer: at Teams, and at the witnesses beside
// it. A test call costs a call, and a stream lasts a second: neither can be hurried. Denser probes
// tell a dead path from a lone loss at once; of a partial fault they tell less than those a second
// apart, because losses a fifth of a second apart are expected of any line.
void Core::State::AskForBursts(absl::Time now) {
  for (const SiteIndex site : std::exchange(wants_burst_, {})) {
    const auto at = static_cast<std::size_t>(site);
    if (!attendance_.is_heard(site) || now < burst_until_[at]) continue;
    BurstRequest burst{
        .site = site, .interval = policy.burst_interval, .duration = policy.burst_duration};
    for (const PathIndex path : observations_.paths().OfSite(site)) {
      const TargetIndex target = observations_.paths().target(path);
      const TargetRole role = fleet.targets[static_cast<std::size_t>(target)].role;
      if ((IsTeams(role) && !IsCall(role) && !IsMedia(role)) ||
          role == TargetRole::kInternetWitness) {
        burst.targets.push_back(target);
      }
    }
    if (burst.targets.empty()) continue;
    burst_until_[at] = now + policy.burst_duration;
    effects_.bursts.push_back(std::move(burst));
  }
}

// What changed of the durable state, key by key.
void Core::State::Journal(absl::Time now) {
  std::map<std::string, std::string> state;
  diagnostician_.Save(&state);
  holds_.Save(&state);
  state["generation"] = absl::StrCat(routers_.generation());
  state["last_occurrence"] = absl::StrCat(chronicle_.last_id());
  for (const auto& [key, value] : state) {
    const auto before = saved_.find(key);
    if (before == saved_.end() || before->second != value) {
      effects_.journal.push_back({.key = key, .value = value});
    }
  }
  for (const auto& [key, value] : saved_) {
    if (!state.contains(key) && !absl::StartsWith(key, Observations::kLearnedKey)) {
      effects_.journal.push_back({.key = key});
    }
  }
  saved_ = std::move(state);
  for (auto& [key, value] : plan_.Unsaved(fleet)) {
    effects_.journal.push_back({.key = key, .value = std::move(value)});
  }
  // What was learned of the lines is large and changes slowly: a site at a time.
  for (auto& [key, value] : observations_.LearnedNow(now)) {
    effects_.journal.push_back({.key = key, .value = std::move(value)});
  }
}

}  // namespace dialtone::detector
