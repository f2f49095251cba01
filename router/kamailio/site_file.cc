#include "router/kamailio/site_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dialtone::router {
namespace {

constexpr char kHead[] =
    "# Written by `dialtone-router render`; changes by hand are lost at the next.\n\n";

// What a peer gets that says nothing about it.
constexpr uint32_t kCallsAMinute = 60;
// Of a hop that is in no route.
constexpr int64_t kDefaultRingMs = 20'000;

void Define(std::string* out, absl::string_view name, absl::string_view value) {
  absl::StrAppend(out, "#!define ", name, " \"", value, "\"\n");
}

void Set(std::string* out, absl::string_view table, absl::string_view key,
         absl::string_view value) {
  absl::StrAppend(out, "    $sht(", table, "=>", key, ") = \"", value, "\";\n");
}

void Allow(std::string* out, absl::string_view what, absl::string_view number) {
  absl::StrAppend(out, "    $sht(allowed=>", what, ":", absl::StripPrefix(number, "+"), ") = 1;\n");
}

// "udp:192.0.2.1:5060" as its parts.
std::pair<std::string, std::string> SocketParts(const std::string& socket) {
  return absl::StrSplit(socket, absl::MaxSplits(':', 1));
}

std::string Files(const Topology& topology) {
  const VoiceLayerFiles& files = topology.files;
  std::string out = "# ---- files\n";
  Define(&out, "DIALTONE_RPC_SOCKET", files.rpc_socket);
  Define(&out, "DIALTONE_PLAN_FILE", files.plan_file);
  Define(&out, "DIALTONE_PLAN_URL", absl::StrCat("sqlite:///", files.plan_file));
  Define(&out, "DIALTONE_ADDRESS_FILE", files.address_file);
  if (!files.tls_file.empty()) Define(&out, "DIALTONE_TLS_FILE", files.tls_file);
  return out + "\n";
}

std::string Sockets(const Topology& topology) {
  const VoiceLayerFiles& files = topology.files;
  const auto tls = absl::c_find_if(
      files.listen, [](const std::string& socket) { return absl::StartsWith(socket, "tls:"); });
  const auto& [protocol, address] = SocketParts(tls == files.listen.end() ? files.listen[0] : *tls);
  std::string out = "# ---- sockets, and the Contact of our answers to OPTIONS\n";
  const std::string contact =
      protocol == "tls" ? absl::StrCat(files.fqdn, address.substr(address.rfind(':'))) : address;
  absl::StrAppend(&out, "#!define DIALTONE_CONTACT <sip:", contact, ";transport=", protocol, ">\n");
  std::vector<std::string> protocols;
  for (const std::string& socket : files.listen) {
    protocols.push_back(SocketParts(socket).first);
    absl::StrAppend(&out, "listen=", socket);
    if (protocols.back() == "tls") {
      absl::StrAppend(&out, " advertise ", files.fqdn, socket.substr(socket.rfind(':')));
    }
    out += "\n";
  }
  // Several addresses of one protocol: the kernel's routes say from which one a request leaves.
  absl::c_sort(protocols);
  if (absl::c_adjacent_find(protocols) != protocols.end()) out += "mhomed=yes\n";
  return out + "\n";
}

int64_t RingMs(const Topology& topology, const std::string& hop) {
  for (const Route& route : topology.routes) {
    if (absl::c_linear_search(route.hops, hop)) {
      return absl::ToInt64Milliseconds(route.ring_timeout);
    }
  }
  return kDefaultRingMs;
}

std::string RouteRecord(const std::vector<std::string>& hops, int64_t ring_ms, bool is_teams) {
  return absl::StrCat(absl::StrJoin(hops, ","), "|", ring_ms, "|", is_teams ? 1 : 0);
}

absl::string_view KindWord(PeerKind kind) {
  switch (kind) {
    case PeerKind::kCarrier:
      return "carrier";
    case PeerKind::kTeams:
      return "teams";
    case PeerKind::kPbx:
      return "pbx";
  }
  return "";
}

void AddPeers(const Topology& topology, std::string* out) {
  for (const Peer& peer : topology.peers) {
    const uint32_t calls =
        peer.outbound_calls_per_minute == 0 ? kCallsAMinute : peer.outbound_calls_per_minute;
    Set(out, "peer", peer.name,
        absl::StrCat(KindWord(peer.kind), "|", peer.route, "|", peer.certificate_name, "|", calls,
                     "|", peer.emergency_table));
  }
  for (const Peer& peer : topology.peers) {
    if (peer.addresses.empty()) Set(out, "certificate", peer.certificate_name, peer.name);
  }
  for (const Peer& peer : topology.peers) {
    for (const std::string& caller : peer.caller_ids) {
      Allow(out, absl::StrCat("caller:", peer.name), caller);
    }
  }
  for (const std::string& prefix : topology.outbound.allowed_prefixes) {
    Allow(out, "to", absl::StrCat(prefix, "*"));
  }
}

std::string Site(const Topology& topology) {
  std::string out = "route[SITE] {\n    # hop: NAME = URI|HOST\n";
  for (const Hop& hop : topology.hops) {
    Set(&out, "hop", hop.name, absl::StrCat(hop.uri, "|", hop.host));
  }
  out += "    # route: NAME = HOPS|RING_MS|IS_TEAMS, and one of each outbound hop\n";
  for (const Route& route : topology.routes) {
    Set(&out, "route", route.name,
        RouteRecord(route.hops, absl::ToInt64Milliseconds(route.ring_timeout), route.is_teams));
  }
  std::vector<std::string> outbound;
  for (const std::string& hop : topology.outbound.hops) {
    outbound.push_back(absl::StrCat("@", hop));
    Set(&out, "route", outbound.back(), RouteRecord({hop}, RingMs(topology, hop), false));
  }
  out +=
      "    # peer: NAME = KIND|ROUTE|CERTIFICATE|CALLS_A_MINUTE|EMERGENCY_TABLE, then who and "
      "where\n";
  AddPeers(topology, &out);
  out += "    # for numbers that no table knows, and for those that are not ours\n";
  // Without a group there are no numbers of ours, and no call to them.
  Set(&out, "site", "default",
      topology.groups.empty() ? "" : absl::StrJoin(topology.groups[0].Routes(), ","));
  Set(&out, "site", "outbound", absl::StrJoin(outbound, ","));
  return out + "}\n\n";
}

// The body of one emergency table.
std::string Emergency(const Topology& topology, const EmergencyTable& table,
                      absl::string_view indent) {
  std::vector<std::string> numbers = {"112", "911"};
  for (const std::string& number : table.numbers) {
    if (!absl::c_linear_search(numbers, number)) numbers.push_back(number);
  }
  std::vector<std::string> trunks;
  for (const std::string& name : table.hops) {
    const auto hop = absl::c_find_if(topology.hops, [&](const Hop& h) { return h.name == name; });
    trunks.push_back(absl::StrCat(name, "|", hop->uri, "|", hop->host));
  }
  const auto assign = [&](absl::string_view name, absl::string_view value) {
    return absl::StrCat(indent, "$var(", name, ") = \"", value, "\";\n");
  };
  return absl::StrCat(assign("numbers", absl::StrJoin(numbers, "|")),
                      assign("prefixes", absl::StrJoin(table.outside_prefixes, "|")),
                      assign("sos", table.numbers.empty() ? "112" : table.numbers[0]),
                      assign("trunks", absl::StrJoin(trunks, ",")));
}

// The first table is that of peers without one, and stands last.
std::string SiteEmergency(const Topology& topology) {
  const std::vector<EmergencyTable>& tables = topology.emergency_tables;
  std::string out =
      "# Code, not a table: nothing can change it while Kamailio runs.\nroute[SITE_EMERGENCY] {\n";
  if (tables.empty()) return out + "    $var(numbers) = \"\";\n}\n";
  if (tables.size() == 1) return absl::StrCat(out, Emergency(topology, tables[0], "    "), "}\n");
  for (size_t i = 1; i < tables.size(); ++i) {
    absl::StrAppend(&out, i == 1 ? "    if" : " else if", " ($avp(table) == \"", tables[i].name,
                    "\") {\n", Emergency(topology, tables[i], "        "), "    }");
  }
  absl::StrAppend(&out, " else {\n", Emergency(topology, tables[0], "        "), "    }\n}\n");
  return out;
}

// "192.0.2.0/24" or "2001:db8::1" as the address file writes it.
std::string AddressLine(int group, const std::string& address, absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(address, absl::MaxSplits('/', 1));
  const bool is_v6 = absl::StrContains(parts[0], ':');
  const std::string length = parts.size() == 2 ? parts[1] : is_v6 ? "128" : "32";
  return absl::StrCat(group, " ", is_v6 ? "[" : "", parts[0], is_v6 ? "]" : "", " ", length, " 0 ",
                      name, "\n");
}

}  // namespace

bool FitsSiteFile(absl::string_view text) {
  return !absl::StrContains(text, "#!") && absl::c_all_of(text, [](unsigned char c) {
    return absl::ascii_isgraph(c) && c != ',' && c != '|' && c != '"' && c != '\\' && c != '$';
  });
}

std::string RenderSiteFile(const Topology& topology) {
  return absl::StrCat(kHead, Files(topology), Sockets(topology), Site(topology),
                      SiteEmergency(topology));
}

std::string RenderAddressFile(const Topology& topology) {
  std::string out = kHead;
  for (const Peer& peer : topology.peers) {
    for (const std::string& address : peer.addresses) out += AddressLine(1, address, peer.name);
  }
  for (const std::string& address : topology.probe_addresses)
    out += AddressLine(2, address, "probe");
  return out;
}

}  // namespace dialtone::router
