// What a restart must not lose: the diagnoses that are confirmed.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "detector/diagnosis.h"
#include "detector/saved_fields.h"

namespace dialtone::detector {
namespace {

constexpr absl::string_view kKey = "diagnosis/";

}  // namespace

bool IsSpecial(FaultDomain name) {
  return name == FaultDomain::kCertificate || name == FaultDomain::kUnreachable;
}

void Diagnostician::Save(std::map<std::string, std::string>* journal) const {
  (*journal)["last_diagnosis"] = absl::StrCat(last_id_);
  for (const ActiveDiagnosis& active : active_) {
    const Diagnosis& diagnosis = active.diagnosis;
    if (diagnosis.state != DiagnosisState::kConfirmed || IsSpecial(diagnosis.domain)) continue;
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
    active.severity =
        static_cast<int>(std::clamp<std::int64_t>(fields.Number(), 0, kWithLossy - 1));
    active.severity_now = active.severity;
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
    active.is_restored = true;
    active.told_of = active.diagnosis.sites.size();
    active.hit = diagnosis.sites;
    for (ScopeIndex scope = 0; scope < observations.scopes().size(); ++scope) {
      if (observations.scopes()[scope].kind == diagnosis.scope &&
          observations.scopes()[scope].name == diagnosis.scope_name) {
        active.pool = scope;
      }
    }
    // What the configuration no longer knows is dropped; evidence will name it anew.
    if (!fields.ok() || active.domain == kNone || diagnosis.sites.empty()) continue;
    diagnosis.state = DiagnosisState::kConfirmed;
    last_id_ = std::max(last_id_, diagnosis.id);
    active_.push_back(std::move(active));
  }
}

}  // namespace dialtone::detector
