#include "detector/diagnosis.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "detector/accusation.h"
#include "detector/recovery.h"

namespace dialtone::detector {
namespace {

// A suspicion is over when its scores have fallen this low.
constexpr double kForgottenNats = 4;
// A wide fault is over when less than this share of the sites it hit is left.
constexpr double kLeftOver = 0.1;

std::vector<SiteIndex> Union(const std::vector<SiteIndex>& a, const std::vector<SiteIndex>& b) {
  std::vector<SiteIndex> both;
  std::ranges::set_union(a, b, std::back_inserter(both));
  return both;
}

// Whether a hypothesis and a diagnosis are about the same evidence.
bool Concerns(const Hypothesis& hypothesis, const ActiveDiagnosis& active,
              const Observations& observations) {
  const Diagnosis& diagnosis = active.diagnosis;
  if (IsSpecial(hypothesis.name) || IsSpecial(diagnosis.domain)) {
    // There is one of our own at most, of all that are refused.
    return hypothesis.name == diagnosis.domain &&
           (hypothesis.name == FaultDomain::kCertificate || hypothesis.sites == diagnosis.sites);
  }
  if (hypothesis.is_confirmed && hypothesis.pool == kNone && active.pool != kNone &&
      IsItsOwn(observations, hypothesis.sites[0], hypothesis.domain, active.domain)) {
    return false;
  }
  if (hypothesis.pool != kNone && active.pool == kNone &&
      IsItsOwn(observations, diagnosis.sites[0], active.domain, hypothesis.domain)) {
    return false;
  }
  return observations.domains().Explains(active.domain, hypothesis.domain) &&
         std::find_first_of(hypothesis.sites.begin(), hypothesis.sites.end(),
                            diagnosis.sites.begin(),
                            diagnosis.sites.end()) != hypothesis.sites.end();
}

bool IsSame(const Hypothesis& hypothesis, const ActiveDiagnosis& active) {
  return hypothesis.domain == active.domain && hypothesis.name == active.diagnosis.domain &&
         hypothesis.scope == active.diagnosis.scope &&
         hypothesis.scope_name == active.diagnosis.scope_name;
}

}  // namespace

const Score& ScoreOf(const Observations& observations, const ActiveDiagnosis& active) {
  return active.pool == kNone ? observations.score(active.diagnosis.sites[0], active.domain)
                              : observations.pooled(active.pool, active.domain);
}

Diagnostician::Diagnostician(const Fleet& fleet) : fleet_(fleet) {
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const Target& what = fleet.targets[static_cast<std::size_t>(target)];
    if (what.role == TargetRole::kSiteUplink && what.of_site != kNone) uplinks_.push_back(target);
  }
}

std::vector<DiagnosisChange> Diagnostician::Update(Observations* observations,
                                                   const Attendance& attendance, Agenda* agenda) {
  if (!IsDue(*observations, attendance, agenda)) return {};
  ++revision_;
  Scene scene{.observations = observations, .attendance = attendance, .now = agenda->now()};
  std::vector<Hypothesis> hypotheses = Explanations(scene);
  if (EndThoseOver(hypotheses, &scene)) hypotheses = Explanations(scene);
  Begin(hypotheses, &scene);
  for (ActiveDiagnosis& active : active_) {
    RunClock(scene, &active);
    Renew(scene, &active);
  }
  NoteLines(scene);
  while (!past_.empty() &&
         (past_.back().ended + kRemembered <= scene.now || past_.size() > kMostRemembered)) {
    past_.pop_back();
  }
  next_ = scene.now + PauseAfter(scene);
  look_again_ = active_.empty() ? absl::InfiniteFuture() : scene.now + kLookAgain;
  agenda->Passed(look_again_);
  if (active_.empty() && !past_.empty()) look_again_ = past_.back().ended + kRemembered;
  return std::move(scene.changes);
}

bool Diagnostician::EndThoseOver(const std::vector<Hypothesis>& hypotheses, Scene* scene) {
  bool any = false;
  for (std::size_t i = 0; i < active_.size();) {
    ActiveDiagnosis& active = active_[i];
    const bool is_explained =
        std::any_of(hypotheses.begin(), hypotheses.end(), [&](const Hypothesis& hypothesis) {
          return Concerns(hypothesis, active, *scene->observations);
        });
    const std::vector<SiteIndex> sites = active.diagnosis.sites;
    if (!IsOver(*scene, is_explained, &active)) {
      any = any || active.diagnosis.sites != sites;
      ++i;
      continue;
    }
    any = true;
    if (!IsSpecial(active.diagnosis.domain) && IsConfirmed(active)) Forget(*scene, active);
    End(i, scene);
  }
  return any;
}

// What spoke for it is history: everywhere in the pool, and where it has recovered.
void Diagnostician::Forget(const Scene& scene, const ActiveDiagnosis& active) const {
  const Charge charge{
      .domain = active.domain, .severity = active.severity, .since = active.counted_from};
  const Recovery recovery(*scene.observations, scene.attendance, charge);
  const bool all_recover =
      active.pool != kNone && recovery.OfAll(active.diagnosis.sites, scene.now);
  for (const SiteIndex site : active.diagnosis.sites) {
    if (recovery.Of(site, all_recover)) {
      scene.observations->Clear(site, active.domain, scene.now);
    }
  }
  if (active.pool != kNone) {
    scene.observations->ClearPooled(active.diagnosis.sites, active.domain);
  }
}

void Diagnostician::End(std::size_t position, Scene* scene) {
  Diagnosis over = std::move(active_[position].diagnosis);
  over.evidence = std::move(active_[position].remembered);
  active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(position));
  over.state = DiagnosisState::kEnded;
  over.ended = scene->now;
  scene->changes.push_back({over});
  past_.insert(past_.begin(), std::move(over));
}

bool Diagnostician::IsOver(const Scene& scene, bool is_explained, ActiveDiagnosis* active) const {
  const Diagnosis& diagnosis = active->diagnosis;
  if (diagnosis.domain == FaultDomain::kUnreachable) {
    return scene.attendance.is_heard(diagnosis.sites[0]) || !is_explained;
  }
  if (diagnosis.domain == FaultDomain::kCertificate) {
    return !is_explained && std::ranges::any_of(diagnosis.sites, [&](SiteIndex site) {
      return scene.attendance.is_heard(site);
    });
  }
  const int recovered = DropRecovered(scene, active);
  const auto heard =
      std::count_if(active->hit.begin(), active->hit.end(),
                    [&scene](SiteIndex site) { return scene.attendance.is_heard(site); });
  const double least = active->pool == kNone
                           ? 1
                           : std::max(2.0, kLeftOver * static_cast<double>(active->hit.size()));
  if (IsConfirmed(*active) && recovered > 0 && static_cast<double>(heard - recovered) < least) {
    return true;
  }
  if (IsConfirmed(*active)) return false;
  // What else is said of the same sites must not keep it, or block what they need.
  if (active->supported + kUnsupported <= scene.now) return true;
  if (is_explained) return false;
  double nats = 0;
  for (const SiteIndex site : diagnosis.sites) {
    nats += static_cast<double>(scene.observations->score(site, active->domain).best());
  }
  return nats < kForgottenNats;
}

// Lets go the well that were never hit. Returns how many of those hit and heard have recovered.
int Diagnostician::DropRecovered(const Scene& scene, ActiveDiagnosis* active) const {
  const Charge charge{
      .domain = active->domain, .severity = active->severity, .since = active->counted_from};
  const Recovery recovery(*scene.observations, scene.attendance, charge);
  const bool all_recover =
      active->pool != kNone && recovery.OfAll(active->diagnosis.sites, scene.now);
  int recovered = 0;
  std::vector<SiteIndex> left;
  for (const SiteIndex site : active->diagnosis.sites) {
    const bool is_well = recovery.Of(site, all_recover);
    const bool was_hit = std::binary_search(active->hit.begin(), active->hit.end(), site);
    if (is_well && was_hit && scene.attendance.is_heard(site)) ++recovered;
    if (!is_well || was_hit || !scene.attendance.is_heard(site)) left.push_back(site);
  }
  active->diagnosis.sites = std::move(left);
  return recovered;
}

void Diagnostician::Begin(const std::vector<Hypothesis>& hypotheses, Scene* scene) {
  std::set<std::uint64_t> taken;
  for (const Hypothesis& hypothesis : hypotheses) {
    if (IsCovered(hypothesis, *scene)) continue;
    auto match = std::find_if(active_.begin(), active_.end(), [&](const ActiveDiagnosis& active) {
      return !taken.contains(active.diagnosis.id) &&
             Concerns(hypothesis, active, *scene->observations);
    });
    if (match == active_.end()) {
      active_.push_back({.diagnosis = {.id = ++last_id_, .suspected = scene->now}});
      match = active_.end() - 1;
    }
    taken.insert(match->diagnosis.id);
    if (Take(hypothesis, *scene, &*match)) scene->changes.push_back({match->diagnosis});
  }
  DropExplained(taken, scene);
}

// Whether a diagnosis in force says it better. A suspicion gives way to a wider scope, to a domain
// of more targets, and to what is confirmed; a confirmed diagnosis only to what is confirmed: of a
// wider scope, better in the same, or of a narrower one that holds all sites that are left.
bool Diagnostician::IsCovered(const Hypothesis& hypothesis, const Scene& scene) {
  const Observations& seen = *scene.observations;
  const Domains& domains = seen.domains();
  for (ActiveDiagnosis& active : active_) {
    Diagnosis& diagnosis = active.diagnosis;
    if (!Concerns(hypothesis, active, seen)) continue;
    if (IsSpecial(diagnosis.domain) && hypothesis.sites != diagnosis.sites) continue;
    if (IsSame(hypothesis, active)) {
      active.supported = scene.now;
      if (!IsConfirmed(active) && hypothesis.is_confirmed) return false;
      diagnosis.score = hypothesis.score;
      if (IsConfirmed(active) && !hypothesis.is_confirmed) {
        if (hypothesis.is_part) LetGo(scene, hypothesis, &active);
        return true;
      }
      // The first losses of a partial fault may look like a hard one.
      if (hypothesis.is_confirmed) {
        active.severity = Milder(active.severity, hypothesis.severity);
        active.severity_now = hypothesis.severity;
      }
      NoteNewSites(scene, hypothesis, diagnosis.sites, &active);
      active.hit = Union(active.hit, hypothesis.hit);
      if (hypothesis.is_confirmed) LetGo(scene, hypothesis, &active);
      diagnosis.sites = Union(diagnosis.sites, hypothesis.sites);
      return true;
    }
    const bool is_same_scope =
        hypothesis.scope == diagnosis.scope && hypothesis.scope_name == diagnosis.scope_name;
    const bool has_more =
        domains[hypothesis.domain].targets.size() > domains[active.domain].targets.size();
    if (!IsConfirmed(active)) {
      const bool is_wider = hypothesis.scope > diagnosis.scope || (is_same_scope && has_more);
      if (!is_wider && !hypothesis.is_confirmed) return true;
      continue;
    }
    const double old = static_cast<double>(ScoreOf(seen, active).best());
    const bool is_alike = hypothesis.pool == kNone || hypothesis.is_pooled;
    const bool is_better = is_alike && hypothesis.score >= old + kLeadNats &&
                           FailsAlone(seen, diagnosis.sites[0], hypothesis.domain, active.domain);
    // Of a site: where nothing may be accused any more, what was in its first moments is not.
    const bool is_acquitted =
        hypothesis.name == FaultDomain::kUnknown && scene.now < diagnosis.confirmed + kRevisable;
    // What is left of a fault that ends joins with anything mild elsewhere: it does not spread. But
    // what was found in its first moment may not be it, and what is there then spreads.
    const bool spreads = hypothesis.scope > diagnosis.scope &&
                         (active.lasts_since < absl::InfiniteFuture() ||
                          PresenceNow(scene, hypothesis, /*was_there=*/false).is_there);
    const bool gives_way = spreads || (is_same_scope && (has_more || is_better || is_acquitted)) ||
                           (hypothesis.scope < diagnosis.scope &&
                            (std::ranges::includes(hypothesis.sites, diagnosis.sites) ||
                             (scene.now < diagnosis.confirmed + kRevisable &&
                              IsFarBetter(scene, hypothesis, active))));
    if (!hypothesis.is_confirmed || !gives_way) return true;
  }
  return false;
}

// Before a confirmed hypothesis is taken in: sites but `expected` begin to recover from here on.
void Diagnostician::NoteNewSites(const Scene& scene, const Hypothesis& hypothesis,
                                 const std::vector<SiteIndex>& expected, ActiveDiagnosis* active) {
  if (!hypothesis.is_confirmed) return;
  const std::vector<SiteIndex>& before = active->diagnosis.sites;
  for (const SiteIndex site : hypothesis.sites) {
    if (IsConfirmed(*active) && !std::binary_search(before.begin(), before.end(), site)) {
      const absl::Time rose = scene.observations->score(site, hypothesis.domain).rose;
      // What did not convict for long is no old part of it: of a mild fault elsewhere more is left
      // in the moment in which this one ends. Whom a mild fault reaches is found out in its first
      // moments, before each site has evidence of its own.
      const bool is_early = scene.now < active->diagnosis.confirmed + kReachesWithin;
      if (rose < absl::InfiniteFuture() || !is_early || active->joined.contains(site)) {
        active->joined[site] = std::clamp(rose, scene.now - kJoinsFrom, scene.now);
      }
    }
    if (std::binary_search(expected.begin(), expected.end(), site)) continue;
    scene.observations->ExpectRecovery(site, hypothesis.domain);
  }
}

// Who only went along leaves when more is known, and waits when it comes back; of the mute nothing
// is known. Who was hit stays, and waits, too, if what convicts leaves it out.
void Diagnostician::LetGo(const Scene& scene, const Hypothesis& hypothesis,
                          ActiveDiagnosis* active) {
  std::vector<SiteIndex>& sites = active->diagnosis.sites;
  std::erase_if(sites, [&](SiteIndex site) {
    if (!scene.attendance.is_heard(site) || std::ranges::binary_search(hypothesis.sites, site)) {
      return false;
    }
    if (hypothesis.is_confirmed || !std::ranges::binary_search(active->hit, site)) {
      active->joined[site] = scene.now;
    }
    return true;
  });
  sites = Union(sites, active->hit);
}

void Diagnostician::DropExplained(const std::set<std::uint64_t>& taken, Scene* scene) {
  const Domains& domains = scene->observations->domains();
  const auto is_own = [&](const ActiveDiagnosis& inner, const ActiveDiagnosis& outer) {
    const TargetIndex alone = domains[inner.domain].alone;
    const SiteIndex site = inner.diagnosis.sites[0];
    const bool is_behind = alone != kNone && !domains.Requires(outer.domain, alone, site);
    return inner.pool == kNone && IsConfirmed(inner) && !is_behind &&
           IsItsOwn(*scene->observations, site, inner.domain, outer.domain);
  };
  const auto is_explained = [&](const ActiveDiagnosis& inner) {
    return std::any_of(active_.begin(), active_.end(), [&](const ActiveDiagnosis& outer) {
      const bool has_more =
          domains[outer.domain].targets.size() > domains[inner.domain].targets.size();
      return (taken.contains(outer.diagnosis.id) || has_more) && IsConfirmed(outer) &&
             !IsSpecial(outer.diagnosis.domain) && !IsSpecial(inner.diagnosis.domain) &&
             domains.Explains(outer.domain, inner.domain) && !is_own(inner, outer) &&
             std::ranges::includes(outer.diagnosis.sites, inner.diagnosis.sites);
    });
  };
  for (std::size_t i = 0; i < active_.size();) {
    if (taken.contains(active_[i].diagnosis.id) || !is_explained(active_[i])) {
      ++i;
    } else {
      End(i, scene);
    }
  }
}

Presence Diagnostician::PresenceNow(const Scene& scene, const Hypothesis& hypothesis,
                                    bool was_there) {
  return PresenceOf(*scene.observations, scene.attendance,
                    {.domain = hypothesis.domain,
                     .severity = hypothesis.severity,
                     .since = std::min(hypothesis.rose, scene.now)},
                    hypothesis.hit, was_there, scene.now);
}

bool Diagnostician::Take(const Hypothesis& hypothesis, const Scene& scene,
                         ActiveDiagnosis* active) {
  Diagnosis& diagnosis = active->diagnosis;
  const bool is_new = active->domain == kNone;
  const bool is_same = !is_new && IsSame(hypothesis, *active);
  diagnosis.onset = std::min(diagnosis.onset, hypothesis.onset);
  const auto lasts_since = [&] {
    return IsSpecial(hypothesis.name) ? std::min(hypothesis.rose, scene.now)
                                      : PresenceNow(scene, hypothesis, /*was_there=*/true).since;
  };
  if (is_new || !IsConfirmed(*active)) {
    active->lasts_since = lasts_since();
    active->clock = active->lasts_since;
    active->was_there = true;
  } else if (const Domains& domains = scene.observations->domains();
             diagnosis.domain == FaultDomain::kUnknown ||
             domains[hypothesis.domain].remedy != domains[active->domain].remedy) {
    // While it was another fault there was nothing to move for.
    active->lasts_since = std::max(active->lasts_since, lasts_since());
    active->clock = active->lasts_since;
  }
  diagnosis.score = hypothesis.score;
  if (is_new) active->counted_from = hypothesis.onset;
  active->supported = scene.now;
  active->domain = hypothesis.domain;
  active->pool = hypothesis.pool;
  active->severity = hypothesis.severity;
  active->severity_now = hypothesis.severity;
  diagnosis.domain = hypothesis.name;
  diagnosis.hub = hypothesis.name == FaultDomain::kHub
                      ? scene.observations->domains()[hypothesis.domain].alone
                      : kNone;
  diagnosis.scope = hypothesis.scope;
  diagnosis.scope_name = hypothesis.scope_name;
  const bool goes_on = is_same && IsConfirmed(*active);
  NoteNewSites(scene, hypothesis, goes_on ? diagnosis.sites : std::vector<SiteIndex>(), active);
  diagnosis.sites = hypothesis.sites;
  active->hit = hypothesis.hit;
  diagnosis.runners_up =
      RunnersUp(fleet_, *scene.observations, scene.attendance, hypothesis, scene.now);
  const bool becomes_confirmed = hypothesis.is_confirmed && !goes_on;
  if (hypothesis.is_confirmed) {
    if (!IsConfirmed(*active)) diagnosis.confirmed = scene.now;
    diagnosis.state = DiagnosisState::kConfirmed;
    active->counted_from = diagnosis.onset;
  }
  Describe(scene, active);
  return is_new || becomes_confirmed || !is_same;
}

}  // namespace dialtone::detector
