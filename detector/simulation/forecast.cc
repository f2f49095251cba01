#include "detector/simulation/forecast.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/domains.h"
#include "detector/hypothesis.h"
#include "detector/paths.h"
#include "detector/simulation/expected_evidence.h"
#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {
namespace {

using enum TargetRole;

// A learned deadline: 0.3 s and twice a round trip of 50 ms. And an answer that says no.
constexpr double kSilence = 0.4;
constexpr double kAnswer = 0.05;
// A stream is bad with its second lost packet, 0.2 s and a round trip later.
constexpr double kStream = 0.5;
// A test call is judged when it rings too late, or has been listened to.
constexpr double kCall = 4;

enum class Width { kEveryone, kIsp, kSite };

// One kind of fault, and what it does to probes.
struct Kind {
  std::string fault = {};
  std::vector<TargetRole> spoils = {};
  Consequence consequence = Consequence::kNumbersMove;
  double spoilt = 1;         // share of the probes
  double hurt = 1;           // share of the calls
  double answer = kSilence;  // seconds until a bad probe is known to be bad
  bool is_refusal = false;
  bool is_one_target = false;  // one of several
  std::vector<Width> widths = {Width::kEveryone};
};

// At least two of the 25 packets of an audio probe lost, at that loss each way.
double AudioSpoilt(double loss) {
  const double p = 1 - (1 - loss) * (1 - loss);
  return 1 - std::pow(1 - p, 25) - 25 * p * std::pow(1 - p, 24);
}

std::vector<Kind> Kinds() {
  using enum Consequence;
  const std::vector<TargetRole> teams = {kTeamsHub, kTeamsMediaRelay, kSignIn};
  const std::vector<TargetRole> microsoft = {kTeamsHub, kTeamsMediaRelay, kSignIn,
                                             kMicrosoft365Witness};
  const std::vector<TargetRole> beyond = {
      kTeamsHub,        kTeamsMediaRelay, kSignIn,          kMicrosoft365Witness,
      kInternetWitness, kVoiceLayer,      kVoiceLayerMedia, kBackupHop};
  std::vector<TargetRole> off_lan = beyond;
  off_lan.push_back(kIspWitness);
  const std::vector<Width> all = {Width::kEveryone, Width::kIsp, Width::kSite};
  return {
      {.fault = "all hubs silent", .spoils = {kTeamsHub}, .widths = all},
      {.fault = "all hubs answer 503",
       .spoils = {kTeamsHub},
       .answer = kAnswer,
       .is_refusal = true,
       .widths = {Width::kEveryone, Width::kSite}},
      {.fault = "30 % of requests die",
       .spoils = {kTeamsHub},
       .spoilt = 0.3,
       .hurt = 0.3,
       .widths = {Width::kEveryone, Width::kSite}},
      {.fault = "10 % of requests die", .spoils = {kTeamsHub}, .spoilt = 0.1, .hurt = 0.1},
      {.fault = "5 % of requests die", .spoils = {kTeamsHub}, .spoilt = 0.05, .hurt = 0.05},
      {.fault = "one hub silent",
       .spoils = {kTeamsHub},
       .consequence = kHopSkipped,
       .is_one_target = true,
       .widths = {Width::kEveryone, Width::kSite}},
      {.fault = "media loss 10 %",
       .spoils = {kTeamsMediaRelay},
       .spoilt = AudioSpoilt(0.1),
       .answer = kStream},
      {.fault = "media loss 3 %",
       .spoils = {kTeamsMediaRelay},
       .spoilt = AudioSpoilt(0.03),
       .answer = kStream},
      {.fault = "sign-in dead", .spoils = {kSignIn}},
      {.fault = "calls without audio one way",
       .spoils = {kTestCall},
       .answer = kCall,
       .is_refusal = true},
      {.fault = "all of Teams dead", .spoils = teams},
      {.fault = "all of Microsoft 365 dead",
       .spoils = microsoft,
       .widths = {Width::kEveryone, Width::kIsp}},
      {.fault = "the ISP's core dead",
       .spoils = beyond,
       .consequence = kAvoidingMove,
       .widths = {Width::kIsp}},
      {.fault = "access line dead",
       .spoils = off_lan,
       .consequence = kAvoidingMove,
       .widths = {Width::kSite}},
      {.fault = "voice layer dead", .spoils = {kVoiceLayer}, .consequence = kNothing},
  };
}

// Probes a second of a target at one site, and while the site bursts (core.cc: hubs, sign-in,
// internet witnesses).
double RateOf(const Target& target, const Policy& policy, bool bursts) {
  double seconds = absl::ToDoubleSeconds(IntervalOf(target, policy));
  if (bursts &&
      (target.role == kTeamsHub || target.role == kSignIn || target.role == kInternetWitness)) {
    seconds = std::min(seconds, absl::ToDoubleSeconds(policy.burst_interval));
  }
  return 1 / seconds;
}

// Every site's probes, by role.
class Company {
 public:
  Company(const Policy& policy, const Fleet& fleet);

  int isps() const { return static_cast<int>(of_isp_.size()); }

  // The row of one kind of fault; nothing when there is no such scope, or nobody probes that.
  std::optional<FaultForecast> Row(const Kind& kind, Width width,
                                   const Thresholds& thresholds) const;

 private:
  struct Probes {
    int targets = 0;
    double slow = 0;  // a second
    double fast = 0;  // while the site bursts
  };

  std::vector<SiteIndex> Probing(const Kind& kind, const std::vector<SiteIndex>& among) const;
  std::optional<std::vector<SiteIndex>> SitesOf(const Kind& kind, Width width) const;
  ProbeStream StreamAt(SiteIndex site, const Kind& kind) const;
  absl::Duration Persistence(const Kind& kind, Width width) const;

  const Policy& policy_;
  std::vector<std::map<TargetRole, Probes>> probes_;  // by site
  std::vector<SiteIndex> everyone_;
  std::map<std::string, std::vector<SiteIndex>> of_isp_;
};

Company::Company(const Policy& policy, const Fleet& fleet)
    : policy_(policy), probes_(fleet.sites.size()) {
  for (SiteIndex site = 0; site < static_cast<int>(fleet.sites.size()); ++site) {
    of_isp_[fleet.sites[static_cast<std::size_t>(site)].isp].push_back(site);
    everyone_.push_back(site);
  }
  for (const Target& target : fleet.targets) {
    for (const SiteIndex site : target.sites) {
      Probes& probes = probes_[static_cast<std::size_t>(site)][target.role];
      ++probes.targets;
      probes.slow += RateOf(target, policy, /*bursts=*/false);
      probes.fast += RateOf(target, policy, /*bursts=*/true);
    }
  }
}

ProbeStream Company::StreamAt(SiteIndex site, const Kind& kind) const {
  ProbeStream stream = {
      .spoilt = kind.spoilt, .answer = absl::Seconds(kind.answer), .is_refusal = kind.is_refusal};
  for (const auto& [role, probes] : probes_[static_cast<std::size_t>(site)]) {
    if (std::find(kind.spoils.begin(), kind.spoils.end(), role) != kind.spoils.end()) {
      const double share = kind.is_one_target ? 1.0 / probes.targets : 1;
      stream.targets += kind.is_one_target ? 1 : probes.targets;
      stream.probes += share * probes.slow;
      stream.burst_probes += share * probes.fast;
    } else if (IsWitness(role)) {
      stream.witnesses += probes.slow;
      stream.burst_witnesses += probes.fast;
    }
  }
  return stream;
}

std::vector<SiteIndex> Company::Probing(const Kind& kind,
                                        const std::vector<SiteIndex>& among) const {
  std::vector<SiteIndex> sites;
  std::copy_if(among.begin(), among.end(), std::back_inserter(sites),
               [&](SiteIndex site) { return StreamAt(site, kind).targets > 0; });
  return sites;
}

// Those that such a fault hits; of several ISPs the one with the fewest sites.
std::optional<std::vector<SiteIndex>> Company::SitesOf(const Kind& kind, Width width) const {
  if (width != Width::kIsp) {
    std::vector<SiteIndex> sites = Probing(kind, everyone_);
    const std::size_t least = width == Width::kSite ? 1 : 2;
    if (sites.size() < least) return std::nullopt;
    return sites;
  }
  if (isps() < 2) return std::nullopt;
  std::optional<std::vector<SiteIndex>> fewest;
  for (const auto& [isp, members] : of_isp_) {
    std::vector<SiteIndex> sites = Probing(kind, members);
    if (sites.size() < 2) continue;
    if (!fewest.has_value() || sites.size() < fewest->size()) fewest = std::move(sites);
  }
  return fewest;
}

absl::Duration Company::Persistence(const Kind& kind, Width width) const {
  if (kind.consequence == Consequence::kAvoidingMove) return policy_.persistence_network;
  switch (width) {
    case Width::kEveryone:
      return policy_.persistence_wide;
    case Width::kIsp:
      return policy_.persistence_isp;
    case Width::kSite:
      return policy_.persistence_site;
  }
  return policy_.persistence_wide;
}

std::optional<FaultForecast> Company::Row(const Kind& kind, Width width,
                                          const Thresholds& thresholds) const {
  const std::optional<std::vector<SiteIndex>> sites = SitesOf(kind, width);
  if (!sites.has_value()) return std::nullopt;
  ProbeStream slowest;
  for (const SiteIndex site : *sites) {
    const ProbeStream stream = StreamAt(site, kind);
    if (slowest.targets == 0 || stream.probes < slowest.probes) slowest = stream;
  }
  const bool is_site = width == Width::kSite;
  const int hit = is_site ? 1 : static_cast<int>(sites->size());
  FaultForecast row = {.fault = kind.fault,
                       .scope = is_site                ? "one site"
                                : width == Width::kIsp ? "one ISP"
                                                       : "everyone",
                       .sites = hit,
                       .consequence = kind.consequence};
  const std::optional<absl::Duration> gathered =
      TimeToReach(is_site ? thresholds.site : thresholds.wide, slowest, hit, policy_);
  if (gathered.has_value()) {
    absl::Duration lasts = absl::ZeroDuration();
    if (is_site && kind.consequence == Consequence::kNumbersMove) lasts = kLastsToMove;
    if (is_site && kind.consequence == Consequence::kAvoidingMove) lasts = kLastsAsNetwork;
    row.recognised = std::max(*gathered, lasts + slowest.answer);
  }
  const bool may_move = kind.consequence == Consequence::kNumbersMove ||
                        kind.consequence == Consequence::kAvoidingMove;
  if (may_move && 100 * kind.hurt >= policy_.least_hurt_percent && gathered.has_value()) {
    row.moved = std::max(row.recognised, Persistence(kind, width));
  }
  return row;
}

// The chance that a lognormal episode, cut off at `most`, outlasts `least` and ends within 30 s of
// it.
double ChanceBrief(double median, double sigma, double most, double least) {
  const auto outlasts = [&](double seconds) {
    if (seconds >= most) return 0.0;
    return 0.5 * std::erfc(std::log(seconds / median) / sigma / std::sqrt(2.0));
  };
  return std::max(0.0, outlasts(least) - outlasts(least + 30));
}

// The troubles that networks make by themselves, as scenarios play them under `nominal`.
double BriefFlips(const Policy& policy, int isps) {
  const double wide = absl::ToDoubleSeconds(policy.persistence_wide);
  const double isp = absl::ToDoubleSeconds(policy.persistence_isp);
  constexpr double kHubHiccupsPerYear = 12;      // all hubs at once
  constexpr double kIspBurstsPerYear = 26;       // of one ISP
  constexpr double kTowardsMicrosoftOnly = 0.3;  // of these: the others name a network
  return kHubHiccupsPerYear * ChanceBrief(1.5, 0.8, 20, wide) +
         kIspBurstsPerYear * kTowardsMicrosoftOnly * isps * ChanceBrief(4, 1, 29, isp);
}

void FindBroken(const Policy& policy, Forecast* forecast) {
  if (forecast->brief_flips_per_year > policy.brief_flips_per_year) {
    forecast->broken.push_back(absl::StrFormat(
        "brief flips: %.1f a year are to be expected, stated are at most %g; a longer "
        "persistence.wide or persistence.isp makes them fewer",
        forecast->brief_flips_per_year, policy.brief_flips_per_year));
  }
  const auto in_tenths = [](absl::Duration duration) {
    return absl::FormatDuration(absl::Trunc(duration, absl::Milliseconds(100)));
  };
  for (const FaultForecast& row : forecast->faults) {
    if (row.fault != "all hubs silent" || row.recognised <= policy.shortest_outage) continue;
    forecast->broken.push_back(
        absl::StrCat("\"", row.fault, "\" for ", row.scope, " is recognised ",
                     row.recognised == absl::InfiniteDuration()
                         ? "not within an hour"
                         : absl::StrCat("after ", in_tenths(row.recognised)),
                     ", later than the shortest outage worth moving for, ",
                     absl::FormatDuration(policy.shortest_outage),
                     "; a shorter probing.microsoft_interval makes it sooner"));
  }
}

}  // namespace

Fleet EvenFleet(const FleetShape& shape, const Policy& policy) {
  Scenario scenario;
  scenario.isps = shape.isps;
  scenario.sites = DefaultSites(shape.sites, shape.isps, /*regions=*/1);
  return FleetOf(scenario, policy);
}

Forecast ForecastOf(const Policy& policy, const Fleet& fleet) {
  const Company company(policy, fleet);
  Forecast forecast = {.sites = static_cast<int>(fleet.sites.size()),
                       .isps = company.isps(),
                       .thresholds = ThresholdsOf(policy, fleet),
                       .brief_flips_per_year = BriefFlips(policy, company.isps())};
  for (const Width width : {Width::kEveryone, Width::kIsp, Width::kSite}) {
    for (const Kind& kind : Kinds()) {
      if (std::find(kind.widths.begin(), kind.widths.end(), width) == kind.widths.end()) continue;
      std::optional<FaultForecast> row = company.Row(kind, width, forecast.thresholds);
      if (row.has_value()) forecast.faults.push_back(*std::move(row));
    }
  }
  FindBroken(policy, &forecast);
  return forecast;
}

}  // namespace dialtone::detector::simulation
