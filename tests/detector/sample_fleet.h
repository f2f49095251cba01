// A fleet for tests of the shells: two branches on one ISP, one on another, and the vantage of one
// voice layer.
#pragma once

#include "detector/fleet.h"

namespace dialtone::detector {

inline constexpr SiteIndex kLon = 0;
inline constexpr SiteIndex kPar = 1;
inline constexpr SiteIndex kNyc = 2;
inline constexpr SiteIndex kHall = 3;

inline constexpr TargetIndex kHub1 = 0;
inline constexpr TargetIndex kHub2 = 1;
inline constexpr TargetIndex kPbx = 2;
inline constexpr TargetIndex kWitness = 3;
inline constexpr TargetIndex kLonUplink = 4;

inline Fleet SampleFleet() {
  const auto hub = [](const char* name, const char* address, const char* hop) {
    return Target{.name = name,
                  .role = TargetRole::kTeamsHub,
                  .kind = ProbeKind::kSipOptionsTls,
                  .address = address,
                  .port = 5061,
                  .server_name = "sip.pstnhub.example",
                  .hop = hop,
                  .sites = {kLon, kPar, kNyc, kHall},
                  .interval = absl::Seconds(15)};
  };
  Fleet fleet;
  fleet.sites = {{.name = "lon", .region = "eu", .isp = "a"},
                 {.name = "par", .region = "eu", .isp = "a"},
                 {.name = "nyc", .region = "us", .isp = "b"},
                 {.name = "hall", .region = "eu", .isp = "c", .is_vantage = true}};
  fleet.voice_layers = {{.name = "vl1", .vantage = kHall}};
  fleet.targets = {hub("hub1", "192.0.2.1", "t1"), hub("hub2", "192.0.2.2", "t2"),
                   Target{.name = "pbx",
                          .role = TargetRole::kBackupHop,
                          .kind = ProbeKind::kSipOptionsUdp,
                          .address = "192.0.2.10",
                          .port = 5060,
                          .hop = "pbx1",
                          .sites = {kHall},
                          .interval = absl::Seconds(1)},
                   Target{.name = "witness",
                          .role = TargetRole::kInternetWitness,
                          .kind = ProbeKind::kIcmpEcho,
                          .address = "198.51.100.1",
                          .sites = {kLon, kPar, kNyc, kHall},
                          .interval = absl::Seconds(1)},
                   Target{.name = "lon-uplink",
                          .role = TargetRole::kSiteUplink,
                          .kind = ProbeKind::kIcmpEcho,
                          .address = "203.0.113.1",
                          .of_site = kLon,
                          .sites = {kPar, kNyc, kHall},
                          .interval = absl::Seconds(1)}};
  fleet.groups = {{.name = "g-lon", .site = kLon, .voice_layer = 0, .backup_avoids_uplink = true},
                  {.name = "g-nyc", .site = kNyc, .voice_layer = 0}};
  return fleet;
}

}  // namespace dialtone::detector
