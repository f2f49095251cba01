// The fleet of a scenario as the detector knows it.
#pragma once

#include <cstddef>

#include "detector/fleet.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

// Names of routes and next hops, the same at every site.
inline constexpr char kHomeRoute[] = "teams";
inline constexpr char kBackupRoute[] = "pbx";
inline constexpr char kBackupHop[] = "pbx1";

// Every site has users, a voice layer of its own, seen from the site itself, and one number group.
// Targets stand in the order of Probed; behind them the backup route's hop. Site, voice layer and
// group have the same index.
//
// A policy that probes Microsoft every second is one of laboratory rates: test calls every 10 s, of
// the carrier every 30 s. Otherwise these are the shipped ones.
Fleet FleetOf(const Scenario& scenario, const Policy& policy);

// The position of a target in FleetOf.
inline TargetIndex TargetOf(Probed probed) { return static_cast<TargetIndex>(probed); }
inline constexpr TargetIndex kBackupTarget = kProbedCount;

}  // namespace dialtone::detector::simulation
