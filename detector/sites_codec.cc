// Sites of operator_codec.h: some sites of the view, worst first.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "detector/enum_codec.h"
#include "detector/operator_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

constexpr int kMostFailing = 20;

// Of the groups whose users sit at each site.
struct SiteNumbers {
  std::uint64_t all = 0;
  std::uint64_t off_home = 0;
};

bool IsHome(const GroupView& group) {
  return group.confirmed.size() == 1 && group.confirmed[0].route == group.home_route;
}

std::vector<SiteNumbers> CountNumbers(const Fleet& fleet, const View& view) {
  std::vector<SiteNumbers> numbers(fleet.sites.size());
  for (const GroupView& group : view.groups) {
    const SiteIndex site = fleet.groups[static_cast<size_t>(group.group)].site;
    SiteNumbers& here = numbers[static_cast<size_t>(site)];
    here.all += group.numbers;
    if (!group.confirmed.empty() && !IsHome(group)) here.off_home += group.numbers;
  }
  return numbers;
}

bool Matches(const v1::SitesRequest& request, const v1::SiteStatus& site) {
  return (request.region().empty() || request.region() == site.region()) &&
         (request.isp().empty() || request.isp() == site.isp()) &&
         (request.health() == v1::HEALTH_UNSPECIFIED || request.health() == site.health()) &&
         (!request.mute() || site.is_mute()) &&
         (!request.off_home() || site.numbers_off_home() > 0);
}

// Failing before suspect before silent before healthy.
int Badness(const v1::SiteStatus& site) {
  switch (site.health()) {
    case v1::FAILED:
      return 4;
    case v1::SUSPECT:
      return 3;
    case v1::HEALTHY:
      return site.is_mute() ? 2 : 0;
    default:  // proto enums are open
      return site.is_mute() ? 2 : 1;
  }
}

void AddFailing(v1::SiteStatus* site) {
  for (const v1::PathStatus& path : site->paths()) {
    if (path.health() != v1::FAILED && path.health() != v1::SUSPECT) continue;
    if (site->failing_size() == kMostFailing) return;
    site->add_failing(path.target());
  }
}

}  // namespace

absl::StatusOr<v1::SitesResponse> EncodeSites(const Fleet& fleet, const View& view,
                                              const v1::SitesRequest& request, absl::Time now) {
  absl::flat_hash_set<std::string> named(request.sites().begin(), request.sites().end());
  const bool all = named.empty();
  const std::vector<SiteNumbers> numbers = CountNumbers(fleet, view);
  absl::flat_hash_set<SiteIndex> shown;
  v1::SitesResponse response;
  for (const SiteView& seen : view.sites) {
    if (named.erase(fleet.sites[static_cast<size_t>(seen.site)].name) == 0 && !all) continue;
    v1::SiteStatus site = EncodeSite(fleet, seen);
    AddFailing(&site);
    site.set_numbers(numbers[static_cast<size_t>(seen.site)].all);
    site.set_numbers_off_home(numbers[static_cast<size_t>(seen.site)].off_home);
    if (!Matches(request, site)) continue;
    if (!request.details()) site.clear_paths();
    shown.insert(seen.site);
    *response.add_sites() = std::move(site);
  }
  if (!named.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no site is called \"", *std::min_element(named.begin(), named.end()), "\""));
  }
  std::sort(response.mutable_sites()->begin(), response.mutable_sites()->end(),
            [](const v1::SiteStatus& a, const v1::SiteStatus& b) {
              return std::tuple(-Badness(a), a.site()) < std::tuple(-Badness(b), b.site());
            });
  response.set_configured(static_cast<std::uint32_t>(fleet.sites.size()));
  *response.mutable_time() = ToProto(now);
  if (!request.details()) return response;
  for (const GroupView& group : view.groups) {
    if (!shown.contains(fleet.groups[static_cast<size_t>(group.group)].site)) continue;
    *response.add_groups() = EncodeGroup(fleet, group);
  }
  for (const Diagnosis& diagnosis : view.diagnoses) {
    const bool hits = std::any_of(diagnosis.sites.begin(), diagnosis.sites.end(),
                                  [&](SiteIndex site) { return shown.contains(site); });
    if (hits) *response.add_diagnoses() = EncodeDiagnosis(fleet, diagnosis);
  }
  return response;
}

}  // namespace dialtone::detector
