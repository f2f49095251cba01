#include "detector/fleet_codec.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "detector/enum_codec.h"
#include "detector/probe_codec.h"
#include "detector/probe_plan.h"
#include "detector/time_codec.h"

#include <arpa/inet.h>

namespace dialtone::detector {
namespace {

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

bool IsIpLiteral(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// RFC 1123 §2.1: labels of letters, digits and dashes.
bool IsHostName(absl::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const absl::string_view label : absl::StrSplit(absl::StripSuffix(text, "."), '.')) {
    const bool is_label = !label.empty() && label.size() <= 63 &&
                          std::all_of(label.begin(), label.end(), [](unsigned char c) {
                            return absl::ascii_isalnum(c) || c == '-';
                          });
    if (!is_label) return false;
  }
  return true;
}

// An absolute path with or without a query (RFC 9110 §7.1): nothing that could end a request line.
bool IsHttpPath(absl::string_view text) {
  return text.size() <= kMaxPath && absl::StartsWith(text, "/") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// How targets of a role must be probed to say what the role needs to know; none: in any way.
std::vector<v1::ProbeKind> KindsOf(v1::TargetRole role) {
  switch (role) {
    case v1::TEAMS_HUB:
    case v1::BACKUP_HOP:
      return {v1::SIP_OPTIONS_UDP, v1::SIP_OPTIONS_TLS};
    case v1::TEAMS_MEDIA_RELAY:
    case v1::VOICE_LAYER_MEDIA:
      return {v1::STUN_BINDING};
    case v1::SIGN_IN:
      return {v1::HTTPS_GET, v1::TLS_CONNECT};
    case v1::DNS_RESOLVER:
      return {v1::DNS_QUERY};
    default:
      return {};
  }
}

// The names of one kind of thing: unique, found by name.
class Names {
 public:
  // `kind` is the field of DetectorConfig, such as "sites".
  Names(ConfigReader* reader, absl::string_view kind) : reader_(reader), kind_(kind) {}

  void Add(int index, const std::string& name) {
    const std::string field = absl::StrCat(kind_, "[", index, "].name");
    reader_->ExpectName(field, name);
    const auto [first, is_new] = indices_.emplace(name, index);
    reader_->Expect(
        is_new || name.empty(), field, Quoted(name),
        absl::StrCat("a name that no other has (", kind_, "[", first->second, "] has it)"));
  }

  // kNone, and an error at `field`, when there is no such name.
  int Find(absl::string_view field, const std::string& name) const {
    const auto found = indices_.find(name);
    reader_->Expect(found != indices_.end(), field, Quoted(name),
                    absl::StrCat("one of the names of ", kind_));
    return found == indices_.end() ? kNone : found->second;
  }

 private:
  ConfigReader* const reader_;
  const std::string kind_;
  absl::flat_hash_map<std::string, int> indices_;
};

// Decodes one target after the other.
class TargetDecoder {
 public:
  TargetDecoder(ConfigReader* reader, const Names& sites, size_t site_count, const Policy& policy)
      : reader_(reader), sites_(sites), site_count_(site_count), policy_(policy) {}

  Target Decode(int index, const v1::TargetConfig& config) const;

 private:
  void CheckHowToProbe(const std::string& field, const v1::TargetConfig& config) const;
  void CheckRequest(const std::string& field, const v1::TargetConfig& config) const;
  void CheckRole(const std::string& field, const v1::TargetConfig& config) const;
  void CheckKindOfRole(const std::string& field, const v1::TargetConfig& config) const;
  std::vector<SiteIndex> DecodeSites(const std::string& field, const v1::TargetConfig& config,
                                     SiteIndex of_site) const;
  absl::Duration DecodeInterval(const std::string& field, const v1::TargetConfig& config,
                                TargetRole role) const;

  ConfigReader* const reader_;
  const Names& sites_;
  const size_t site_count_;
  const Policy& policy_;
};

Target TargetDecoder::Decode(int index, const v1::TargetConfig& config) const {
  const std::string field = absl::StrCat("targets[", index, "].");
  CheckHowToProbe(field, config);
  CheckRole(field, config);
  Target target = {.name = config.name(),
                   .role = FromProto<TargetRole>(config.role()).value_or(TargetRole::kTeamsHub),
                   .kind = FromProto<ProbeKind>(config.kind()).value_or(ProbeKind::kIcmpEcho),
                   .address = config.address(),
                   .port = static_cast<int>(config.port()),
                   .server_name = config.server_name(),
                   .tls_profile = config.tls_profile(),
                   .hop = config.next_hop(),
                   .path = config.path(),
                   .query = config.query(),
                   .found_by_name = config.found_by_name()};
  if (target.kind == ProbeKind::kHttpsGet && target.path.empty()) target.path = "/";
  if (!config.of_site().empty()) target.of_site = sites_.Find(field + "of_site", config.of_site());
  target.sites = DecodeSites(field, config, target.of_site);
  target.interval = DecodeInterval(field, config, target.role);
  return target;
}

void TargetDecoder::CheckHowToProbe(const std::string& field,
                                    const v1::TargetConfig& config) const {
  reader_->Expect(FromProto<ProbeKind>(config.kind()).has_value(), field + "kind", "nothing",
                  "SIP_OPTIONS_UDP, SIP_OPTIONS_TLS, ICMP_ECHO, TCP_CONNECT, STUN_BINDING, "
                  "TLS_CONNECT, HTTPS_GET or DNS_QUERY");
  reader_->Expect(IsIpLiteral(config.address()), field + "address", Quoted(config.address()),
                  "an IPv4 or IPv6 address");
  const bool has_port = config.kind() != v1::ICMP_ECHO;
  reader_->Expect(has_port ? config.port() >= 1 && config.port() <= 65535 : config.port() == 0,
                  field + "port", absl::StrCat(config.port()),
                  has_port ? "1 to 65535" : "0, because ICMP has no ports");
  const bool is_tls = config.kind() == v1::SIP_OPTIONS_TLS || config.kind() == v1::TLS_CONNECT ||
                      config.kind() == v1::HTTPS_GET;
  reader_->Expect(!is_tls || IsHostName(config.server_name()), field + "server_name",
                  Quoted(config.server_name()),
                  "the name that the server's certificate must carry");
  if (!config.tls_profile().empty()) {
    reader_->ExpectName(field + "tls_profile", config.tls_profile());
    reader_->Expect(is_tls, field + "tls_profile", Quoted(config.tls_profile()),
                    "nothing, unless kind is SIP_OPTIONS_TLS, TLS_CONNECT or HTTPS_GET");
  }
  CheckRequest(field, config);
}

void TargetDecoder::CheckRequest(const std::string& field, const v1::TargetConfig& config) const {
  if (config.kind() == v1::HTTPS_GET) {
    reader_->Expect(config.path().empty() || IsHttpPath(config.path()), field + "path",
                    Quoted(absl::CHexEscape(config.path())),
                    "at most 1000 visible characters, the first a \"/\"");
  } else {
    reader_->Expect(config.path().empty(), field + "path", Quoted(config.path()),
                    "nothing, unless kind is HTTPS_GET");
  }
  if (config.kind() == v1::DNS_QUERY) {
    reader_->Expect(IsHostName(config.query()), field + "query", Quoted(config.query()),
                    "the name to ask for, such as \"login.example.com\"");
  } else {
    reader_->Expect(config.query().empty(), field + "query", Quoted(config.query()),
                    "nothing, unless kind is DNS_QUERY");
  }
}

void TargetDecoder::CheckKindOfRole(const std::string& field,
                                    const v1::TargetConfig& config) const {
  const std::vector<v1::ProbeKind> kinds = KindsOf(config.role());
  if (kinds.empty()) return;
  const std::string names = absl::StrJoin(kinds, " or ", [](std::string* text, v1::ProbeKind kind) {
    absl::StrAppend(text, v1::ProbeKind_Name(kind));
  });
  reader_->Expect(std::find(kinds.begin(), kinds.end(), config.kind()) != kinds.end(),
                  field + "kind", v1::ProbeKind_Name(config.kind()),
                  absl::StrCat(names, ", because role is ", v1::TargetRole_Name(config.role())));
}

void TargetDecoder::CheckRole(const std::string& field, const v1::TargetConfig& config) const {
  reader_->Expect(FromProto<TargetRole>(config.role()).has_value(), field + "role", "nothing",
                  "a role, for example TEAMS_HUB or INTERNET_WITNESS");
  const bool is_hop = config.role() == v1::TEAMS_HUB || config.role() == v1::BACKUP_HOP;
  CheckKindOfRole(field, config);
  if (is_hop) {
    reader_->ExpectName(field + "next_hop", config.next_hop());
  } else {
    reader_->Expect(config.next_hop().empty(), field + "next_hop", Quoted(config.next_hop()),
                    "nothing, unless role is TEAMS_HUB or BACKUP_HOP");
  }
  const bool is_uplink = config.role() == v1::SITE_UPLINK;
  reader_->Expect(
      is_uplink == !config.of_site().empty(), field + "of_site", Quoted(config.of_site()),
      is_uplink ? "the site whose uplink this is" : "nothing, unless role is SITE_UPLINK");
}

std::vector<SiteIndex> TargetDecoder::DecodeSites(const std::string& field,
                                                  const v1::TargetConfig& config,
                                                  SiteIndex of_site) const {
  std::vector<SiteIndex> sites;
  if (config.sites_size() == 0) {
    sites.resize(site_count_);
    std::iota(sites.begin(), sites.end(), 0);
    if (of_site != kNone) std::erase(sites, of_site);
  }
  for (int i = 0; i < config.sites_size(); ++i) {
    const std::string place = absl::StrCat(field, "sites[", i, "]");
    const SiteIndex site = sites_.Find(place, config.sites(i));
    if (site == kNone) continue;
    reader_->Expect(site != of_site, place, Quoted(config.sites(i)),
                    "other sites than the one whose uplink this is");
    reader_->Expect(std::find(sites.begin(), sites.end(), site) == sites.end(), place,
                    Quoted(config.sites(i)), "each site once");
    sites.push_back(site);
  }
  std::sort(sites.begin(), sites.end());
  reader_->Expect(!sites.empty() || config.sites_size() > 0 || site_count_ == 0, field + "of_site",
                  Quoted(config.of_site()), "another site, to probe it");
  return sites;
}

absl::Duration TargetDecoder::DecodeInterval(const std::string& field,
                                             const v1::TargetConfig& config,
                                             TargetRole role) const {
  if (!config.has_interval()) {
    return IsMicrosoft(role) ? policy_.microsoft_interval : policy_.witness_interval;
  }
  const absl::Duration interval = FromProto(config.interval()).value_or(absl::ZeroDuration());
  reader_->Expect(interval >= kShortestInterval && interval <= absl::Hours(1), field + "interval",
                  absl::FormatDuration(interval), "100ms to 1h");
  return interval;
}

// A voice layer is judged, and its backups are proven, by what its vantage probes.
void CheckVantages(ConfigReader* reader, const Fleet& fleet) {
  for (size_t i = 0; i < fleet.voice_layers.size(); ++i) {
    const SiteIndex vantage = fleet.voice_layers[i].vantage;
    if (vantage == kNone) continue;
    const auto probes = [&](TargetRole role) {
      return std::any_of(fleet.targets.begin(), fleet.targets.end(), [&](const Target& target) {
        return target.role == role &&
               std::binary_search(target.sites.begin(), target.sites.end(), vantage);
      });
    };
    const std::string field = absl::StrCat("voice_layers[", i, "].vantage_site");
    const std::string name = Quoted(fleet.sites[static_cast<size_t>(vantage)].name);
    reader->Expect(probes(TargetRole::kTeamsHub), field, name,
                   "a site that probes at least one target of role TEAMS_HUB");
    reader->Expect(probes(TargetRole::kBackupHop), field, name,
                   "a site that probes at least one target of role BACKUP_HOP (nothing else proves "
                   "a backup route)");
  }
}

void CheckCounts(ConfigReader* reader, const v1::DetectorConfig& config, const Fleet& fleet) {
  const auto expect = [reader](int count, int most, absl::string_view field) {
    reader->Expect(count >= 1 && count <= most, field, absl::StrCat(count, " of them"),
                   absl::StrCat("1 to ", most));
  };
  expect(config.sites_size(), kMaxSites, "sites");
  expect(config.voice_layers_size(), kMaxVoiceLayers, "voice_layers");
  expect(config.targets_size(), kMaxTargets, "targets");
  expect(config.groups_size(), kMaxGroups, "groups");

  std::vector<int> targets(fleet.sites.size(), 0);
  for (const Target& target : fleet.targets) {
    for (const SiteIndex site : target.sites) ++targets[static_cast<size_t>(site)];
  }
  for (size_t site = 0; site < targets.size(); ++site) {
    reader->Expect(targets[site] <= kMaxTargetsPerPlan, absl::StrCat("sites[", site, "]"),
                   absl::StrCat(targets[site], " targets to probe"),
                   absl::StrCat("at most ", kMaxTargetsPerPlan));
  }
}

}  // namespace

Fleet DecodeFleet(ConfigReader* reader, const v1::DetectorConfig& config, const Policy& policy) {
  Fleet fleet;
  Names sites(reader, "sites");
  for (int i = 0; i < config.sites_size(); ++i) {
    const v1::SiteConfig& site = config.sites(i);
    sites.Add(i, site.name());
    reader->ExpectName(absl::StrCat("sites[", i, "].region"), site.region());
    reader->ExpectName(absl::StrCat("sites[", i, "].isp"), site.isp());
    fleet.sites.push_back({.name = site.name(), .region = site.region(), .isp = site.isp()});
  }

  Names voice_layers(reader, "voice_layers");
  for (int i = 0; i < config.voice_layers_size(); ++i) {
    const v1::VoiceLayerConfig& voice_layer = config.voice_layers(i);
    voice_layers.Add(i, voice_layer.name());
    const SiteIndex vantage =
        sites.Find(absl::StrCat("voice_layers[", i, "].vantage_site"), voice_layer.vantage_site());
    if (vantage != kNone) fleet.sites[static_cast<size_t>(vantage)].is_vantage = true;
    fleet.voice_layers.push_back({.name = voice_layer.name(), .vantage = vantage});
  }

  Names targets(reader, "targets");
  const TargetDecoder decoder(reader, sites, fleet.sites.size(), policy);
  for (int i = 0; i < config.targets_size(); ++i) {
    targets.Add(i, config.targets(i).name());
    fleet.targets.push_back(decoder.Decode(i, config.targets(i)));
  }

  Names groups(reader, "groups");
  for (int i = 0; i < config.groups_size(); ++i) {
    const v1::GroupConfig& group = config.groups(i);
    const std::string field = absl::StrCat("groups[", i, "].");
    groups.Add(i, group.name());
    const SiteIndex site = sites.Find(field + "site", group.site());
    // With an SBC in the branch, users sit at the vantage: then it is a branch like any other.
    if (site != kNone) fleet.sites[static_cast<size_t>(site)].is_vantage = false;
    fleet.groups.push_back(
        {.name = group.name(),
         .site = site,
         .voice_layer = voice_layers.Find(field + "voice_layer", group.voice_layer()),
         .backup_avoids_uplink = group.backup_avoids_uplink()});
  }

  CheckVantages(reader, fleet);
  CheckCounts(reader, config, fleet);
  return fleet;
}

}  // namespace dialtone::detector
