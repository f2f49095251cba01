#include "detector/recovery.h"

#include <algorithm>

namespace dialtone::detector {
namespace {

// Rounding of floats that add up to exactly what is needed.
constexpr double kRounding = 0.999;

}  // namespace

bool Recovery::OfAll(const std::vector<SiteIndex>& sites, absl::Time now) const {
  double nats = 0;
  for (const SiteIndex site : sites) {
    if (!attendance_.is_heard(site)) continue;
    for (const TargetIndex target : observations_.domains()[charge_.domain].targets) {
      const PathHealth* const path = observations_.Find(site, target);
      if (path == nullptr) continue;
      if (path->last_bad_sent() + kQuiet > now) return false;
      nats += static_cast<double>(path->RecoveredNats(charge_.severity, charge_.since));
    }
  }
  return nats >= kNats;
}

bool Recovery::Of(SiteIndex site, bool all_recover) const {
  if (!attendance_.is_heard(site)) return all_recover;
  int well = 0;  // paths whose last result is good
  std::vector<double> recovered;
  for (const TargetIndex target : observations_.domains()[charge_.domain].targets) {
    const PathHealth* const path = observations_.Find(site, target);
    if (path == nullptr) continue;
    if (path->bad_streak() == 0) ++well;
    recovered.push_back(static_cast<double>(path->RecoveredNats(charge_.severity, charge_.since)));
  }
  if (recovered.empty()) return all_recover;
  const double needed =
      (charge_.severity == 0 ? kShareHard : kSharePartial) * static_cast<double>(recovered.size());
  if (well < needed) return false;
  if (all_recover) return true;
  // No path speaks for more than its part.
  double nats = 0;
  for (const double value : recovered) nats += std::min(value, kNats / needed);
  return nats >= kNats * kRounding;
}

}  // namespace dialtone::detector
