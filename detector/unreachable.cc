#include "detector/unreachable.h"

#include <algorithm>

namespace dialtone::detector {
namespace {

// Bad results in a row: the uplink has failed whoever probes it.
constexpr int kFailed = 2;
constexpr int kOthersWhoFail = 2;

bool IspIsAlive(const Observations& observations, const Attendance& attendance, SiteIndex dark) {
  const Scopes& scopes = observations.scopes();
  bool has_neighbour = false;
  for (const SiteIndex site : scopes[Scopes::kEveryone].sites) {
    if (site == dark || scopes.IspOf(site) != scopes.IspOf(dark)) continue;
    has_neighbour = true;
    if (attendance.is_heard(site) &&
        observations.last_internet_good(site) >= attendance.last_batch(dark)) {
      return true;
    }
  }
  return !has_neighbour;
}

}  // namespace

bool IsUnreachable(const Fleet& fleet, const Observations& observations,
                   const Attendance& attendance, TargetIndex uplink) {
  const Target& what = fleet.targets[static_cast<std::size_t>(uplink)];
  int others = 0;
  int bad = 0;
  bool has_vantage = false;
  bool vantage_fails = false;
  for (const SiteIndex site : what.sites) {
    if (site == what.of_site || !attendance.is_heard(site)) continue;
    const bool fails = observations.Find(site, uplink)->bad_streak() >= kFailed;
    if (fleet.sites[static_cast<std::size_t>(site)].is_vantage) {
      has_vantage = true;
      vantage_fails |= fails;
      continue;
    }
    ++others;
    if (fails) ++bad;
  }
  if (has_vantage ? !vantage_fails : bad <= kOthersWhoFail) return false;
  return bad >= std::min(kOthersWhoFail, others) &&
         IspIsAlive(observations, attendance, what.of_site);
}

std::optional<Hypothesis> Unreachable(const Fleet& fleet, const Observations& observations,
                                      const Attendance& attendance, TargetIndex uplink) {
  const SiteIndex dark = fleet.targets[static_cast<std::size_t>(uplink)].of_site;
  if (attendance.is_heard(dark) || !attendance.is_known(dark) ||
      !IsUnreachable(fleet, observations, attendance, uplink)) {
    return std::nullopt;
  }
  return Hypothesis{.domain = observations.domains().alone(uplink),
                    .name = FaultDomain::kUnreachable,
                    .scope = Scope::kSite,
                    .scope_name = fleet.sites[static_cast<std::size_t>(dark)].name,
                    .sites = {dark},
                    .is_confirmed = true,
                    .onset = attendance.last_batch(dark)};
}

}  // namespace dialtone::detector
