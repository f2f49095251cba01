#include "detector/evidence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostSitesDescribed = 64;
// An agent says something at least this often.
constexpr absl::Duration kBatchEvery = absl::Seconds(1);

std::vector<Evidence> OfProbes(const Fleet& fleet, const Observations& observations,
                               const Diagnosis& diagnosis, DomainIndex domain) {
  std::vector<Evidence> evidence;
  for (std::size_t i = 0; i < std::min(diagnosis.sites.size(), kMostSitesDescribed); ++i) {
    const SiteIndex site = diagnosis.sites[i];
    for (const PathIndex index : observations.paths().OfSite(site)) {
      const TargetIndex target = observations.paths().target(index);
      const TargetRole role = fleet.targets[static_cast<std::size_t>(target)].role;
      const bool is_accused = observations.domains().Contains(domain, target);
      const bool is_witness = !is_accused && role == TargetRole::kInternetWitness;
      if (!is_accused && !is_witness) continue;
      const PathHealth& path = observations.path(index);
      // A stream counts when it ends; its result is remembered by when it began.
      const PathHealth::Count count =
          path.Since(IsMedia(role) ? diagnosis.onset - kStreamLasts : diagnosis.onset);
      if (count.all == 0) continue;
      evidence.push_back({.site = site,
                          .target = target,
                          .bad = count.bad,
                          .probes = count.all,
                          .detail = count.bad > 0 ? path.bad_detail() : "",
                          .is_witness = is_witness});
    }
  }
  return evidence;
}

// Refusals are remembered as a run: they are no health and no fault of the target.
std::vector<Evidence> OfRefusals(const Observations& observations, const Diagnosis& diagnosis,
                                 DomainIndex domain) {
  std::vector<Evidence> evidence;
  for (const SiteIndex site : diagnosis.sites) {
    for (const PathIndex index : observations.paths().OfSite(site)) {
      const TargetIndex target = observations.paths().target(index);
      const PathHealth& path = observations.path(index);
      const int refusals = path.own_configuration_streak();
      if (!observations.domains().Contains(domain, target) || refusals == 0) continue;
      evidence.push_back({.site = site,
                          .target = target,
                          .bad = refusals,
                          .probes = refusals,
                          .detail = path.detail()});
    }
  }
  return evidence;
}

std::vector<Evidence> OfSilence(const Fleet& fleet, const Observations& observations,
                                const Attendance& attendance, const Diagnosis& diagnosis,
                                TargetIndex uplink, absl::Time now) {
  const absl::Time last = attendance.last_batch(diagnosis.sites[0]);
  const absl::Duration silence = absl::Floor(now - last, kBatchEvery);
  const auto missed = static_cast<int>(silence / kBatchEvery);
  std::vector<Evidence> evidence = {
      {.site = diagnosis.sites[0],
       .bad = missed,
       .probes = missed,
       .detail = absl::StrCat("no batch for ", absl::FormatDuration(silence))}};
  for (const SiteIndex site : fleet.targets[static_cast<std::size_t>(uplink)].sites) {
    const PathHealth* const path = observations.Find(site, uplink);
    if (site == diagnosis.sites[0] || path == nullptr || !attendance.is_heard(site)) continue;
    const PathHealth::Count count = path->Since(last);
    if (count.all == 0) continue;
    evidence.push_back({.site = site,
                        .target = uplink,
                        .bad = count.bad,
                        .probes = count.all,
                        .detail = count.bad > 0 ? path->bad_detail() : ""});
  }
  return evidence;
}

}  // namespace

std::vector<Evidence> EvidenceFor(const Fleet& fleet, const Observations& observations,
                                  const Attendance& attendance, const Diagnosis& diagnosis,
                                  DomainIndex domain, absl::Time now) {
  if (diagnosis.domain == FaultDomain::kUnreachable) {
    return OfSilence(fleet, observations, attendance, diagnosis,
                     observations.domains()[domain].alone, now);
  }
  std::vector<Evidence> evidence = diagnosis.domain == FaultDomain::kCertificate
                                       ? OfRefusals(observations, diagnosis, domain)
                                       : OfProbes(fleet, observations, diagnosis, domain);
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const Evidence& a, const Evidence& b) { return a.bad > b.bad; });
  return evidence;
}

bool HasBad(const std::vector<Evidence>& evidence) {
  return std::any_of(evidence.begin(), evidence.end(),
                     [](const Evidence& one) { return one.bad > 0 && !one.is_witness; });
}

}  // namespace dialtone::detector
