// Number groups by name, for sentences and occurrences.
#pragma once

#include <string>
#include <vector>

#include "detector/fleet.h"

namespace dialtone::detector {

// "g-lon, g-par".
std::string Names(const Fleet& fleet, const std::vector<GroupIndex>& groups);
std::vector<std::string> NameList(const Fleet& fleet, const std::vector<GroupIndex>& groups);

}  // namespace dialtone::detector
