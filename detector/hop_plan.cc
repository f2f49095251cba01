#include "detector/hop_plan.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace dialtone::detector {
namespace {

// What a detector finds after its start may have been put in force by the one before it: it stays
// this long, or until evidence speaks, whichever is first.
constexpr absl::Duration kAdoptedFor = absl::Seconds(10);
// Two bad results in a row suspect a hub.
constexpr int kSuspectStreak = 2;
// So many good results in a row end a skip before its diagnosis ends.
constexpr int kGoodRunToReturn = 3;
// "Answered within two of its current intervals": 1 s each once it is suspected.
constexpr absl::Duration kAnswersWithin = absl::Seconds(2);
// A suspicion needs a result at least this young, or three intervals.
constexpr absl::Duration kFresh = absl::Seconds(5);

struct Hub {
  TargetIndex target = kNone;
  std::string hop = {};
  const PathHealth* path = nullptr;  // from the vantage
};

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
  return hub.path->bad_streak() >= kSuspectStreak &&
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

std::vector<HopStateEntry> HopPlan::Wish(const Facts& facts, VoiceLayerIndex voice_layer,
                                         Agenda* agenda) const {
  const SiteIndex vantage = facts.fleet.voice_layers[static_cast<std::size_t>(voice_layer)].vantage;
  const InForce& mine = in_force_[static_cast<std::size_t>(voice_layer)];
  const bool is_adopted = !agenda->Passed(mine.adopted_until);
  const std::vector<Hub> hubs = HubsSeenFrom(facts, vantage);
  const auto suspected = std::count_if(hubs.begin(), hubs.end(), [&](const Hub& hub) {
    return IsSuspect(facts, vantage, hub, agenda);
  });
  std::vector<HopStateEntry> wish;
  for (const Hub& hub : hubs) {
    const ActiveDiagnosis* const accuser = Accuser(facts, vantage, hub.target);
    const HopStateEntry* const before = FindHop(mine.states, hub.hop);
    if (accuser != nullptr) {
      const bool is_skipped = before != nullptr && before->state == HopState::kAfterBackups;
      // Entering and leaving differ: a hub that drops every third request would flap otherwise.
      // Both need a fresh answer: results of a second are in flight, and what is old would do both.
      if (!Answers(*hub.path, agenda) ||
          (is_skipped && hub.path->good_streak() < kGoodRunToReturn)) {
        wish.push_back({.hop = hub.hop,
                        .state = HopState::kAfterBackups,
                        .percent = 100,
                        .reason = accuser->diagnosis.sentence});
      }
      continue;
    }
    if (IsSuspect(facts, vantage, hub, agenda) && suspected < std::ssize(hubs)) {
      wish.push_back(
          {.hop = hub.hop,
           .state = HopState::kLastInRoute,
           .percent = 100,
           .reason = absl::StrCat(facts.fleet.targets[static_cast<std::size_t>(hub.target)].name,
                                  " does not answer the vantage")});
    } else if (before != nullptr && is_adopted && hub.path->good_streak() == 0) {
      wish.push_back(*before);
    }
  }
  return wish;
}

void HopPlan::Decide(const Facts& facts, Agenda* agenda, Chronicle* chronicle) {
  for (VoiceLayerIndex layer = 0; layer < static_cast<int>(in_force_.size()); ++layer) {
    if (!facts.routers.standing(layer).is_read || !facts.policy.may_act) continue;
    InForce& mine = in_force_[static_cast<std::size_t>(layer)];
    std::vector<HopStateEntry> wish = Wish(facts, layer, agenda);
    if (facts.holds.frozen()) wish = mine.states;  // no step begins, those in force are renewed
    Tell(facts, layer, wish, agenda, chronicle);
    mine.states = std::move(wish);
  }
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
