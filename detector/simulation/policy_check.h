// A policy file, read and forecast.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "detector/simulation/forecast.h"
#include "dialtone/v1/forecast.pb.h"

namespace dialtone::detector::simulation {

// What to check, and for whom.
struct PolicyCheckRequest {
  std::string policy_file = {};  // empty: the one that the detector's configuration names
  std::string config_file = {};  // DetectorConfig of the company; empty: one of that shape
  FleetShape shape = {};
};

// INVALID_ARGUMENT, with every error as FILE:LINE:COLUMN, when a file is not what it should be.
absl::StatusOr<v1::PolicyForecast> CheckPolicy(const PolicyCheckRequest& request);

}  // namespace dialtone::detector::simulation
