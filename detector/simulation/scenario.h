// A scenario file as plain data: the simulated fleet, what goes wrong when, what is true then, and
// what must come of it. The language is described in tests/scenarios/README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector::simulation {

// What every site of the simulated world probes. Each site has its own.
enum class Probed {
  kHub1,
  kHub2,
  kHub3,
  kMedia1,
  kMedia2,
  kSignIn,
  kMicrosoft365,
  kInternet1,
  kInternet2,
  kIspReference,
  kVoice,
  kVoiceMedia,
  kLan,
  kCall,     // test call through Teams
  kCarrier,  // test call through the carrier
};
inline constexpr int kProbedCount = 15;

// The word of the language ("hub1", "ispref"), by position in Probed.
inline constexpr std::array<absl::string_view, kProbedCount> kProbedWords = {
    "hub1",  "hub2",   "hub3",  "media1", "media2", "signin", "m365",   "inet1",
    "inet2", "ispref", "voice", "vmedia", "lan",    "call",   "carrier"};

// A set of them.
class ProbedSet {
 public:
  constexpr ProbedSet() = default;
  constexpr explicit ProbedSet(std::uint32_t bits) : bits_(bits) {}
  constexpr bool Has(Probed probed) const {
    return (bits_ >> static_cast<std::uint32_t>(probed) & 1U) != 0;
  }
  constexpr void Add(Probed probed) { bits_ |= 1U << static_cast<std::uint32_t>(probed); }
  constexpr ProbedSet operator|(ProbedSet other) const { return ProbedSet(bits_ | other.bits_); }
  constexpr bool operator==(const ProbedSet&) const = default;
  constexpr bool empty() const { return bits_ == 0; }

 private:
  std::uint32_t bits_ = 0;
};

// The targets that a word names: one of kProbedWords, or a group (`hubs`, `media`, `teams`,
// `microsoft365`, `voicelayer`, `names`, `offlan`, `beyond-isp`). Empty for an unknown word.
ProbedSet ProbedOf(absl::string_view word);

// Whom something hits, as the file says it.
struct Where {
  enum class Kind { kGlobal, kIsp, kRegion, kSite, kFraction };
  Kind kind = Kind::kGlobal;
  std::vector<int> numbers = {};  // of ISPs, regions or sites, ascending, no doubles
  double fraction = 1;            // kFraction: 0..1
  bool operator==(const Where&) const = default;
};

// Where a site stands and how good its line is. Absent values are drawn by the world.
struct SiteTraits {
  int isp = 0;
  int region = 0;
  std::optional<double> loss = {};           // long-run share of packets lost in link bursts, 0..1
  std::optional<absl::Duration> burst = {};  // mean length of a link burst
  std::optional<absl::Duration> round_trip = {};
};

enum class Noise { kQuiet, kNominal, kHostile };

// Half open: [from, to), since time 0 of the scenario.
struct Span {
  absl::Duration from = {};
  absl::Duration to = {};
  bool Contains(absl::Duration at) const { return from <= at && at < to; }
  bool operator==(const Span&) const = default;
};

// How a target fails. The second line is of our own words.
enum class FaultKind {
  kBlackhole,
  kError503,
  kSlow,
  kLoss,
  kOneWay,
  kReject,
  kRefuse,
  kTlsStall,
  kCertificate,
  kThrottle,
  kAddress,
};

// Something goes wrong with some targets, seen from some sites.
struct Fault {
  Span when = {};
  FaultKind kind = FaultKind::kBlackhole;
  ProbedSet targets = {};
  Where where = {};
  double severity = 1;                         // 0..1: of requests, or of packets each way (kLoss)
  absl::Duration delay = absl::Seconds(2);     // kSlow
  absl::Duration ramp_in = {};                 // linear from 0 at `from`
  absl::Duration ramp_out = {};                // linear to 0 at `to`
  std::optional<absl::Duration> flap_on = {};  // ON long, then OFF long, from `from` on
  absl::Duration flap_off = {};
  int code = 0;       // kReject: the SIP or HTTP status
  int dead = 0;       // kAddress: so many ...
  int addresses = 0;  // ... of so many addresses of the name are dead

  // The severity in force at `at`: ramps and flaps considered, 0 outside.
  double SeverityAt(absl::Duration at) const;
};

enum class AgentFaultKind { kStall, kSilent, kLateResults, kClockJump };

// Something is wrong with the agents themselves.
struct AgentFault {
  Span when = {};
  AgentFaultKind kind = AgentFaultKind::kStall;
  Where where = {};
  absl::Duration by = {};  // kClockJump: may be negative
};

// What else happens; all of our own words.
enum class IncidentKind {
  kBackupDead,    // the backup routes of these sites do not answer
  kDetectorDown,  // killed at `from`, started again from its journal at `to`
};

struct Incident {
  Span when = {};
  IncidentKind kind = IncidentKind::kBackupDead;
  Where where = {};
};

// An operator's order at one moment; of our own words.
struct OperatorOrder {
  enum class Verb { kFailover, kFailback, kHold, kRelease, kFreeze, kUnfreeze };
  absl::Duration at = {};
  Verb verb = Verb::kFailover;
  Where where = {};  // not of freeze and unfreeze
};

// A fault domain as the file says it.
struct DomainName {
  FaultDomain domain = FaultDomain::kUnknown;
  int hub = 0;  // 1..3 for kHub, else 0
  bool operator==(const DomainName&) const = default;
};

// The word: "hub2", "teams-media".
std::string Word(DomainName name);

// Whether numbers ought to move.
enum class FlipWish { kYes, kNo, kMay };

// What is true for a while.
struct Truth {
  Span when = {};
  std::vector<DomainName> domains = {};  // any of them is right; `network` stands as its two
  Where where = {};
  FlipWish flip = FlipWish::kMay;
  double calls_degraded = 0;  // 0..1
  int line = 0;
};

// One term of an `expect` line.
struct Expectation {
  enum class Kind {
    kDetectWithin,
    kFlipWithin,
    kFailbackWithin,
    kFlipsPerSite,
    kFalseSiteFlips,
    kNoFlip,
    kNoFlipBefore,
    kNoBlame,
    kQuiet,
  };
  Kind kind = Kind::kQuiet;
  absl::Duration within = {};            // the kinds with a duration
  double count = 0;                      // kFlipsPerSite, kFalseSiteFlips
  std::vector<DomainName> domains = {};  // kNoBlame
  std::string text = {};                 // as the file says it
  int line = 0;
};

// One file.
struct Scenario {
  std::string name = {};
  std::string source = {};
  std::string note = {};
  std::uint64_t seed = 1;
  int isps = 1;
  int regions = 1;
  std::vector<SiteTraits> sites = {};
  Noise noise = Noise::kNominal;
  absl::Duration warm_up = absl::Seconds(120);  // nominal time before 0
  double start_hour = 10;                       // local hour at time 0
  double calls_per_second = 0;                  // per site; 0: no callers
  absl::Duration duration = {};                 // after time 0
  std::string policy_file = {};  // absolute or relative to the working directory; empty: shipped
  bool reports_share_uplink = false;  // else they have a path of their own
  std::vector<Fault> faults = {};
  std::vector<AgentFault> agent_faults = {};
  std::vector<Incident> incidents = {};
  std::vector<OperatorOrder> orders = {};
  std::vector<Truth> truths = {};
  std::vector<Expectation> expectations = {};

  int site_count() const { return static_cast<int>(sites.size()); }
};

// The sites that `where` means, ascending.
std::vector<SiteIndex> SitesOf(const Where& where, const Scenario& scenario);

// The seed of run `run` (0, 1, ...) of a scenario with `seed`.
std::uint64_t SeedOfRun(std::uint64_t seed, int run);

// Sets every site's ISP and region as the world has them unless the file says otherwise: ISP =
// site mod isps, region = floor(site / isps) mod regions.
std::vector<SiteTraits> DefaultSites(int sites, int isps, int regions);

}  // namespace dialtone::detector::simulation
