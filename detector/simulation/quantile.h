// Order statistics of a few figures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace dialtone::detector::simulation {

// The smallest value that at least `share` (0..1] of the values do not exceed (nearest rank), so
// that an infinite value counts like any other. `values` is not empty.
template <typename Value>
Value Quantile(std::vector<Value> values, double share) {
  std::sort(values.begin(), values.end());
  // The nudge keeps 0.95 * 20 from becoming 19.000000000000004.
  const double rank = std::ceil(share * static_cast<double>(values.size()) - 1e-9);
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace dialtone::detector::simulation
