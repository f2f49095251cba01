#include "detector/routers.h"

#include <algorithm>
#include <utility>

namespace dialtone::detector {

void Routers::OnReport(const RouterReport& report) {
  RouterStanding& standing = standings_[static_cast<std::size_t>(report.voice_layer)];
  standing.is_up = true;
  standing.is_read = true;
  standing.error.clear();
  standing.report = report;
  standing.refused = report.refused_hop_states;
  standing.place_of.clear();
  for (std::size_t place = 0; place < report.groups.size(); ++place) {
    standing.place_of.emplace(report.groups[place].group, place);
  }
}

void Routers::OnLost(const RouterLost& lost) {
  RouterStanding& standing = standings_[static_cast<std::size_t>(lost.voice_layer)];
  standing.is_up = false;
  standing.error = lost.error;
}

void Routers::OnSetRoutesEnded(const SetRoutesEnded& ended, absl::Time now) {
  RouterStanding& standing = standings_[static_cast<std::size_t>(ended.voice_layer)];
  switch (ended.result) {
    case SetRoutesEnded::Result::kDone:
      standing.error.clear();
      standing.refused = ended.refused_hop_states;
      if (!ended.refused_hop_states.empty()) {
        wanted_[static_cast<std::size_t>(ended.voice_layer)].ask_again_at = now + kAskRefusedAgain;
      }
      break;
    case SetRoutesEnded::Result::kRefused:
    case SetRoutesEnded::Result::kUncertain:
      standing.error = ended.error;
      break;
  }
}

const RouterGroup* Routers::Find(const Group& group) const {
  const RouterStanding& router = standing(group.voice_layer);
  if (!router.is_read) return nullptr;
  const auto found = router.place_of.find(group.name);
  return found == router.place_of.end() ? nullptr : &router.report.groups[found->second];
}

void Routers::Want(VoiceLayerIndex voice_layer, std::vector<GroupRoute> groups,
                   std::vector<HopStateEntry> hop_states, Agenda* agenda, Effects* effects) {
  Wanted& wanted = wanted_[static_cast<std::size_t>(voice_layer)];
  const bool is_same =
      wanted.is_asked && wanted.groups == groups && wanted.hop_states == hop_states;
  const bool ask_again = wanted.ask_again_at != absl::InfiniteFuture() && !hop_states.empty() &&
                         agenda->Passed(wanted.ask_again_at);
  if (!is_same || ask_again) {
    wanted.is_asked = true;
    wanted.generation = ++generation_;
    wanted.groups = std::move(groups);
    wanted.hop_states = std::move(hop_states);
    wanted.ask_again_at = absl::InfiniteFuture();
    wanted.renew_at =
        wanted.hop_states.empty() ? absl::InfiniteFuture() : agenda->now() + kRenewEvery;
    effects->wishes.push_back({.voice_layer = voice_layer,
                               .generation = wanted.generation,
                               .groups = wanted.groups,
                               .hop_states = wanted.hop_states});
  } else if (!wanted.hop_states.empty() && agenda->Passed(wanted.renew_at)) {
    wanted.renew_at = agenda->now() + kRenewEvery;
    effects->renewals.push_back({.voice_layer = voice_layer, .generation = wanted.generation});
  }
  if (!wanted.hop_states.empty()) agenda->Passed(wanted.renew_at);
}

}  // namespace dialtone::detector
