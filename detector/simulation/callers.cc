#include "detector/simulation/callers.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "absl/time/time.h"

#include "detector/domains.h"
#include "detector/simulation/noise.h"

namespace dialtone::detector::simulation {
namespace {

// Where the calls of one site go at one moment.
struct Ways {
  int backup_percent = 0;
  std::array<HopState, kHubs> hubs = {};
};

// Whether the hop states keep calls from waiting for what is broken.
bool HopStatesHelp(const DomainName& name, const Ways& ways) {
  switch (name.domain) {
    case FaultDomain::kHub:
      return ways.hubs[static_cast<std::size_t>(name.hub - 1)] != HopState::kNormal;
    case FaultDomain::kTeamsSignalling:
    case FaultDomain::kTeamsAll:
    case FaultDomain::kMicrosoft365:
      return std::all_of(ways.hubs.begin(), ways.hubs.end(),
                         [](HopState state) { return state == HopState::kAfterBackups; });
    default:
      return false;
  }
}

// Share of the calls that one truth hurts although they go these ways.
double HurtBy(const Truth& truth, const Ways& ways) {
  const DomainName& name = truth.domains.front();
  if (HopStatesHelp(name, ways)) return 0;
  const double away = Domains::IsMicrosoft(name.domain) ? ways.backup_percent / 100.0 : 0;
  return truth.calls_degraded * (1 - away);
}

// Counts the calls of one site between moments at which nothing changes.
class SiteCalls {
 public:
  SiteCalls(SiteIndex site, const Scenario& scenario, const RunRecord& record)
      : site_(site), scenario_(scenario), record_(record) {
    const auto covers = [&](const Where& where) {
      const std::vector<SiteIndex> sites = SitesOf(where, scenario);
      return std::binary_search(sites.begin(), sites.end(), site);
    };
    for (const Truth& truth : scenario.truths) {
      if (truth.calls_degraded <= 0 || truth.domains.empty() || !covers(truth.where)) continue;
      truths_.push_back(&truth);
      AddMoments(truth.when);
    }
    for (const Incident& incident : scenario.incidents) {
      if (incident.kind != IncidentKind::kBackupDead || !covers(incident.where)) continue;
      dead_backup_.push_back(incident.when);
      AddMoments(incident.when);
    }
    for (const ShareChange& change : record.shares) {
      if (change.site == site) moments_.insert(change.at);
    }
    for (const HopChange& change : record.hops) {
      if (change.site == site) moments_.insert(change.at);
    }
    AddMoments({.from = absl::ZeroDuration(), .to = record.end});
  }

  void AddTo(CallFigures* figures) const {
    for (auto at = moments_.begin(); std::next(at) != moments_.end(); ++at) {
      if (*at < absl::ZeroDuration() || *at >= record_.end) continue;
      const double seconds = absl::ToDoubleSeconds(*std::next(at) - *at);
      const double placed = seconds * scenario_.calls_per_second;
      const double hurt = HurtAt(*at, WaysAt(*at));
      figures->placed += placed;
      figures->hurt += placed * hurt;
      figures->hurt_unaided += placed * HurtAt(*at, Ways());
      if (hurt > 0) figures->seconds_hurt += seconds;
    }
  }

 private:
  void AddMoments(const Span& span) {
    moments_.insert(span.from);
    moments_.insert(span.to);
  }

  Ways WaysAt(absl::Duration at) const {
    Ways ways;
    for (const ShareChange& change : record_.shares) {
      if (change.site == site_ && change.at <= at) ways.backup_percent = change.backup_percent;
    }
    for (const HopChange& change : record_.hops) {
      if (change.site != site_ || change.at > at) continue;
      ways.hubs[static_cast<std::size_t>(change.hub - 1)] = change.state;
    }
    return ways;
  }

  double HurtAt(absl::Duration at, const Ways& ways) const {
    double fine = 1;
    for (const Truth* const truth : truths_) {
      if (truth->when.Contains(at)) fine *= 1 - HurtBy(*truth, ways);
    }
    const bool is_backup_dead = std::any_of(dead_backup_.begin(), dead_backup_.end(),
                                            [at](const Span& span) { return span.Contains(at); });
    if (is_backup_dead) fine *= 1 - ways.backup_percent / 100.0;
    return 1 - fine;
  }

  const SiteIndex site_;
  const Scenario& scenario_;
  const RunRecord& record_;
  std::vector<const Truth*> truths_ = {};
  std::vector<Span> dead_backup_ = {};
  std::set<absl::Duration> moments_ = {};
};

}  // namespace

CallFigures CountCalls(const Scenario& scenario, const RunRecord& record) {
  CallFigures figures;
  for (SiteIndex site = 0; site < scenario.site_count(); ++site) {
    SiteCalls(site, scenario, record).AddTo(&figures);
  }
  return figures;
}

}  // namespace dialtone::detector::simulation
