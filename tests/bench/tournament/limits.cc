// How fast anybody could be.
#include <algorithm>
#include <cmath>

#include "absl/time/time.h"

#include "detector/simulation/simulated_fleet.h"
#include "tests/bench/tournament/score.h"

namespace dialtone::bench {

using detector::simulation::FaultKind;

Limits LimitsOf(const Scenario& scenario, const detector::Policy& policy) {
  // What a healthy path does by chance, and how seldom an alarm may be false.
  constexpr double kBadByChance = 0.005;
  constexpr double kTenYears = 10 * 365.25 * 86400;
  // A round trip of the simulated world; how long a call rings before it is answered, and how long
  // Dialtone lets it; packets of a stream, and how late the answer to one may be.
  constexpr double kMeanRoundTrip = 0.045;
  constexpr double kRings = 1.5;
  constexpr double kLongestRing = 4;
  constexpr double kPacketSpacing = 0.04;
  constexpr double kPacketGrace = 0.2;
  Limits limits;
  if (scenario.faults.size() != 1 || scenario.truths.empty()) return limits;
  const auto& fault = scenario.faults.front();
  if (fault.flap_on.has_value() || fault.ramp_in > absl::ZeroDuration()) return limits;
  const bool says_no = fault.kind == FaultKind::kError503;
  const detector::Fleet fleet = detector::simulation::FleetOf(scenario, policy);
  // A stream is bad with its second lost packet; a packet is lost on either way.
  const double lost = fault.kind == FaultKind::kLoss ? 1 - std::pow(1 - fault.severity, 2) : 1;
  const double second_loss = kPacketSpacing * std::max(1.0, 2 / lost - 1) + kPacketGrace;
  double per_second = 0;
  double wait = kNever;
  for (int probed = 0; probed < detector::simulation::kProbedCount; ++probed) {
    const auto target = static_cast<Probed>(probed);
    if (!fault.targets.Has(target)) continue;
    per_second +=
        1 / absl::ToDoubleSeconds(fleet.targets[static_cast<std::size_t>(probed)].interval);
    const bool is_call = target == Probed::kCall || target == Probed::kCarrier;
    const bool is_media = target == Probed::kMedia1 || target == Probed::kMedia2;
    const double silence = is_call    ? (fault.kind == FaultKind::kOneWay ? kRings : kLongestRing)
                           : is_media ? second_loss + kMeanRoundTrip
                                      : 0.3 + 2 * kMeanRoundTrip;
    wait = std::min(wait, says_no ? kMeanRoundTrip : silence);
  }
  per_second *= static_cast<double>(detector::simulation::SitesOf(fault.where, scenario).size());
  if (per_second <= 0) return limits;
  limits.physical = wait + 0.5 / per_second;
  if (fault.kind == FaultKind::kLoss || fault.kind == FaultKind::kSlow) return limits;
  const double p = kBadByChance;
  const double f = std::min(0.999, fault.severity + (1 - fault.severity) * p);
  const double divergence = f * std::log(f / p) + (1 - f) * std::log((1 - f) / (1 - p));
  limits.lorden = std::log(kTenYears * per_second) / divergence / per_second + wait;
  return limits;
}

}  // namespace dialtone::bench
