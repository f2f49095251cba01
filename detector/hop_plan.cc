#include "detector/hop_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace dialtone::detector {
namespace {

// What a detector finds after its start may have been put in force by the one before it: it stays
// this long, or until evidence speaks, whichever is first.
constexpr absl::Duration kAdoptedFor = absl::Seconds(10);
// So many good results in a row end a skip before its diagnosis ends.
constexpr int kGoodRunToReturn = 3;
// A hub that fails a smaller share is skipped when two probes in a row have failed.
constexpr double kSkippedFrom = 0.4;
// "Answered within two of its current intervals": 1 s each once it is suspected.
constexpr absl::Duration kAnswersWithin = absl::Seconds(2);
// A suspicion needs a result at least this young, or three intervals.
constexpr absl::Duration kFresh = absl::Seconds(5);

}  // namespace

// A hub that the vantage probes.
struct Hub {
  TargetIndex target = kNone;
  std::string hop = {};
  const PathHealth* path = nullptr;  // from the vantage
};

namespace {

SiteIndex VantageOf(const Facts& facts, VoiceLayerIndex voice_layer) {
  return facts.fleet.voice_layers[static_cast<std::size_t>(voice_layer)].vantage;
}

std::vector<Hub> HubsSeenFrom(const Facts& facts, SiteIndex vantage) {
  std::vector<Hub> hubs;
  for (TargetIndex target = 0; target < static_cast<int>(facts.fleet.targets.size()); ++target) {
    const Target& what = facts.fleet.targets[static_cast<std::size_t>(target)];
    if (what.role != TargetRole::kTeamsHub || what.hop.empty()) continue;
    const PathHealth* const path = facts.observations.Find(vantage, target);
    if (path != nullptr) hubs.push_back({target, what.hop, path});
  }
  return hubs;
}

// The confirmed diagnosis that accuses a hub with a scope that covers the vantage.
const ActiveDiagnosis* Accuser(const Facts& facts, SiteIndex vantage, TargetIndex hub) {
  for (const ActiveDiagnosis& active : facts.active) {
    const Diagnosis& diagnosis = active.diagnosis;
    if (diagnosis.state == DiagnosisState::kConfirmed && Domains::IsMicrosoft(diagnosis.domain) &&
        facts.observations.domains().Contains(active.domain, hub) &&
        std::binary_search(diagnosis.sites.begin(), diagnosis.sites.end(), vantage)) {
      return &active;
    }
  }
  return nullptr;
}

bool Answers(const PathHealth& path, Agenda* agenda) {
  return path.bad_streak() == 0 && path.last_good_sent() != absl::InfinitePast() &&
         !agenda->Passed(path.last_good_sent() + kAnswersWithin);
}

// The vantage's own, fresh evidence: what it said before it fell silent suspects nobody any more.
bool IsSuspect(const Facts& facts, SiteIndex vantage, const Hub& hub, Agenda* agenda) {
  const absl::Duration patience = std::max(kFresh, 3 * facts.observations.interval(hub.target));
  return hub.path->bad_streak() >= PathHealth::kSuspect &&
         facts.observations.last_internet_good(vantage) >= hub.path->streak_began() &&
         !agenda->Passed(hub.path->last_sent() + patience);
}

const HopStateEntry* FindHop(const std::vector<HopStateEntry>& states, const std::string& hop) {
  const auto found = std::find_if(states.begin(), states.end(),
                                  [&hop](const HopStateEntry& entry) { return entry.hop == hop; });
  return found == states.end() ? nullptr : &*found;
}

std::string Words(HopState state) {
  switch (state) {
    case HopState::kNormal:
      return "is tried in its place again";
    case HopState::kLastInRoute:
      return "is tried last in its route";
    case HopState::kAfterBackups:
      return "is tried after every backup route";
  }
  return "";
}

}  // namespace

void HopPlan::Adopt(VoiceLayerIndex voice_layer, const std::vector<HopStateEntry>& in_force,
                    absl::Time now) {
  InForce& mine = in_force_[static_cast<std::size_t>(voice_layer)];
  mine.states = in_force;
  if (!in_force.empty()) mine.adopted_until = now + kAdoptedFor;
}

HopPlan::HopPlan(const Fleet& fleet)
    : in_force_(fleet.voice_layers.size()), groups_(fleet.voice_layers.size()) {
  for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
    const Group& what = fleet.groups[static_cast<std::size_t>(group)];
    groups_[static_cast<std::size_t>(what.voice_layer)].push_back(group);
  }
}

bool HopPlan::IsSkipped(const Facts& facts, VoiceLayerIndex voice_layer, const Hub& hub,
                        const ActiveDiagnosis& accuser, Agenda* agenda) const {
  const SiteIndex vantage = VantageOf(facts, voice_layer);
  const HopStateEntry* const before = FindHop(in_force(voice_layer), hub.hop);
  const bool was_skipped = before != nullptr && before->state == HopState::kAfterBackups;
  if (facts.attendance.is_heard(vantage)) {
    // Entering and leaving differ: a hub that drops every third request would flap otherwise. Both
    // need a fresh answer: results of a second are in flight, and what is old would do both.
    // Of a hard fault every probe fails: one loss after it had answered again is chance. Of a mild
    // one few do: to leave a hub for each would only stir the routes.
    const bool is_lone =
        hub.path->bad_streak() == 1 &&
        (accuser.severity == 0 ? hub.path->streak_began() > accuser.diagnosis.confirmed
                               : ShareFor(accuser.severity, /*is_stream=*/false) < kSkippedFrom);
    return (!Answers(*hub.path, agenda) && !is_lone) ||
           (was_skipped && hub.path->good_streak() < kGoodRunToReturn);
  }
  if (!was_skipped) return false;
  const absl::Time silent_since = std::max(facts.attendance.last_batch(vantage), facts.started);
  return IsCarried(facts, accuser.diagnosis) || !agenda->Passed(silent_since + kLease);
}

HopPlan::Wish HopPlan::WishOf(const Facts& facts, VoiceLayerIndex voice_layer,
                              Agenda* agenda) const {
  const SiteIndex vantage = VantageOf(facts, voice_layer);
  const InForce& mine = in_force_[static_cast<std::size_t>(voice_layer)];
  const bool is_adopted = !agenda->Passed(mine.adopted_until);
  const std::vector<Hub> hubs = HubsSeenFrom(facts, vantage);
  const auto suspected = std::count_if(hubs.begin(), hubs.end(), [&](const Hub& hub) {
    return IsSuspect(facts, vantage, hub, agenda);
  });
  Wish wish;
  for (const Hub& hub : hubs) {
    const ActiveDiagnosis* const accuser = Accuser(facts, vantage, hub.target);
    const HopStateEntry* const before = FindHop(mine.states, hub.hop);
    if (accuser != nullptr) {
      if (IsSkipped(facts, voice_layer, hub, *accuser, agenda)) {
        wish.states.push_back({.hop = hub.hop,
                               .state = HopState::kAfterBackups,
                               .percent = 100,
                               .reason = accuser->diagnosis.sentence});
        wish.accusers.push_back(accuser);
      }
      continue;
    }
    if (IsSuspect(facts, vantage, hub, agenda) && suspected < std::ssize(hubs)) {
      wish.states.push_back(
          {.hop = hub.hop,
           .state = HopState::kLastInRoute,
           .percent = 100,
           .reason = absl::StrCat(facts.fleet.targets[static_cast<std::size_t>(hub.target)].name,
                                  " does not answer the vantage")});
    } else if (before != nullptr && is_adopted && hub.path->good_streak() == 0) {
      wish.states.push_back(*before);
    }
  }
  return wish;
}

void HopPlan::Decide(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle) {
  if (!facts.policy.may_act) return;
  Round round{.facts = facts, .cap = cap, .agenda = agenda};
  for (VoiceLayerIndex layer = 0; layer < static_cast<int>(in_force_.size()); ++layer) {
    if (!facts.routers.standing(layer).is_read) continue;
    InForce& mine = in_force_[static_cast<std::size_t>(layer)];
    Wish wish = WishOf(facts, layer, agenda);
    // No step begins, those in force are renewed.
    if (facts.holds.frozen()) wish = {.states = mine.states};
    if (!facts.holds.frozen()) Limit(&round, layer, &wish, chronicle);
    Tell(facts, layer, wish.states, agenda, chronicle);
    mine.states = std::move(wish.states);
    TellMute(facts, layer, agenda->now(), chronicle);
  }
}

// Where every hub of a home route is skipped, its calls leave home: for as many of them as the cap
// admits.
void HopPlan::Limit(Round* round, VoiceLayerIndex voice_layer, Wish* wish, Chronicle* chronicle) {
  const Facts& facts = round->facts;
  const auto is_skipped = [wish](const std::string& hop) {
    const HopStateEntry* const entry = FindHop(wish->states, hop);
    return entry != nullptr && entry->state == HopState::kAfterBackups;
  };
  std::set<std::string> dead_routes;
  for (const RouteHops& route : facts.routers.standing(voice_layer).report.routes) {
    if (!route.hops.empty() && std::all_of(route.hops.begin(), route.hops.end(), is_skipped)) {
      dead_routes.insert(route.route);
    }
  }
  std::vector<GroupIndex> leaving;
  for (const GroupIndex group : groups_[static_cast<std::size_t>(voice_layer)]) {
    const Group& what = facts.fleet.groups[static_cast<std::size_t>(group)];
    const RouterGroup* const known = dead_routes.empty() ? nullptr : facts.routers.Find(what);
    const bool leaves = known != nullptr && dead_routes.contains(known->home_route) &&
                        facts.holds.Covering(group) == nullptr;
    if (leaves) leaving.push_back(group);
    if (!leaves) round->cap->SetSkipped(group, 0);
  }
  const bool is_lifted = std::all_of(
      wish->accusers.begin(), wish->accusers.end(),
      [&](const ActiveDiagnosis* one) { return round->cap->Lifts(facts, *one, voice_layer); });
  int percent = 100;
  if (!leaving.empty() && !is_lifted) {
    if (!round->account.has_value()) round->account.emplace(*round->cap, facts);
    percent = round->account->AdmitShare(leaving);
  }
  for (const GroupIndex group : leaving) round->cap->SetSkipped(group, percent);
  for (HopStateEntry& entry : wish->states) {
    if (entry.state == HopState::kAfterBackups) entry.percent = percent;
  }
  if (percent == 0) {
    std::erase_if(wish->states,
                  [](const auto& entry) { return entry.state == HopState::kAfterBackups; });
  }
  InForce& mine = in_force_[static_cast<std::size_t>(voice_layer)];
  if (percent < 100 && !mine.is_capped) {
    chronicle->Add(
        round->agenda->now(),
        {.kind = OccurrenceKind::kBlocked,
         .sentence = absl::StrCat(
             percent, " % of the calls of ",
             facts.fleet.voice_layers[static_cast<std::size_t>(voice_layer)].name,
             " skip its hubs, the others try them first: cap: more than ", facts.policy.cap_percent,
             " % of the numbers, or one site, may not move by themselves"),
         .guard = "cap"});
  }
  mine.is_capped = percent < 100;
}

// Says once that a skip outlives the evidence of its own vantage, and how long it may.
void HopPlan::TellMute(const Facts& facts, VoiceLayerIndex voice_layer, absl::Time now,
                       Chronicle* chronicle) {
  InForce& mine = in_force_[static_cast<std::size_t>(voice_layer)];
  const bool is_heard = facts.attendance.is_heard(VantageOf(facts, voice_layer));
  const bool skips = std::any_of(mine.states.begin(), mine.states.end(), [](const auto& entry) {
    return entry.state == HopState::kAfterBackups;
  });
  if (skips && !is_heard && !mine.is_mute) {
    chronicle->Add(now, {.kind = OccurrenceKind::kAlarm,
                         .sentence = absl::StrCat(
                             "the vantage of ",
                             facts.fleet.voice_layers[static_cast<std::size_t>(voice_layer)].name,
                             " is silent while its hubs are skipped: they stay skipped as long as "
                             "other sites carry "
                             "the diagnosis, else ",
                             absl::FormatDuration(kLease), " after its last report")});
  }
  mine.is_mute = skips && !is_heard;
}

void HopPlan::Tell(const Facts& facts, VoiceLayerIndex voice_layer,
                   const std::vector<HopStateEntry>& after, Agenda* agenda,
                   Chronicle* chronicle) const {
  const std::vector<HopStateEntry>& before = in_force(voice_layer);
  const std::string& layer = facts.fleet.voice_layers[static_cast<std::size_t>(voice_layer)].name;
  const auto tell = [&](const std::string& hop, HopState was, HopState is, absl::string_view why) {
    const bool is_skip = was == HopState::kAfterBackups || is == HopState::kAfterBackups;
    chronicle->Add(
        agenda->now(),
        {.kind = is_skip ? OccurrenceKind::kSkip : OccurrenceKind::kReorder,
         .sentence = absl::StrCat(hop, " of ", layer, " ", Words(is), why.empty() ? "" : ": ", why),
         .hop = hop});
  };
  for (const HopStateEntry& entry : after) {
    const HopStateEntry* const old = FindHop(before, entry.hop);
    const HopState was = old == nullptr ? HopState::kNormal : old->state;
    if (was != entry.state) tell(entry.hop, was, entry.state, entry.reason);
  }
  for (const HopStateEntry& entry : before) {
    if (FindHop(after, entry.hop) == nullptr) {
      tell(entry.hop, entry.state, HopState::kNormal, "");
    }
  }
}

}  // namespace dialtone::detector
