#include "detector/thresholds.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "detector/domains.h"
#include "detector/paths.h"

namespace dialtone::detector {
namespace {

constexpr double kLasting = 0.01;
constexpr double kSecondsOfYear = 365.25 * 24 * 3600;
constexpr double kVotesAbove = 8;
constexpr double kHearings = 4;
constexpr double kLeast = 14;
constexpr double kMost = 40;

bool IsMicrosofts(TargetRole role) {
  return IsTeams(role) || role == TargetRole::kMicrosoft365Witness;
}

}  // namespace

Thresholds ThresholdsOf(const Policy& policy, const Fleet& fleet) {
  std::vector<double> rates(fleet.sites.size(), 0);
  for (const Target& target : fleet.targets) {
    if (!IsMicrosofts(target.role)) continue;
    const double rate = 1 / absl::ToDoubleSeconds(IntervalOf(target, policy));
    for (const SiteIndex site : target.sites) rates[static_cast<std::size_t>(site)] += rate;
  }
  double fastest = 0;
  double all = 0;
  for (const double rate : rates) {
    fastest = std::max(fastest, rate);
    all += rate;
  }
  const auto nats = [](double rate, double seconds, double budget) {
    return std::clamp(std::log(std::max(kLasting * rate * seconds / budget, 1.0)), kLeast, kMost);
  };
  Thresholds thresholds;
  thresholds.site = nats(fastest, kSecondsOfYear, policy.false_flips_per_site_year);
  thresholds.wide = std::max(thresholds.site, nats(kHearings * all, 10 * kSecondsOfYear,
                                                   policy.false_flips_per_system_decade));
  thresholds.votes = thresholds.wide + kVotesAbove;
  return thresholds;
}

}  // namespace dialtone::detector
