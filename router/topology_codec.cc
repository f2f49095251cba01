#include "router/topology_codec.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"

#include "base/ip_and_port.h"
#include "router/kamailio/site_file.h"
#include "router/proposal_rules.h"

#include <arpa/inet.h>

namespace dialtone::router {
namespace {

// A look at the voice layer asks three things about each hop, every second.
constexpr int kMaxHops = 300;
// sun_path of a Unix socket, with its end (unix(7)).
constexpr size_t kMaxSocketPath = 107;
constexpr absl::Duration kShortestRing = absl::Seconds(1);
constexpr absl::Duration kLongestRing = absl::Seconds(60);
constexpr size_t kEmergencyTrunks = 2;

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

std::string Field(absl::string_view list, int index, absl::string_view member) {
  return absl::StrCat(list, "[", index, "].", member);
}

bool Digits(absl::string_view text, size_t most) {
  return !text.empty() && text.size() <= most &&
         absl::c_all_of(text, [](unsigned char c) { return absl::ascii_isdigit(c); });
}

// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32".
bool IsAddress(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  in6_addr ignored;
  const bool v4 = inet_pton(AF_INET, parts[0].c_str(), &ignored) == 1;
  if (!v4 && inet_pton(AF_INET6, parts[0].c_str(), &ignored) != 1) return false;
  if (parts.size() == 1) return true;
  int length = 0;
  return parts.size() == 2 && Digits(parts[1], 3) && absl::SimpleAtoi(parts[1], &length) &&
         length <= (v4 ? 32 : 128);
}

// The IP of "sip:IP:PORT;transport=udp|tcp|tls"; nothing for anything else.
std::optional<std::string> AddressOf(absl::string_view uri) {
  if (!absl::ConsumePrefix(&uri, "sip:")) return std::nullopt;
  const std::pair<std::string, std::string> parts = absl::StrSplit(uri, absl::MaxSplits(';', 1));
  const std::optional<IpAndPort> address = ParseIpAndPort(parts.first);
  if (!address || address->port == 0) return std::nullopt;
  for (const char* transport : {"transport=udp", "transport=tcp", "transport=tls"}) {
    if (parts.second == transport) return address->ip;
  }
  return std::nullopt;
}

class Decoding {
 public:
  Decoding(ConfigReader* reader, const v1::RouterConfig& config)
      : reader_(*reader), config_(config) {}

  Topology Run() {
    topology_.voice_layer = config_.voice_layer();
    Files();
    Hops();
    Routes();
    Groups();
    EmergencyTables();
    Peers();
    OutboundCalls();
    Addresses("probe_addresses", config_.probe_addresses(), &topology_.probe_addresses);
    EmergencyTrunks();
    return std::move(topology_);
  }

 private:
  // A name that is none of `known` yet.
  void NewName(const std::string& field, const std::string& name, std::set<std::string>* known) {
    reader_.ExpectName(field, name);
    reader_.Expect(known->insert(name).second, field, absl::StrCat(Quoted(name), " again"),
                   "a name that is not used yet");
  }

  // A name that is one of `known`.
  void Known(const std::string& field, const std::string& name, const std::set<std::string>& known,
             absl::string_view what) {
    reader_.Expect(known.contains(name), field, Quoted(name), what);
  }

  void Fits(const std::string& field, const std::string& text) {
    reader_.Expect(FitsSiteFile(text), field, Quoted(text),
                   "printable characters without space , | \" \\ $");
  }

  template <typename Texts>
  void Addresses(const std::string& list, const Texts& texts, std::vector<std::string>* addresses) {
    for (int i = 0; i < texts.size(); ++i) {
      reader_.Expect(IsAddress(texts[i]), absl::StrCat(list, "[", i, "]"), Quoted(texts[i]),
                     "an IP address or network, such as 192.0.2.0/24");
      addresses->push_back(texts[i]);
    }
  }

  // Names of hops: known, none twice.
  template <typename Names>
  void HopNames(const std::string& list, const Names& names, std::vector<std::string>* hops) {
    reader_.Expect(!names.empty(), list, "none", "the names of hops");
    std::set<std::string> seen;
    for (int i = 0; i < names.size(); ++i) {
      const std::string field = absl::StrCat(list, "[", i, "]");
      Known(field, names[i], hops_, "the name of a hop");
      reader_.Expect(seen.insert(names[i]).second, field, absl::StrCat(Quoted(names[i]), " again"),
                     "each hop once");
      hops->push_back(names[i]);
    }
  }

  // A file whose path Kamailio is told.
  std::string FilePath(const char* field, const std::string& path, size_t most = 4096) {
    reader_.ExpectSet(field, path);
    const std::string resolved = reader_.Resolve(path);
    Fits(field, resolved);
    reader_.Expect(absl::StartsWith(resolved, "/"), field, Quoted(path),
                   "an absolute path, because --config is a relative one");
    reader_.Expect(resolved.size() <= most, field,
                   absl::StrCat("a path of ", resolved.size(), " characters"),
                   absl::StrCat("at most ", most));
    return resolved;
  }

  void Files() {
    const v1::KamailioConfig& kamailio = config_.kamailio();
    VoiceLayerFiles& files = topology_.files;
    files.rpc_socket = FilePath("kamailio.rpc_socket", kamailio.rpc_socket(), kMaxSocketPath);
    files.plan_file = FilePath("kamailio.plan_file", kamailio.plan_file());
    files.site_file = FilePath("kamailio.site_file", kamailio.site_file());
    files.address_file = FilePath("kamailio.address_file", kamailio.address_file());
    reader_.Expect(kamailio.listen_size() > 0, "kamailio.listen", "none", "at least one socket");
    bool tls = false;
    for (int i = 0; i < kamailio.listen_size(); ++i) {
      const std::string& socket = kamailio.listen(i);
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(socket, absl::MaxSplits(':', 1));
      const std::optional<IpAndPort> address = ParseIpAndPort(parts.second);
      const bool known = parts.first == "udp" || parts.first == "tcp" || parts.first == "tls";
      reader_.Expect(known && address && address->port != 0,
                     absl::StrCat("kamailio.listen[", i, "]"), Quoted(socket),
                     "\"udp:IP:PORT\", \"tcp:IP:PORT\" or \"tls:IP:PORT\"");
      tls = tls || parts.first == "tls";
      files.listen.push_back(socket);
    }
    if (!tls) return;
    reader_.ExpectSet("kamailio.fqdn", kamailio.fqdn());
    Fits("kamailio.fqdn", kamailio.fqdn());
    files.fqdn = kamailio.fqdn();
    files.tls_file = FilePath("kamailio.tls_file", kamailio.tls_file());
  }

  void Hops() {
    reader_.Expect(config_.hops_size() <= kMaxHops, "hops", absl::StrCat(config_.hops_size()),
                   absl::StrCat("at most ", kMaxHops));
    for (int i = 0; i < config_.hops_size(); ++i) {
      const v1::HopConfig& hop = config_.hops(i);
      NewName(Field("hops", i, "name"), hop.name(), &hops_);
      const std::optional<std::string> address = AddressOf(hop.uri());
      reader_.Expect(address.has_value(), Field("hops", i, "uri"), Quoted(hop.uri()),
                     "\"sip:IP:PORT;transport=udp|tcp|tls\"");
      Fits(Field("hops", i, "host"), hop.host());
      address_of_[hop.name()] = address.value_or(hop.uri());
      topology_.hops.push_back({hop.name(), hop.uri(), hop.host()});
    }
  }

  void Routes() {
    for (int i = 0; i < config_.routes_size(); ++i) {
      const v1::RouteConfig& config = config_.routes(i);
      Route& route = topology_.routes.emplace_back();
      route.name = config.name();
      route.is_teams = config.is_teams();
      NewName(Field("routes", i, "name"), config.name(), &routes_);
      HopNames(Field("routes", i, "hops"), config.hops(), &route.hops);
      route.ring_timeout = absl::Milliseconds(
          google::protobuf::util::TimeUtil::DurationToMilliseconds(config.ring_timeout()));
      reader_.Expect(route.ring_timeout >= kShortestRing && route.ring_timeout <= kLongestRing,
                     Field("routes", i, "ring_timeout"), absl::FormatDuration(route.ring_timeout),
                     "1 s to 60 s");
      if (!route.is_teams) continue;
      teams_routes_.insert(route.name);
      teams_hops_.insert(route.hops.begin(), route.hops.end());
    }
  }

  void Groups() {
    constexpr int kMostGroups = static_cast<int>(ProposalRules::kMaxGroups);
    reader_.Expect(config_.groups_size() > 0, "groups", "none", "at least one group");
    reader_.Expect(config_.groups_size() <= kMostGroups, "groups",
                   absl::StrCat(config_.groups_size()), absl::StrCat("at most ", kMostGroups));
    std::set<std::string> names;
    for (int i = 0; i < config_.groups_size(); ++i) {
      const v1::RouterGroupConfig& config = config_.groups(i);
      NewName(Field("groups", i, "name"), config.name(), &names);
      Known(Field("groups", i, "home_route"), config.home_route(), routes_, "the name of a route");
      std::set<std::string> seen = {config.home_route()};
      for (int j = 0; j < config.backup_routes_size(); ++j) {
        const std::string field = absl::StrCat(Field("groups", i, "backup_routes"), "[", j, "]");
        Known(field, config.backup_routes(j), routes_, "the name of a route");
        reader_.Expect(seen.insert(config.backup_routes(j)).second, field,
                       absl::StrCat(Quoted(config.backup_routes(j)), " again"),
                       "each route once, the home route not among the backups");
      }
      topology_.groups.push_back({config.name(),
                                  config.home_route(),
                                  {config.backup_routes().begin(), config.backup_routes().end()}});
    }
  }

  PeerKind Kind(const std::string& field, v1::PeerKind kind) {
    switch (kind) {
      case v1::PEER_CARRIER:
        return PeerKind::kCarrier;
      case v1::PEER_TEAMS:
        return PeerKind::kTeams;
      case v1::PEER_PBX:
        return PeerKind::kPbx;
      default:
        reader_.Expect(false, field, "nothing", "PEER_CARRIER, PEER_TEAMS or PEER_PBX");
        return PeerKind::kCarrier;
    }
  }

  void Peers() {
    std::set<std::string> names;
    std::set<std::string> addresses;
    for (int i = 0; i < config_.peers_size(); ++i) {
      const v1::PeerConfig& config = config_.peers(i);
      Peer& peer = topology_.peers.emplace_back();
      peer.name = config.name();
      NewName(Field("peers", i, "name"), config.name(), &names);
      peer.kind = Kind(Field("peers", i, "kind"), config.kind());
      Addresses(Field("peers", i, "addresses"), config.addresses(), &peer.addresses);
      for (const std::string& address : peer.addresses) {
        reader_.Expect(addresses.insert(address).second, Field("peers", i, "addresses"),
                       absl::StrCat(Quoted(address), " again"), "each address of one peer only");
      }
      reader_.Expect(!peer.addresses.empty() || !config.certificate_name().empty(),
                     Field("peers", i, "addresses"), "none, and no certificate_name",
                     "one of them");
      Fits(Field("peers", i, "certificate_name"), config.certificate_name());
      peer.certificate_name = config.certificate_name();
      peer.route = config.route();
      Known(Field("peers", i, "route"), config.route(), routes_,
            "the name of the route that leads to this peer");
      reader_.Expect(teams_routes_.contains(peer.route) == (peer.kind == PeerKind::kTeams),
                     Field("peers", i, "route"), Quoted(peer.route),
                     "a route with is_teams for PEER_TEAMS, and only for it");
      peer.outbound_calls_per_minute = config.outbound_calls_per_minute();
      peer.emergency_table = config.emergency_table();
      reader_.Expect(peer.emergency_table.empty() || tables_.contains(peer.emergency_table),
                     Field("peers", i, "emergency_table"), Quoted(peer.emergency_table),
                     "the name of an emergency table, or nothing: the first");
      CallerIds(i, config, &peer);
    }
  }

  void CallerIds(int index, const v1::PeerConfig& config, Peer* peer) {
    for (int j = 0; j < config.caller_ids_size(); ++j) {
      absl::string_view digits = config.caller_ids(j);
      const bool plus = absl::ConsumePrefix(&digits, "+");
      absl::ConsumeSuffix(&digits, "*");
      reader_.Expect(plus && Digits(digits, 15),
                     absl::StrCat(Field("peers", index, "caller_ids"), "[", j, "]"),
                     Quoted(config.caller_ids(j)), "a plus and 1 to 15 digits, and * for a prefix");
      peer->caller_ids.push_back(config.caller_ids(j));
    }
  }

  template <typename Texts>
  void DialledDigits(const std::string& list, const Texts& texts, std::vector<std::string>* out) {
    for (int i = 0; i < texts.size(); ++i) {
      reader_.Expect(Digits(texts[i], 6), absl::StrCat(list, "[", i, "]"), Quoted(texts[i]),
                     "1 to 6 digits");
      out->push_back(texts[i]);
    }
  }

  void EmergencyTables() {
    reader_.Expect(config_.emergency_tables_size() > 0, "emergency_tables", "none",
                   "at least one: emergency calls need a trunk");
    for (int i = 0; i < config_.emergency_tables_size(); ++i) {
      const v1::EmergencyTableConfig& config = config_.emergency_tables(i);
      EmergencyTable& table = topology_.emergency_tables.emplace_back();
      table.name = config.name();
      NewName(Field("emergency_tables", i, "name"), config.name(), &tables_);
      DialledDigits(Field("emergency_tables", i, "numbers"), config.numbers(), &table.numbers);
      DialledDigits(Field("emergency_tables", i, "outside_prefixes"), config.outside_prefixes(),
                    &table.outside_prefixes);
      HopNames(Field("emergency_tables", i, "hops"), config.hops(), &table.hops);
      NoTeams(Field("emergency_tables", i, "hops"), table.hops);
    }
  }

  void NoTeams(const std::string& field, const std::vector<std::string>& hops) {
    for (const std::string& hop : hops) {
      reader_.Expect(!teams_hops_.contains(hop), field, Quoted(hop), "no hop of a Teams route");
    }
  }

  void OutboundCalls() {
    if (config_.outbound().hops_size() > 0) {
      HopNames("outbound.hops", config_.outbound().hops(), &topology_.outbound.hops);
    }
    NoTeams("outbound.hops", topology_.outbound.hops);
    for (int i = 0; i < config_.outbound().allowed_prefixes_size(); ++i) {
      absl::string_view digits = config_.outbound().allowed_prefixes(i);
      reader_.Expect(absl::ConsumePrefix(&digits, "+") && Digits(digits, 15),
                     absl::StrCat("outbound.allowed_prefixes[", i, "]"),
                     Quoted(config_.outbound().allowed_prefixes(i)),
                     "a plus and the first digits of the numbers");
      topology_.outbound.allowed_prefixes.push_back(config_.outbound().allowed_prefixes(i));
    }
  }

  // An emergency call never goes back to where it came from, and the first trunk may be dead: two
  // must be left, at different addresses, whoever the caller is.
  void EmergencyTrunks() {
    for (size_t i = 0; i < topology_.emergency_tables.size(); ++i) {
      const EmergencyTable& table = topology_.emergency_tables[i];
      const std::string field = Field("emergency_tables", static_cast<int>(i), "hops");
      ExpectTrunks(field, table, {}, "any call");
      for (const Peer& peer : topology_.peers) {
        const bool uses =
            peer.emergency_table.empty() ? i == 0 : peer.emergency_table == table.name;
        if (!uses) continue;
        const auto route = absl::c_find_if(
            topology_.routes, [&](const Route& candidate) { return candidate.name == peer.route; });
        if (route == topology_.routes.end()) continue;  // an error already
        ExpectTrunks(field, table, route->hops, absl::StrCat("a call from peer ", peer.name));
      }
    }
  }

  void ExpectTrunks(const std::string& field, const EmergencyTable& table,
                    const std::vector<std::string>& without, absl::string_view call) {
    std::set<std::string> addresses;
    for (const std::string& hop : table.hops) {
      if (!absl::c_linear_search(without, hop)) addresses.insert(address_of_[hop]);
    }
    reader_.Expect(addresses.size() >= kEmergencyTrunks, field,
                   absl::StrCat(addresses.size(), " for ", call),
                   "at least 2 hops at different addresses besides those that the call came from");
  }

  ConfigReader& reader_;
  const v1::RouterConfig& config_;
  Topology topology_;
  std::set<std::string> hops_, routes_, tables_, teams_routes_, teams_hops_;
  std::map<std::string, std::string> address_of_;  // hop -> IP
};

}  // namespace

Topology DecodeTopology(ConfigReader* reader, const v1::RouterConfig& config) {
  return Decoding(reader, config).Run();
}

}  // namespace dialtone::router
