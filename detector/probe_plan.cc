#include "detector/probe_plan.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace dialtone::detector {
namespace {

// (sqrt(5) - 1) / 2. Its multiples, modulo 1, are spread as evenly as any sequence's can be.
constexpr double kGoldenRatio = 0.6180339887498949;

// Takes from both lists in turn, spreading the shorter one over the longer.
std::vector<TargetIndex> Interleave(const std::vector<TargetIndex>& a,
                                    const std::vector<TargetIndex>& b) {
  std::vector<TargetIndex> merged;
  size_t from_a = 0;
  size_t from_b = 0;
  while (from_a < a.size() || from_b < b.size()) {
    // The list that is behind its share of the way goes next.
    const bool a_next =
        from_b == b.size() || (from_a < a.size() && from_a * b.size() <= from_b * a.size());
    merged.push_back(a_next ? a[from_a++] : b[from_b++]);
  }
  return merged;
}

}  // namespace

bool IsMicrosoft(TargetRole role) {
  switch (role) {
    case TargetRole::kTeamsHub:
    case TargetRole::kTeamsMediaRelay:
    case TargetRole::kSignIn:
    case TargetRole::kMicrosoft365Witness:
    case TargetRole::kTestCall:
      return true;
    case TargetRole::kInternetWitness:
    case TargetRole::kIspWitness:
    case TargetRole::kLanGateway:
    case TargetRole::kVoiceLayer:
    case TargetRole::kBackupHop:
    case TargetRole::kSiteUplink:
    case TargetRole::kCarrierTrunk:
    case TargetRole::kVoiceLayerMedia:
    case TargetRole::kDnsResolver:
      return false;
  }
  return false;
}

std::vector<PlannedProbe> PlanProbes(const Fleet& fleet, SiteIndex site) {
  struct Slots {
    std::vector<TargetIndex> microsoft;
    std::vector<TargetIndex> witnesses;
  };
  std::map<absl::Duration, Slots> by_interval;
  for (size_t i = 0; i < fleet.targets.size(); ++i) {
    const Target& target = fleet.targets[i];
    if (!std::binary_search(target.sites.begin(), target.sites.end(), site)) continue;
    Slots& slots = by_interval[target.interval];
    (IsMicrosoft(target.role) ? slots.microsoft : slots.witnesses)
        .push_back(static_cast<TargetIndex>(i));
  }

  std::vector<PlannedProbe> plan;
  for (const auto& [interval, slots] : by_interval) {
    const std::vector<TargetIndex> turn = Interleave(slots.microsoft, slots.witnesses);
    // Intervals are mostly multiples of each other: without Microsoft's targets in it, a class
    // stands half a slot aside, so that its probes do not fall onto theirs.
    const double aside = slots.microsoft.empty() ? 0.5 : 0.0;
    for (size_t slot = 0; slot < turn.size(); ++slot) {
      const double place = (static_cast<double>(slot) + aside) / static_cast<double>(turn.size()) +
                           kGoldenRatio * static_cast<double>(site);
      const absl::Duration phase =
          absl::Floor(interval * (place - std::floor(place)), absl::Microseconds(1));
      plan.push_back({.target = turn[slot], .interval = interval, .phase = phase});
    }
  }
  return plan;
}

}  // namespace dialtone::detector
