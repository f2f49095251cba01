// `dialtone-router render`: everything that Kamailio starts from.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "router/config.h"

namespace dialtone::router {

// Writes the site file and the address file, each whole or not at all, and makes the plan file
// ready: the numbers of the inventory, and a plan for every group; one that is there already is
// kept, be it a group's home or not. May be called while the router and Kamailio run.
absl::Status Render(const RouterSettings& settings, absl::Time now);

// Replaces the file at `path` by `text` in one step: a reader sees the old file or the new one,
// also after a power cut.
absl::Status ReplaceFile(const std::string& path, const std::string& text);

}  // namespace dialtone::router
