// One number that tells whether two runs of the core had the same effects.
#pragma once

#include <cstdint>

#include "detector/effects.h"

namespace dialtone::detector {

// 0 for effects without any; otherwise the same number for the same effects on every machine, by
// every build (FNV-1a over every field of every effect).
std::uint64_t DigestOf(const Effects& effects);

}  // namespace dialtone::detector
