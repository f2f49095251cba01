// A fleet large enough to ask whom a fault hits.
#pragma once

#include <string>
#include <vector>

#include "detector/fleet.h"

namespace dialtone::detector {

// Twenty sites of four ISPs, each with a witness on the internet.
inline Fleet TwentySites() {
  Fleet fleet;
  fleet.voice_layers = {{.name = "vl1", .vantage = 0}};
  std::vector<SiteIndex> all;
  for (SiteIndex site = 0; site < 20; ++site) {
    fleet.sites.push_back({.name = "site" + std::to_string(site),
                           .region = "region",
                           .isp = "isp" + std::to_string(site % 4)});
    all.push_back(site);
  }
  for (const char* const hub : {"hub1", "hub2", "hub3"}) {
    fleet.targets.push_back({.name = hub, .role = TargetRole::kTeamsHub, .sites = all});
  }
  for (const char* const witness : {"inet1", "inet2"}) {
    fleet.targets.push_back({.name = witness, .role = TargetRole::kInternetWitness, .sites = all});
  }
  return fleet;
}

}  // namespace dialtone::detector
