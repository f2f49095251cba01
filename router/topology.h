// What the router's configuration says, as plain data: hops, routes, groups, and what guards them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace dialtone::router {

// One SIP destination.
struct Hop {
  std::string name;
  std::string uri;   // sip:IP:PORT;transport=udp|tcp|tls
  std::string host;  // of the request URI; empty: unchanged
};

// A named, ordered list of next hops.
struct Route {
  std::string name;
  std::vector<std::string> hops;
  absl::Duration ring_timeout;
  bool is_teams = false;
};

// Numbers that move together: where they belong and where they may go.
struct Group {
  std::string name;
  std::string home_route;
  std::vector<std::string> backup_routes;  // best first

  // The home route, then the backup routes: no other route may ever carry this group.
  std::vector<std::string> Routes() const;
};

// What a peer may do; see PeerKind in config.proto.
enum class PeerKind { kCarrier, kTeams, kPbx };

// Who may send calls to the voice layer.
struct Peer {
  std::string name;
  PeerKind kind = PeerKind::kCarrier;
  std::vector<std::string> addresses;  // IP or CIDR
  std::string certificate_name;
  std::string route;  // leads to this peer
  uint32_t outbound_calls_per_minute = 0;
  std::string emergency_table;
  std::vector<std::string> caller_ids;
};

// Where emergency calls of one country or site go.
struct EmergencyTable {
  std::string name;
  std::vector<std::string> numbers;
  std::vector<std::string> outside_prefixes;
  std::vector<std::string> hops;
};

// Where calls to numbers that are not ours go.
struct Outbound {
  std::vector<std::string> hops;
  std::vector<std::string> allowed_prefixes;
};

// Where the voice layer listens for SIP, and the files it starts from.
struct VoiceLayerFiles {
  std::string rpc_socket;
  std::string plan_file;
  std::string site_file;
  std::string address_file;
  std::string tls_file;             // empty: no TLS socket
  std::string fqdn;                 // its name in Teams; empty: no TLS socket
  std::vector<std::string> listen;  // "udp:IP:PORT"
};

// All of it. Checked before it is made (config.h): every name that occurs is defined once.
struct Topology {
  std::string voice_layer;
  std::vector<Hop> hops;
  std::vector<Route> routes;
  std::vector<Group> groups;
  std::vector<Peer> peers;
  std::vector<EmergencyTable> emergency_tables;
  Outbound outbound;
  std::vector<std::string> probe_addresses;  // IP or CIDR: who else may send OPTIONS
  VoiceLayerFiles files;

  // The hops that no hop state may touch: those of every group's backup routes and of the emergency
  // tables. Ascending.
  std::vector<std::string> ProtectedHops() const;
};

}  // namespace dialtone::router
