// DetectorConfig -> Fleet: names become indices, every reference and rule is checked.
#pragma once

#include "base/config_reader.h"
#include "detector/fleet.h"
#include "dialtone/v1/config.pb.h"

namespace dialtone::detector {

// Most of each kind. 20,000 groups are what one SetRoutes carries.
inline constexpr int kMaxSites = 20'000;
inline constexpr int kMaxVoiceLayers = 100;
inline constexpr int kMaxTargets = 20'000;
inline constexpr int kMaxGroups = 20'000;

// Records every error in `reader`; the fleet is fit for use only when there was none. `policy`
// gives the intervals that targets leave out.
Fleet DecodeFleet(ConfigReader* reader, const v1::DetectorConfig& config, const Policy& policy);

}  // namespace dialtone::detector
