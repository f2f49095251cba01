// The fleet and the policy as plain data: what the configuration says, checked, with names turned
// into indices. Pure code knows nothing of the configuration files.
//
// Every member of the plain structs has an initialiser, so that designated initialisers may name
// just those that matter (g++ warns of the others otherwise).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace dialtone::detector {

// Positions in the vectors of Fleet. Two kinds of index never meet in one variable name.
using SiteIndex = int;
using TargetIndex = int;
using GroupIndex = int;
using VoiceLayerIndex = int;

// No such site, target, ...
inline constexpr int kNone = -1;

// What broke, and so who must mend it: the words of proto/dialtone/v1/fault.proto.
enum class FaultDomain {
  kHub,  // which one: the target index beside it
  kTeamsSignalling,
  kTeamsMedia,
  kIdentity,
  kTeamsCalling,
  kTeamsAll,
  kMicrosoft365,
  kSiteNetwork,
  kIspCore,
  kMediaPath,
  kDns,
  kVoiceLayer,
  kCarrier,
  kLan,
  kCertificate,
  kUnreachable,
  kUnknown,
};

// Whom a fault hits.
enum class Scope { kPath, kSite, kIsp, kRegion, kGlobal };

// What a target is to the decision.
enum class TargetRole {
  kTeamsHub,
  kTeamsMediaRelay,
  kSignIn,
  kMicrosoft365Witness,
  kInternetWitness,
  kIspWitness,
  kLanGateway,
  kVoiceLayer,
  kBackupHop,
  kSiteUplink,
  kCarrierTrunk,
  kVoiceLayerMedia,
  kTestCall,
  kDnsResolver,
};

// How a probe is made: values of proto ProbeKind.
enum class ProbeKind {
  kSipOptionsUdp,
  kSipOptionsTls,
  kIcmpEcho,
  kTcpConnect,
  kStunBinding,
  kTlsConnect,
  kHttpsGet,
  kDnsQuery,
};

// One branch, or the place of a voice layer (is_vantage: no users, no part in shares of sites).
struct Site {
  std::string name = {};
  std::string region = {};
  std::string isp = {};
  bool is_vantage = false;
};

// A voice layer and the site it is seen from.
struct VoiceLayer {
  std::string name = {};
  SiteIndex vantage = kNone;
};

// One thing that is probed.
struct Target {
  std::string name = {};
  TargetRole role = TargetRole::kInternetWitness;
  ProbeKind kind = ProbeKind::kIcmpEcho;
  std::string address = {};
  int port = 0;
  std::string server_name = {};
  std::string tls_profile = {};
  std::string hop = {};               // next hop it is (hubs, backup hops); empty otherwise
  SiteIndex of_site = kNone;          // whose uplink (kSiteUplink)
  std::string path = {};              // kHttpsGet
  std::string query = {};             // kDnsQuery
  bool found_by_name = false;         // a fault of the site's DNS hits it too
  std::vector<SiteIndex> sites = {};  // who probes it, ascending; never empty
  absl::Duration interval = {};       // the target's own, or the policy's for its role
};

// One number group. Its routes come from its router (RouterReport); until then it cannot move.
struct Group {
  std::string name = {};
  SiteIndex site = kNone;
  VoiceLayerIndex voice_layer = kNone;
  bool backup_avoids_uplink = false;
};

// Everything the decision is about.
struct Fleet {
  std::vector<Site> sites = {};
  std::vector<VoiceLayer> voice_layers = {};
  std::vector<Target> targets = {};
  std::vector<Group> groups = {};
};

// What the user states; field by field the Policy of config.proto, defaults as shipped.
struct Policy {
  bool may_act = false;  // mode: observe or auto

  // What the user can bear; thresholds.h makes thresholds of it.
  double false_flips_per_site_year = 0.005;
  double false_flips_per_system_decade = 0.5;
  double brief_flips_per_year = 3;
  absl::Duration shortest_outage = absl::Seconds(30);
  int least_hurt_percent = 5;

  // How long a diagnosis must last before numbers move.
  absl::Duration persistence_wide = absl::Seconds(5);
  absl::Duration persistence_site = absl::Seconds(12);
  absl::Duration persistence_isp = absl::Seconds(20);
  absl::Duration persistence_network = absl::Seconds(30);

  // How long numbers stay.
  absl::Duration stay_first = absl::Seconds(60);
  absl::Duration stay_longest = absl::Minutes(30);
  bool stay_doubles = true;
  absl::Duration stay_after_third_fault = absl::Minutes(35);  // zero: no such rule

  // How numbers come home.
  absl::Duration failback_clean = absl::Seconds(30);
  std::vector<int> failback_steps = {5, 25, 100};
  absl::Duration failback_step = absl::Minutes(2);

  // Limits on automatic moves.
  int cap_percent = 20;
  int first_wave_percent = 5;
  absl::Duration wave_interval = absl::Seconds(3);

  // Probing.
  absl::Duration microsoft_interval = absl::Seconds(15);
  absl::Duration witness_interval = absl::Seconds(1);
  absl::Duration burst_interval = absl::Seconds(1);
  absl::Duration burst_duration = absl::Seconds(30);
  absl::Duration fresh_handshake_interval = absl::Seconds(60);
  absl::Duration answer_timeout = absl::Seconds(2);
  absl::Duration connect_timeout = absl::Seconds(2);

  absl::Duration warm_up = absl::Seconds(60);
  absl::Duration journal_fresh = absl::Seconds(60);
};

}  // namespace dialtone::detector
