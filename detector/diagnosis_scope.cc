// Whom a diagnosis is about, where it is not the first that the same evidence names.
#include <algorithm>

#include "detector/clearance.h"
#include "detector/diagnosis.h"
#include "detector/own_configuration.h"
#include "detector/unreachable.h"

namespace dialtone::detector {

// Those that likelihood names, our own certificate, and sites that are dark altogether.
std::vector<Hypothesis> Diagnostician::Explanations(const Scene& scene) const {
  const Observations& observations = *scene.observations;
  std::vector<Hypothesis> found = OfLikelihood(scene);
  if (auto ours = OwnConfiguration(fleet_, observations, scene.attendance)) {
    found.push_back(*std::move(ours));
  }
  if (scene.attendance.mute() == 0) return found;
  for (const TargetIndex uplink : uplinks_) {
    if (auto dark = Unreachable(fleet_, observations, scene.attendance, uplink)) {
      found.push_back(*std::move(dark));
    }
  }
  return found;
}

// What likelihood names. Where a diagnosis of some sites is old and more of them fail now, it may
// be another fault that hits the rest: then those that are explained already are not asked.
std::vector<Hypothesis> Diagnostician::OfLikelihood(const Scene& scene) const {
  const Observations& observations = *scene.observations;
  std::vector<Hypothesis> found = Hypotheses(fleet_, observations, scene.attendance, scene.now);
  const ActiveDiagnosis* older = nullptr;
  const auto wide = std::ranges::find_if(found, [&](const Hypothesis& one) {
    older = OlderPart(one, scene);
    return older != nullptr;
  });
  if (wide == found.end()) return found;
  const Attendance rest = scene.attendance.Without(older->diagnosis.sites);
  std::vector<Hypothesis> others = Hypotheses(fleet_, observations, rest, scene.now);
  const auto is_another = [&](const Hypothesis& one) {
    return one.is_confirmed && one.pool != kNone && one.scope < wide->scope &&
           observations.domains().Overlap(one.domain, wide->domain);
  };
  const auto another = std::ranges::find_if(others, is_another);
  if (another != others.end()) *wide = std::move(*another);
  return found;
}

// A confirmed diagnosis of a part of the sites of a confirmed hypothesis, old enough to be a fault
// of its own; null when there is none.
const ActiveDiagnosis* Diagnostician::OlderPart(const Hypothesis& wide, const Scene& scene) const {
  if (!wide.is_confirmed || wide.pool == kNone) return nullptr;
  const auto is_part = [&](const ActiveDiagnosis& active) {
    return IsConfirmed(active) && active.pool != kNone && active.diagnosis.scope < wide.scope &&
           active.diagnosis.confirmed + kSpreadsWithin <= scene.now &&
           scene.observations->domains().Overlap(active.domain, wide.domain) &&
           std::ranges::find_first_of(wide.sites, active.diagnosis.sites) != wide.sites.end();
  };
  const auto part = std::ranges::find_if(active_, is_part);
  return part == active_.end() ? nullptr : &*part;
}

// Whose line is found to be at fault says nothing of what lies beyond, wherever the fault reaches.
void Diagnostician::NoteLines(const Scene& scene) const {
  std::vector<Scope> widest(fleet_.sites.size(), Scope::kGlobal);
  for (const ActiveDiagnosis& active : active_) {
    if (!IsConfirmed(active) || !Domains::IsNetwork(active.diagnosis.domain)) continue;
    for (const SiteIndex site : active.diagnosis.sites) {
      // An ISP's fault may show at one site first.
      widest[static_cast<std::size_t>(site)] = std::max(active.diagnosis.scope, Scope::kIsp);
    }
  }
  for (SiteIndex site = 0; site < static_cast<int>(widest.size()); ++site) {
    scene.observations->PoolUpTo(site, widest[static_cast<std::size_t>(site)]);
  }
}

// Whether what a narrower hypothesis leaves out is far better than what it holds.
bool Diagnostician::IsFarBetter(const Scene& scene, const Hypothesis& hypothesis,
                                const ActiveDiagnosis& active) {
  constexpr double kFar = 9;
  const Clearance clearance(*scene.observations, scene.attendance, scene.now);
  const Charge charge{
      .domain = hypothesis.domain, .severity = hypothesis.severity, .since = hypothesis.rose};
  const PathHealth::Count those =
      clearance.OfThose(hypothesis.sites, charge, [](SiteIndex) { return true; }).count;
  const PathHealth::Count others =
      clearance
          .OfThose(
              active.diagnosis.sites, charge,
              [&](SiteIndex site) { return !std::ranges::binary_search(hypothesis.sites, site); })
          .count;
  // From the beginning, and not because they are the first to recover.
  const bool is_half = 2.0 * others.bad * those.all <= 1.0 * those.bad * others.all;
  return is_half && SplitNats(those, others) > kFar;
}

}  // namespace dialtone::detector
