// RouterConfig -> Topology, with every rule that the schema cannot say.
#pragma once

#include "base/config_reader.h"
#include "dialtone/v1/config.pb.h"
#include "router/topology.h"

namespace dialtone::router {

// Records an error in `reader` for every rule that is broken; the topology is then not to be used.
Topology DecodeTopology(ConfigReader* reader, const v1::RouterConfig& config);

}  // namespace dialtone::router
