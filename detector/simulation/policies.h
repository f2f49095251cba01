// The policy that scenarios are played by when nothing names another one.
#pragma once

#include "detector/fleet.h"

namespace dialtone::detector::simulation {

// The shipped policy, but acting, and at laboratory rates: Microsoft every second instead of every
// 15, bursts of 5 Hz for 2 s.
Policy LaboratoryPolicy();

}  // namespace dialtone::detector::simulation
