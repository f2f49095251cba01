#include "detector/diagnosis.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "detector/saved_fields.h"
#include "detector/sentence.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostEvidence = 20;
// Answers in a row that say: it is our own certificate or configuration.
constexpr int kOwnConfigurationRun = 3;
// A suspicion is over when its scores have fallen this low.
constexpr double kForgottenNats = 4;
constexpr absl::string_view kKey = "diagnosis/";

bool IsSpecial(FaultDomain name) {
  return name == FaultDomain::kCertificate || name == FaultDomain::kUnreachable;
}

bool Intersect(const std::vector<SiteIndex>& a, const std::vector<SiteIndex>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&b](SiteIndex site) { return std::binary_search(b.begin(), b.end(), site); });
}

std::vector<SiteIndex> Union(const std::vector<SiteIndex>& a, const std::vector<SiteIndex>& b) {
  std::vector<SiteIndex> both;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

// Whether a hypothesis and a diagnosis are about the same evidence.
bool Concerns(const Hypothesis& hypothesis, const ActiveDiagnosis& active, const Domains& domains) {
  const Diagnosis& diagnosis = active.diagnosis;
  if (IsSpecial(hypothesis.name) || IsSpecial(diagnosis.domain)) {
    return hypothesis.name == diagnosis.domain && hypothesis.domain == active.domain &&
           hypothesis.sites == diagnosis.sites;
  }
  return domains.Overlap(hypothesis.domain, active.domain) &&
         Intersect(hypothesis.sites, diagnosis.sites);
}

bool IsConfirmed(const ActiveDiagnosis& active) {
  return active.diagnosis.state == DiagnosisState::kConfirmed;
}

}  // namespace

std::vector<DiagnosisChange> Diagnostician::Update(Observations* observations,
                                                   const Attendance& attendance, Agenda* agenda) {
  const absl::Time now = agenda->now();
  std::vector<DiagnosisChange> changes;
  std::vector<Hypothesis> hypotheses = Explanations(*observations, attendance);

  for (auto active = active_.begin(); active != active_.end();) {
    const bool is_explained =
        std::any_of(hypotheses.begin(), hypotheses.end(), [&](const Hypothesis& hypothesis) {
          return Concerns(hypothesis, *active, observations->domains());
        });
    if (!IsOver(*active, *observations, attendance, is_explained)) {
      ++active;
      continue;
    }
    Diagnosis over = std::move(active->diagnosis);
    over.state = DiagnosisState::kEnded;
    over.ended = now;
    if (!IsSpecial(over.domain)) {
      for (const SiteIndex site : over.sites) observations->Clear(site, active->domain, now);
    }
    active = active_.erase(active);
    changes.push_back({over});
    past_.insert(past_.begin(), std::move(over));
    hypotheses = Explanations(*observations, attendance);
  }
  std::set<std::uint64_t> taken;
  for (const Hypothesis& hypothesis : hypotheses) {
    if (IsCovered(hypothesis, observations->domains())) continue;
    auto match = std::find_if(active_.begin(), active_.end(), [&](const ActiveDiagnosis& active) {
      return !taken.contains(active.diagnosis.id) &&
             Concerns(hypothesis, active, observations->domains());
    });
    if (match == active_.end()) {
      active_.push_back({.diagnosis = {.id = ++last_id_, .suspected = now}});
      match = active_.end() - 1;
    }
    taken.insert(match->diagnosis.id);
    if (Take(hypothesis, *observations, now, &*match)) changes.push_back({match->diagnosis});
  }
  DropExplained(taken, observations->domains(), now, &changes);
  while (!past_.empty() &&
         (past_.back().ended + kRemembered <= now || past_.size() > kMostRemembered)) {
    past_.pop_back();
  }
  return changes;
}

// A diagnosis gives way only to a wider scope, or to a domain of more targets; a suspicion also to
// whatever is confirmed. What is narrower is a part of it, or what remains while it recovers: that
// begins anew, from new evidence, if the fault really shrank.
bool Diagnostician::IsCovered(const Hypothesis& hypothesis, const Domains& domains) {
  for (ActiveDiagnosis& active : active_) {
    Diagnosis& diagnosis = active.diagnosis;
    if (!Concerns(hypothesis, active, domains)) continue;
    if (hypothesis.domain == active.domain && hypothesis.scope == diagnosis.scope &&
        hypothesis.scope_name == diagnosis.scope_name && hypothesis.name == diagnosis.domain) {
      if (!IsConfirmed(active) && hypothesis.is_confirmed) return false;
      diagnosis.score = hypothesis.score;
      diagnosis.sites = Union(diagnosis.sites, hypothesis.sites);
      return true;
    }
    const bool is_wider =
        hypothesis.scope > diagnosis.scope ||
        (hypothesis.scope == diagnosis.scope &&
         domains[hypothesis.domain].targets.size() > domains[active.domain].targets.size());
    if (IsConfirmed(active) ? !is_wider || !hypothesis.is_confirmed
                            : !is_wider && !hypothesis.is_confirmed) {
      return true;
    }
  }
  return false;
}

// What a wider diagnosis has come to explain is no fault of its own any more.
void Diagnostician::DropExplained(const std::set<std::uint64_t>& taken, const Domains& domains,
                                  absl::Time now, std::vector<DiagnosisChange>* changes) {
  const auto is_explained = [&](const ActiveDiagnosis& inner) {
    return std::any_of(active_.begin(), active_.end(), [&](const ActiveDiagnosis& outer) {
      const std::vector<SiteIndex>& sites = outer.diagnosis.sites;
      return taken.contains(outer.diagnosis.id) && IsConfirmed(outer) &&
             !IsSpecial(outer.diagnosis.domain) && !IsSpecial(inner.diagnosis.domain) &&
             domains.Overlap(outer.domain, inner.domain) &&
             std::includes(sites.begin(), sites.end(), inner.diagnosis.sites.begin(),
                           inner.diagnosis.sites.end());
    });
  };
  for (auto active = active_.begin(); active != active_.end();) {
    if (taken.contains(active->diagnosis.id) || !is_explained(*active)) {
      ++active;
      continue;
    }
    active->diagnosis.state = DiagnosisState::kEnded;
    active->diagnosis.ended = now;
    changes->push_back({active->diagnosis});
    past_.insert(past_.begin(), std::move(active->diagnosis));
    active = active_.erase(active);
  }
}

// Those that likelihood names, and those that none does: our own certificate, and a site that is
// dark altogether.
std::vector<Hypothesis> Diagnostician::Explanations(const Observations& observations,
                                                    const Attendance& attendance) const {
  std::vector<Hypothesis> found = Hypotheses(fleet_, observations, attendance);
  const auto add = [&](FaultDomain name, SiteIndex site, TargetIndex target, absl::Time onset) {
    found.push_back({.domain = observations.domains().alone(target),
                     .name = name,
                     .scope = Scope::kSite,
                     .scope_name = fleet_.sites[static_cast<std::size_t>(site)].name,
                     .sites = {site},
                     .is_confirmed = true,
                     .onset = onset});
  };
  for (TargetIndex target = 0; target < static_cast<int>(fleet_.targets.size()); ++target) {
    const Target& what = fleet_.targets[static_cast<std::size_t>(target)];
    if (what.role != TargetRole::kSiteUplink) {
      for (const SiteIndex site : what.sites) {
        const PathHealth* const path = observations.Find(site, target);
        if (attendance.is_heard(site) && path->own_configuration_streak() >= kOwnConfigurationRun) {
          add(FaultDomain::kCertificate, site, target, path->last_sent());
        }
      }
      continue;
    }
    const SiteIndex dark = what.of_site;
    if (dark == kNone || attendance.is_heard(dark) || !attendance.is_known(dark)) continue;
    int others = 0;
    int bad = 0;
    bool vantage_is_bad = false;
    for (const SiteIndex site : what.sites) {
      if (site == dark || !attendance.is_heard(site)) continue;
      const bool is_bad = observations.Find(site, target)->bad_streak() >= 2;
      if (fleet_.sites[static_cast<std::size_t>(site)].is_vantage) {
        vantage_is_bad |= is_bad;
        continue;
      }
      ++others;
      if (is_bad) ++bad;
    }
    if (vantage_is_bad && bad >= std::min(2, others)) {
      add(FaultDomain::kUnreachable, dark, target, attendance.last_batch(dark));
    }
  }
  return found;
}

bool Diagnostician::IsOver(const ActiveDiagnosis& active, const Observations& observations,
                           const Attendance& attendance, bool is_explained) const {
  const Diagnosis& diagnosis = active.diagnosis;
  if (diagnosis.domain == FaultDomain::kUnreachable) {
    return attendance.is_heard(diagnosis.sites[0]) || !is_explained;
  }
  if (diagnosis.domain == FaultDomain::kCertificate) {
    return attendance.is_heard(diagnosis.sites[0]) && !is_explained;
  }
  if (HasRecovered(active, observations, attendance)) return true;
  if (IsConfirmed(active) || is_explained) return false;
  double nats = 0;
  for (const SiteIndex site : diagnosis.sites) {
    nats += static_cast<double>(observations.score(site, active.domain).best());
  }
  return nats < kForgottenNats;
}

bool Diagnostician::HasRecovered(const ActiveDiagnosis& active, const Observations& observations,
                                 const Attendance& attendance) const {
  const int run = kGoodRun[active.severity];
  int paths = 0;
  int good = 0;
  for (const SiteIndex site : active.diagnosis.sites) {
    if (!attendance.is_heard(site)) continue;
    for (const TargetIndex target : observations.domains()[active.domain].targets) {
      const PathHealth* const path = observations.Find(site, target);
      if (path == nullptr) continue;
      ++paths;
      if (path->GoodRunSince(active.counted_from) >= run) ++good;
    }
  }
  const double share = active.severity == 0 ? kRecoveredHard : kRecoveredPartial;
  return paths > 0 && good >= share * paths;
}

// Names the diagnosis by the hypothesis. Returns whether that is worth telling.
bool Diagnostician::Take(const Hypothesis& hypothesis, const Observations& observations,
                         absl::Time now, ActiveDiagnosis* active) {
  Diagnosis& diagnosis = active->diagnosis;
  const bool is_new = active->domain == kNone;
  const bool is_same = !is_new && diagnosis.domain == hypothesis.name &&
                       active->domain == hypothesis.domain && diagnosis.scope == hypothesis.scope &&
                       diagnosis.scope_name == hypothesis.scope_name;
  diagnosis.onset = std::min(diagnosis.onset, hypothesis.onset);
  const absl::Time rose = std::min(hypothesis.rose, now);
  active->lasts_since = IsConfirmed(*active) ? std::min(active->lasts_since, rose) : rose;
  diagnosis.score = hypothesis.score;
  if (is_new) active->counted_from = hypothesis.onset;
  const bool becomes_confirmed = hypothesis.is_confirmed;
  active->domain = hypothesis.domain;
  active->severity = hypothesis.severity;
  diagnosis.domain = hypothesis.name;
  diagnosis.hub = hypothesis.name == FaultDomain::kHub
                      ? observations.domains()[hypothesis.domain].alone
                      : kNone;
  diagnosis.scope = hypothesis.scope;
  diagnosis.scope_name = hypothesis.scope_name;
  diagnosis.sites = hypothesis.sites;
  diagnosis.runners_up = hypothesis.runners_up;
  if (becomes_confirmed) {
    diagnosis.state = DiagnosisState::kConfirmed;
    diagnosis.confirmed = now;
    active->counted_from = diagnosis.onset;
  }
  Describe(observations, active);
  return is_new || becomes_confirmed || !is_same;
}

void Diagnostician::Describe(const Observations& observations, ActiveDiagnosis* active) const {
  Diagnosis& diagnosis = active->diagnosis;
  diagnosis.evidence.clear();
  for (const SiteIndex site : diagnosis.sites) {
    for (const PathIndex index : observations.paths().OfSite(site)) {
      const TargetIndex target = observations.paths().target(index);
      const bool is_accused = observations.domains().Contains(active->domain, target);
      const bool is_witness =
          !is_accused &&
          fleet_.targets[static_cast<std::size_t>(target)].role == TargetRole::kInternetWitness;
      if (!is_accused && !is_witness) continue;
      const PathHealth& path = observations.path(index);
      const PathHealth::Count count = path.Since(diagnosis.onset);
      diagnosis.evidence.push_back({.site = site,
                                    .target = target,
                                    .bad = count.bad,
                                    .probes = count.all,
                                    .detail = count.bad > 0 ? path.bad_detail() : "",
                                    .is_witness = is_witness});
    }
  }
  if (diagnosis.domain == FaultDomain::kUnreachable) diagnosis.evidence.clear();
  std::stable_sort(diagnosis.evidence.begin(), diagnosis.evidence.end(),
                   [](const Evidence& a, const Evidence& b) { return a.bad > b.bad; });
  diagnosis.sentence = DiagnosisSentence(fleet_, diagnosis);
  if (diagnosis.evidence.size() > kMostEvidence) diagnosis.evidence.resize(kMostEvidence);
}

void Diagnostician::Save(std::map<std::string, std::string>* journal) const {
  (*journal)["last_diagnosis"] = absl::StrCat(last_id_);
  for (const ActiveDiagnosis& active : active_) {
    const Diagnosis& diagnosis = active.diagnosis;
    if (!IsConfirmed(active) || IsSpecial(diagnosis.domain)) continue;
    FieldWriter fields;
    fields.Add(Word(diagnosis.domain));
    fields.Add(
        diagnosis.hub == kNone ? "" : fleet_.targets[static_cast<std::size_t>(diagnosis.hub)].name);
    fields.Add(Word(diagnosis.scope));
    fields.Add(diagnosis.scope_name);
    fields.Add(static_cast<std::int64_t>(active.severity));
    fields.Add(diagnosis.onset);
    fields.Add(diagnosis.suspected);
    fields.Add(diagnosis.confirmed);
    fields.Add(active.lasts_since);
    fields.Add(diagnosis.sentence);
    for (const SiteIndex site : diagnosis.sites) {
      fields.Add(fleet_.sites[static_cast<std::size_t>(site)].name);
    }
    (*journal)[absl::StrCat(kKey, diagnosis.id)] = fields.text();
  }
}

void Diagnostician::Restore(const std::map<std::string, std::string>& journal,
                            const Observations& observations, absl::Time now) {
  if (const auto last = journal.find("last_diagnosis"); last != journal.end()) {
    (void)absl::SimpleAtoi(last->second, &last_id_);
  }
  for (const auto& [key, value] : journal) {
    ActiveDiagnosis active{.counted_from = now};
    Diagnosis& diagnosis = active.diagnosis;
    if (!absl::StartsWith(key, kKey)) continue;
    if (!absl::SimpleAtoi(absl::string_view(key).substr(kKey.size()), &diagnosis.id)) continue;
    FieldReader fields(value);
    diagnosis.domain = FaultDomainOf(fields.Text());
    const std::string hub = fields.Text();
    diagnosis.scope = ScopeOf(fields.Text());
    diagnosis.scope_name = fields.Text();
    active.severity = static_cast<int>(std::clamp<std::int64_t>(fields.Number(), 0, 3));
    diagnosis.onset = fields.Time();
    diagnosis.suspected = fields.Time();
    diagnosis.confirmed = fields.Time();
    active.lasts_since = fields.Time();
    diagnosis.sentence = fields.Text();
    while (!fields.at_end()) {
      const std::string name = fields.Text();
      for (SiteIndex site = 0; site < static_cast<int>(fleet_.sites.size()); ++site) {
        if (fleet_.sites[static_cast<std::size_t>(site)].name == name) {
          diagnosis.sites.push_back(site);
        }
      }
    }
    std::sort(diagnosis.sites.begin(), diagnosis.sites.end());
    for (TargetIndex target = 0; target < static_cast<int>(fleet_.targets.size()); ++target) {
      if (!hub.empty() && fleet_.targets[static_cast<std::size_t>(target)].name == hub) {
        diagnosis.hub = target;
      }
    }
    active.domain = diagnosis.hub != kNone ? observations.domains().alone(diagnosis.hub)
                                           : observations.domains().Find(diagnosis.domain);
    // What the configuration no longer knows is dropped; evidence will name it anew.
    if (!fields.ok() || active.domain == kNone || diagnosis.sites.empty()) continue;
    diagnosis.state = DiagnosisState::kConfirmed;
    last_id_ = std::max(last_id_, diagnosis.id);
    active_.push_back(std::move(active));
  }
}

}  // namespace dialtone::detector
