// What the core shows to those who ask.
#include <algorithm>

#include "absl/strings/str_cat.h"

#include "detector/core_state.h"

namespace dialtone::detector {
namespace {

// Health of one path in one word.
Health HealthOf(const PathHealth& path, bool is_heard, bool is_accused, absl::Duration patience,
                absl::Time now) {
  if (!is_heard || path.last_sent() + patience < now) return Health::kNoJudgement;
  if (path.bad_streak() > 0 && is_accused) return Health::kFailed;
  if (path.bad_streak() >= PathHealth::kSuspect) return Health::kSuspect;
  return path.good_streak() > 0 ? Health::kHealthy : Health::kNoJudgement;
}

// The worst of what is judged; no judgement when nothing is.
Health Worst(const std::vector<PathView>& paths) {
  Health worst = Health::kNoJudgement;
  for (const PathView& path : paths) {
    if (path.health == Health::kNoJudgement) continue;
    if (worst == Health::kNoJudgement || path.health > worst) worst = path.health;
  }
  return worst;
}

}  // namespace

View Core::State::Look(absl::Time now) const {
  const Facts facts = FactsAt(now);
  View view{.may_act = policy.may_act,
            .frozen = holds_.frozen(),
            .frozen_reason = holds_.frozen_reason(),
            .past_diagnoses = diagnostician_.past(),
            .holds = holds_.all(),
            .errors = Errors(),
            .decisions = decisions_,
            .next_steps = plan_.NextSteps(facts, now),
            .epoch = epoch_,
            .generation = routers_.generation(),
            .cap_left = Cap::Account(cap_, facts).left(),
            .results = counts_};
  for (const ActiveDiagnosis& active : diagnostician_.active()) {
    view.diagnoses.push_back(active.diagnosis);
  }
  std::stable_sort(view.diagnoses.begin(), view.diagnoses.end(),
                   [](const Diagnosis& a, const Diagnosis& b) {
                     if (a.state != b.state) return a.state == DiagnosisState::kConfirmed;
                     return a.scope > b.scope;
                   });
  const auto is_accused = [&](SiteIndex site, TargetIndex target) {
    return std::any_of(facts.active.begin(), facts.active.end(), [&](const auto& active) {
      return IsConfirmed(active) && observations_.domains().Contains(active.domain, target) &&
             std::binary_search(active.diagnosis.sites.begin(), active.diagnosis.sites.end(), site);
    });
  };
  view.all_healthy = view.diagnoses.empty() && view.errors.empty() && !view.frozen;
  for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()); ++site) {
    SiteView seen{.site = site,
                  .connected = attendance_.is_connected(site),
                  .is_mute = !attendance_.is_heard(site),
                  .agent_version = attendance_.version(site)};
    if (attendance_.is_known(site)) seen.last_batch_age = now - attendance_.last_batch(site);
    const AgentClocks::Steps& steps = clocks_.steps(site);
    seen.clock_steps = steps.count;
    if (steps.count > 0) {
      seen.last_clock_step = steps.last;
      seen.last_clock_step_age = now - steps.last_time;
    }
    for (const PathIndex index : observations_.paths().OfSite(site)) {
      const PathHealth& path = observations_.path(index);
      const TargetIndex target = observations_.paths().target(index);
      const PathHealth::Count recent = path.Since(absl::InfinitePast());
      const absl::Duration patience =
          std::max(absl::Seconds(5), 3 * observations_.interval(target));
      PathView shown{
          .target = target,
          .health = HealthOf(path, !seen.is_mute, is_accused(site, target), patience, now),
          .round_trip = path.round_trip(),
          .detail = path.detail(),
          .baseline = path.baseline(),
          .recent = recent.all,
          .recent_bad = recent.bad};
      if (path.last_sent() != absl::InfinitePast()) shown.age = now - path.last_sent();
      seen.paths.push_back(std::move(shown));
    }
    seen.health = Worst(seen.paths);
    view.all_healthy = view.all_healthy && !seen.is_mute && seen.health == Health::kHealthy;
    view.sites.push_back(std::move(seen));
  }
  for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
    const GroupStanding& standing = plan_.standing(group);
    GroupView seen{.group = group,
                   .wanted = standing.wanted,
                   .backup_proof = ProofOf(facts, group, "", now).words,
                   .blocked_by = standing.blocked_by};
    if (const RouterGroup* const known =
            routers_.Find(fleet.groups[static_cast<std::size_t>(group)])) {
      seen.numbers = known->numbers;
      seen.home_route = known->home_route;
      seen.confirmed = known->confirmed;
      seen.in_sync = known->in_sync && standing.wanted.has_value() &&
                     known->confirmed == standing.wanted->shares;
    } else if (routers_.standing(fleet.groups[static_cast<std::size_t>(group)].voice_layer)
                   .is_read) {
      seen.error = "its router does not know this group: it is never moved";
    }
    view.all_healthy = view.all_healthy && seen.in_sync && !standing.away.has_value();
    view.groups.push_back(std::move(seen));
  }
  for (VoiceLayerIndex layer = 0; layer < static_cast<int>(fleet.voice_layers.size()); ++layer) {
    const RouterStanding& router = routers_.standing(layer);
    RouterView seen{.voice_layer = layer,
                    .up = router.is_up,
                    .epoch = router.report.epoch,
                    .generation = router.report.generation,
                    .voice_layer_up = router.is_up && router.report.voice_layer_up,
                    .voice_layer_restarts = router.report.voice_layer_restarts,
                    .error = router.error};
    for (const RouterGroup& group : router.report.groups) seen.out_of_sync += group.in_sync ? 0 : 1;
    view.all_healthy = view.all_healthy && seen.up && seen.voice_layer_up && seen.out_of_sync == 0;
    view.routers.push_back(std::move(seen));

    const auto state_of = [](const std::vector<HopStateEntry>& states, const std::string& hop) {
      const auto found = std::find_if(states.begin(), states.end(),
                                      [&](const auto& entry) { return entry.hop == hop; });
      return found == states.end() ? HopState::kNormal : found->state;
    };
    const std::vector<HopStateEntry>& wanted = hop_plan_.in_force(layer);
    for (const HopStateEntry& entry : wanted) {
      view.hops.push_back({.voice_layer = layer,
                           .hop = entry.hop,
                           .wanted = entry.state,
                           .confirmed = state_of(router.report.hop_states, entry.hop),
                           .reason = entry.reason});
    }
    for (const HopStateEntry& entry : router.report.hop_states) {
      if (state_of(wanted, entry.hop) != HopState::kNormal) continue;
      view.hops.push_back({.voice_layer = layer, .hop = entry.hop, .confirmed = entry.state});
    }
    for (const RefusedHopState& refused : router.refused) {
      for (HopView& hop : view.hops) {
        if (hop.voice_layer == layer && hop.hop == refused.hop) hop.reason = refused.reason;
      }
    }
  }
  return view;
}

// What needs a human: groups that only one side knows.
std::vector<std::string> Core::State::Errors() const {
  std::vector<std::string> errors;
  for (const Group& group : fleet.groups) {
    if (routers_.standing(group.voice_layer).is_read && routers_.Find(group) == nullptr) {
      errors.push_back(
          absl::StrCat("group ", group.name, " is unknown to the router of ",
                       fleet.voice_layers[static_cast<std::size_t>(group.voice_layer)].name,
                       ": it is never moved"));
    }
  }
  for (VoiceLayerIndex layer = 0; layer < static_cast<int>(fleet.voice_layers.size()); ++layer) {
    for (const RouterGroup& known : routers_.standing(layer).report.groups) {
      if (!IsOurs(fleet, layer, known.group)) {
        errors.push_back(absl::StrCat("group ", known.group, " of the router of ",
                                      fleet.voice_layers[static_cast<std::size_t>(layer)].name,
                                      " is unknown to the detector: it is never moved"));
      }
    }
  }
  return errors;
}

}  // namespace dialtone::detector
