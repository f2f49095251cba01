// A small voice layer for tests: three hubs, a PBX, two carriers, three groups.
#pragma once

#include <string>
#include <vector>

#include "router/inventory.h"
#include "router/proposal.h"
#include "router/topology.h"

namespace dialtone::router {

inline Topology SampleTopology() {
  Topology topology;
  topology.voice_layer = "vl1";
  topology.hops = {{"t1", "sip:192.0.2.1:5061;transport=tls", "sip.pstnhub.example"},
                   {"t2", "sip:192.0.2.2:5061;transport=tls", "sip2.pstnhub.example"},
                   {"t3", "sip:192.0.2.3:5061;transport=tls", "sip3.pstnhub.example"},
                   {"pbx1", "sip:192.0.2.10:5060;transport=udp", ""},
                   {"carrier-a", "sip:192.0.2.20:5060;transport=udp", ""},
                   {"carrier-b", "sip:192.0.2.30:5060;transport=udp", ""}};
  topology.routes = {{"teams", {"t1", "t2", "t3"}, absl::Seconds(4), true},
                     {"pbx", {"pbx1"}, absl::Seconds(6), false},
                     {"pstn", {"carrier-a", "carrier-b"}, absl::Seconds(20), false}};
  topology.groups = {
      {"lon", "teams", {"pbx", "pstn"}}, {"nyc", "teams", {"pbx"}}, {"par", "teams", {"pstn"}}};
  topology.emergency_tables = {{"gb", {"999"}, {}, {"carrier-a", "carrier-b"}}};
  return topology;
}

inline Inventory SampleInventory() {
  return *Inventory::Parse(
      "number,group\n+442071838750,lon\n+442071838751,lon\n+12025550199,nyc\n+33123456789,par\n",
      "numbers.csv", {"lon", "nyc", "par"});
}

// A group's wish: all calls on one route.
inline GroupWish On(const std::string& group, const std::string& route,
                    Origin origin = Origin::kAuto) {
  return {group, {{route, 100}}, false, origin, "because", absl::FromUnixSeconds(1'800'000'000)};
}

// All groups at home but those given.
inline std::vector<GroupWish> AllHomeBut(const std::vector<GroupWish>& others) {
  std::vector<GroupWish> wishes;
  for (const char* group : {"lon", "nyc", "par"}) {
    GroupWish wish = On(group, "teams");
    for (const GroupWish& other : others) {
      if (other.group == group) wish = other;
    }
    wishes.push_back(wish);
  }
  return wishes;
}

}  // namespace dialtone::router
