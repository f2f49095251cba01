#include "detector/snapshot_metrics.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "prometheus/metric_family.h"

#include "detector/domains.h"

namespace dialtone::detector {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

// A family of gauges being filled.
class Gauges {
 public:
  Gauges(std::string name, std::string help) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = prometheus::MetricType::Gauge;
  }

  void Add(std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
  }

  MetricFamily Take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

// A family of counters being filled.
class Counters {
 public:
  Counters(std::string name, std::string help) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = prometheus::MetricType::Counter;
  }

  void Add(std::vector<ClientMetric::Label> labels, std::uint64_t value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = static_cast<double>(value);
    family_.metric.push_back(std::move(metric));
  }

  MetricFamily Take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

// The domains that may move numbers, and what must be probed at a site to judge them there.
struct MovingDomain {
  FaultDomain domain;
  TargetRole role;
};
constexpr MovingDomain kMovingDomains[] = {
    {FaultDomain::kTeamsSignalling, TargetRole::kTeamsHub},
    {FaultDomain::kTeamsMedia, TargetRole::kTeamsMediaRelay},
    {FaultDomain::kIdentity, TargetRole::kSignIn},
    {FaultDomain::kMicrosoft365, TargetRole::kMicrosoft365Witness},
};
// Test calls judge this one; there is no target for it.
constexpr FaultDomain kDomainsWithoutTarget[] = {FaultDomain::kTeamsCalling,
                                                 FaultDomain::kTeamsAll};

bool IsFailing(const View& view, FaultDomain domain, SiteIndex site) {
  return std::any_of(view.diagnoses.begin(), view.diagnoses.end(), [&](const Diagnosis& diagnosis) {
    return diagnosis.domain == domain && diagnosis.state == DiagnosisState::kConfirmed &&
           std::find(diagnosis.sites.begin(), diagnosis.sites.end(), site) != diagnosis.sites.end();
  });
}

bool Judges(const Fleet& fleet, const SiteView& site, TargetRole role) {
  return !site.is_mute &&
         std::any_of(site.paths.begin(), site.paths.end(), [&](const PathView& path) {
           return fleet.targets[static_cast<size_t>(path.target)].role == role &&
                  path.health != Health::kNoJudgement;
         });
}

std::optional<double> GoodShare(const Fleet& fleet, const SiteView& site, TargetRole role) {
  if (site.is_mute) return std::nullopt;
  int all = 0;
  int bad = 0;
  for (const PathView& path : site.paths) {
    if (fleet.targets[static_cast<size_t>(path.target)].role != role) continue;
    all += path.recent;
    bad += path.recent_bad;
  }
  if (all == 0) return std::nullopt;
  return static_cast<double>(all - bad) / all;
}

// Per cent of a group's calls that are confirmed to go home; nothing while unknown.
std::optional<int> PercentHome(const GroupView& group) {
  if (group.confirmed.empty()) return std::nullopt;
  int home = 0;
  for (const Share& share : group.confirmed) {
    if (share.route == group.home_route) home += share.percent;
  }
  return home;
}

void AddSites(const Fleet& fleet, const View& view, absl::Time now,
              std::vector<MetricFamily>* families) {
  Gauges info("dialtone_site_info", "Metadata of a configured site; constant 1.");
  Gauges healthy("dialtone_site_fault_domain_healthy",
                 "Whether the fault domain of the site is judged healthy (1) or not (0); absent "
                 "while unknown.");
  Gauges evidence("dialtone_site_fault_domain_evidence_ratio",
                  "Share of the latest 16 probes of each of the domain's targets that were good; "
                  "absent while the site has no vote.");
  Gauges heard("dialtone_site_last_report_timestamp_seconds",
               "Unix time of the latest probe report accepted from the site.");
  Counters clock_steps("dialtone_agent_clock_steps_total",
                       "Times that the wall clock of the site's agent was seen being set.");
  std::array<int, 4> states = {};
  for (const SiteView& site_view : view.sites) {
    const Site& site = fleet.sites[static_cast<size_t>(site_view.site)];
    ++states[static_cast<size_t>(site_view.health)];
    info.Add({{"site", site.name},
              {"region", site.region},
              {"isp", site.isp},
              {"agent_version", site_view.agent_version}},
             1);
    for (const auto& [domain, role] : kMovingDomains) {
      const std::optional<double> good = GoodShare(fleet, site_view, role);
      if (good.has_value()) {
        evidence.Add({{"site", site.name}, {"domain", std::string(Word(domain))}}, *good);
      }
      const bool failing = IsFailing(view, domain, site_view.site);
      if (!failing && !Judges(fleet, site_view, role)) continue;
      healthy.Add({{"site", site.name}, {"domain", std::string(Word(domain))}}, failing ? 0 : 1);
    }
    for (const FaultDomain domain : kDomainsWithoutTarget) {
      if (!IsFailing(view, domain, site_view.site)) continue;
      healthy.Add({{"site", site.name}, {"domain", std::string(Word(domain))}}, 0);
    }
    clock_steps.Add({{"site", site.name}}, site_view.clock_steps);
    if (site_view.last_batch_age.has_value()) {
      const absl::Duration since = now - *site_view.last_batch_age - absl::UnixEpoch();
      heard.Add({{"site", site.name}}, absl::ToDoubleSeconds(since));
    }
  }
  Gauges sites("dialtone_sites", "Configured sites by state.");
  constexpr std::array<const char*, 4> kStates = {"healthy", "degraded", "failed", "unknown"};
  for (size_t i = 0; i < states.size(); ++i) sites.Add({{"state", kStates[i]}}, states[i]);
  for (Gauges* gauges : {&info, &healthy, &evidence, &heard, &sites})
    families->push_back(gauges->Take());
  families->push_back(clock_steps.Take());
}

void AddGroups(const Fleet& fleet, const View& view, std::vector<MetricFamily>* families) {
  double home = 0;
  double backup = 0;
  double unknown = 0;
  std::vector<bool> known(fleet.sites.size(), false);
  std::array<std::vector<bool>, 3> away;  // by origin
  away.fill(std::vector<bool>(fleet.sites.size(), false));
  std::vector<double> drifted(fleet.voice_layers.size(), 0);
  for (const GroupView& group_view : view.groups) {
    const Group& group = fleet.groups[static_cast<size_t>(group_view.group)];
    const double numbers = static_cast<double>(group_view.numbers);
    if (!group_view.in_sync) drifted[static_cast<size_t>(group.voice_layer)] += numbers;
    const std::optional<int> percent_home = PercentHome(group_view);
    if (!percent_home.has_value()) {
      unknown += numbers;
      continue;
    }
    home += numbers * *percent_home / 100;
    backup += numbers * (100 - *percent_home) / 100;
    known[static_cast<size_t>(group.site)] = true;
    if (*percent_home == 100) continue;
    const Origin origin = group_view.wanted.has_value() ? group_view.wanted->origin : Origin::kAuto;
    away[static_cast<size_t>(origin)][static_cast<size_t>(group.site)] = true;
  }

  Gauges numbers("dialtone_numbers", "Numbers by the route that the voice layer last confirmed.");
  numbers.Add({{"route", "primary"}}, home);
  numbers.Add({{"route", "backup"}}, backup);
  numbers.Add({{"route", "unknown"}}, unknown);

  Gauges on_backup("dialtone_site_on_backup",
                   "Whether calls to numbers of the site are routed over a backup route.");
  for (size_t site = 0; site < fleet.sites.size(); ++site) {
    if (!known[site]) continue;
    const bool is_away = away[0][site] || away[1][site] || away[2][site];
    on_backup.Add({{"site", fleet.sites[site].name}}, is_away ? 1 : 0);
  }
  Gauges sites("dialtone_sites_on_backup", "Sites on a backup route by what put them there.");
  constexpr std::array<const char*, 3> kTriggers = {"auto", "manual", "breakglass"};
  for (size_t i = 0; i < away.size(); ++i) {
    sites.Add({{"trigger", kTriggers[i]}},
              static_cast<double>(std::count(away[i].begin(), away[i].end(), true)));
  }
  Gauges drift("dialtone_numbers_drifted",
               "Numbers whose confirmed route differs from the wanted one.");
  for (size_t i = 0; i < drifted.size(); ++i) {
    drift.Add({{"router", fleet.voice_layers[i].name}}, drifted[i]);
  }
  for (Gauges* gauges : {&numbers, &on_backup, &sites, &drift}) families->push_back(gauges->Take());
}

void AddRouters(const Fleet& fleet, const View& view, std::vector<MetricFamily>* families) {
  Gauges up("dialtone_detector_router_up", "Whether the router answers.");
  Gauges generation("dialtone_detector_router_generation",
                    "Generation of the table that the router last acknowledged.");
  for (const RouterView& router : view.routers) {
    const std::string& name = fleet.voice_layers[static_cast<size_t>(router.voice_layer)].name;
    up.Add({{"router", name}}, router.up ? 1 : 0);
    generation.Add({{"router", name}}, static_cast<double>(router.generation));
  }
  Gauges wanted("dialtone_wanted_generation", "Generation of the table that the detector wants.");
  wanted.Add({}, static_cast<double>(view.generation));
  Gauges mode("dialtone_automation_mode", "Mode of automatic rerouting; 1 for the one in force.");
  const std::string in_force = view.frozen ? "off" : view.may_act ? "auto" : "observe";
  for (const char* name : {"off", "observe", "auto"}) {
    mode.Add({{"mode", name}}, in_force == name ? 1 : 0);
  }
  for (Gauges* gauges : {&up, &generation, &wanted, &mode}) families->push_back(gauges->Take());
}

void AddGuards(const View& view, std::vector<MetricFamily>* families) {
  Gauges engaged("dialtone_guard_engaged",
                 "Whether the guard refuses automatic route changes now (1), of any group.");
  for (const char* guard : kGuardNames) {
    const bool refuses =
        (view.frozen && absl::string_view(guard) == "frozen") ||
        std::any_of(view.groups.begin(), view.groups.end(), [&](const GroupView& group) {
          return absl::StartsWith(group.blocked_by, absl::StrCat(guard, ":"));
        });
    engaged.Add({{"guard", guard}}, refuses ? 1 : 0);
  }
  Gauges budget("dialtone_flip_budget_remaining",
                "Numbers that automatic steps may still move while the cap is not lifted.");
  budget.Add({{"scope", "system"}}, view.cap_left);
  for (Gauges* gauges : {&engaged, &budget}) families->push_back(gauges->Take());
}

// What the decision made of the results that the report service took in.
void AddResults(const ResultCounts& results, std::vector<MetricFamily>* families) {
  Counters counts("dialtone_decision_results_total",
                  "Probe results by what the decision made of them.");
  counts.Add({{"result", "counted"}}, results.accepted);
  counts.Add({{"result", "doubled"}}, results.doubled);
  counts.Add({{"result", "late"}}, results.late);
  counts.Add({{"result", "old_run"}}, results.old_run);
  families->push_back(counts.Take());
}

}  // namespace

void SnapshotMetrics::Set(View view, absl::Time now) {
  auto snapshot = std::make_shared<const Snapshot>(Snapshot{std::move(view), now});
  MutexLock lock(&mutex_);
  latest_ = std::move(snapshot);
}

absl::Time SnapshotMetrics::time() const {
  MutexLock lock(&mutex_);
  return latest_ == nullptr ? absl::InfinitePast() : latest_->time;
}

std::vector<MetricFamily> SnapshotMetrics::Collect() const {
  std::shared_ptr<const Snapshot> snapshot;
  {
    MutexLock lock(&mutex_);
    snapshot = latest_;
  }
  std::vector<MetricFamily> families;
  Gauges store("dialtone_store_up", "Whether the latest store operation succeeded.");
  store.Add({{"backend", "sqlite"}}, journal_.health().up ? 1 : 0);
  Gauges epoch("dialtone_epoch", "Epoch that this detector writes to routers with.");
  epoch.Add({}, static_cast<double>(journal_.epoch()));
  Gauges waiting("dialtone_loop_messages", "Messages that wait for the decision.");
  waiting.Add({}, static_cast<double>(mailbox_.size()));
  for (Gauges* gauges : {&store, &epoch, &waiting}) families.push_back(gauges->Take());
  if (snapshot == nullptr) return families;
  AddSites(fleet_, snapshot->view, snapshot->time, &families);
  AddGroups(fleet_, snapshot->view, &families);
  AddRouters(fleet_, snapshot->view, &families);
  AddGuards(snapshot->view, &families);
  AddResults(snapshot->view.results, &families);
  // A family without a series has no type to show.
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

}  // namespace dialtone::detector
