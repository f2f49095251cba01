#include "detector/paths.h"

#include <algorithm>

namespace dialtone::detector {

Paths::Paths(const Fleet& fleet) {
  of_site_.resize(fleet.sites.size());
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const std::vector<SiteIndex>& sites = fleet.targets[static_cast<std::size_t>(target)].sites;
    of_target_.push_back({.first = size(),
                          .count = static_cast<int>(sites.size()),
                          .is_dense = sites.size() == fleet.sites.size()});
    for (const SiteIndex site : sites) {
      of_site_[static_cast<std::size_t>(site)].push_back(size());
      ends_.push_back({.site = site, .target = target});
    }
  }
}

PathIndex Paths::Find(SiteIndex site, TargetIndex target) const {
  const Span& span = of_target_[static_cast<std::size_t>(target)];
  if (span.is_dense) return span.first + site;
  const auto first = ends_.begin() + span.first;
  const auto last = first + span.count;
  const auto found = std::lower_bound(
      first, last, site, [](const Ends& ends, SiteIndex wanted) { return ends.site < wanted; });
  if (found == last || found->site != site) return kNone;
  return static_cast<PathIndex>(found - ends_.begin());
}

absl::Duration IntervalOf(const Target& target, const Policy& policy) {
  if (target.interval > absl::ZeroDuration()) return target.interval;
  switch (target.role) {
    case TargetRole::kTeamsHub:
    case TargetRole::kTeamsMediaRelay:
    case TargetRole::kSignIn:
    case TargetRole::kMicrosoft365Witness:
    case TargetRole::kTestCall:
      return policy.microsoft_interval;
    case TargetRole::kInternetWitness:
    case TargetRole::kIspWitness:
    case TargetRole::kLanGateway:
    case TargetRole::kVoiceLayer:
    case TargetRole::kBackupHop:
    case TargetRole::kSiteUplink:
    case TargetRole::kCarrierTrunk:
    case TargetRole::kVoiceLayerMedia:
    case TargetRole::kDnsResolver:
      return policy.witness_interval;
  }
  return policy.witness_interval;
}

}  // namespace dialtone::detector
