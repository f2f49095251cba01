// How many probe results a second one core decides about, beside a loop that only reads them.
//
//   core_bench [SITES] [SECONDS]
//
// 10,000 sites with 14 targets each at 1 Hz unless said otherwise, in three conditions: nothing but
// lone losses; the link bursts of an ordinary morning; all hubs silent at every site. Times are
// those of the core alone, and real time is 140,000 results a second. Results come in batches of a
// site and a second, as agents send them; ten voice layers, a router each, one number group a site.
// Ten seconds before those that are measured let the core learn the lines.
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/core.h"
#include "detector/probe_plan.h"
#include "detector/simulation/policies.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/simulated_fleet.h"
#include "detector/simulation/world.h"

namespace dialtone::detector::simulation {
namespace {

constexpr int kVoiceLayers = 10;
constexpr int kWarmUpSeconds = 10;
const absl::Time kZero = absl::FromUnixSeconds(1'700'000'000);

using Trace = std::vector<std::pair<absl::Time, Batch>>;  // by arrival

Policy WarmPolicy() {
  Policy policy = LaboratoryPolicy();
  policy.warm_up = absl::ZeroDuration();
  return policy;
}

Fleet FleetWithFewVoiceLayers(const Scenario& scenario, const Policy& policy) {
  Fleet fleet = FleetOf(scenario, policy);
  fleet.voice_layers.resize(kVoiceLayers);
  for (Group& group : fleet.groups) group.voice_layer = group.site % kVoiceLayers;
  // 14 a second: all but the two test calls.
  for (Target& target : fleet.targets) {
    target.interval = target.interval > absl::Seconds(1) ? absl::Hours(1) : target.interval;
  }
  return fleet;
}

Scenario Company(int sites, int seconds) {
  Scenario scenario;
  scenario.isps = 20;
  scenario.regions = 5;
  scenario.sites = DefaultSites(sites, 20, 5);
  scenario.noise = Noise::kQuiet;
  scenario.warm_up = absl::ZeroDuration();
  scenario.duration = absl::Seconds(kWarmUpSeconds + seconds);
  return scenario;
}

ProbeResult Probe(World* world, SiteIndex site, TargetIndex target, absl::Time sent) {
  ProbeResult result = {.target = target, .sent = sent, .round_trip = absl::Milliseconds(20)};
  if (target == kBackupTarget) return result;
  const auto probed = static_cast<Probed>(target);
  const Moment moment = absl::ToDoubleSeconds(sent - kZero);
  if (World::IsMedia(probed)) {
    result.packets_sent = Stream::kPackets;
    result.packets_lost = world->Media(site, probed, moment).lost;
    return result;
  }
  const Reply reply = world->Request(site, probed, moment);
  if (reply.after > 0.4) {
    result.outcome = Outcome::kTimedOut;
    result.round_trip.reset();
  } else if (reply.kind != Reply::Kind::kGood) {
    result.outcome = Outcome::kRejected;
  }
  return result;
}

// What arrives in one second, in the order of arrival.
Trace SecondOf(World* world, const Fleet& fleet, int second,
               std::vector<std::uint64_t>* sequences) {
  Trace trace;
  const absl::Time begin = kZero + absl::Seconds(second);
  for (SiteIndex site = 0; site < std::ssize(fleet.sites); ++site) {
    Batch batch = {.site = site, .run_id = 1};
    absl::Time last = begin;
    for (const PlannedProbe& probe : PlanProbes(fleet, site)) {
      if (probe.interval > absl::Seconds(1)) continue;
      ProbeResult result = Probe(world, site, probe.target, begin + probe.phase);
      result.sequence = ++(*sequences)[static_cast<std::size_t>(site)];
      last = std::max(last, result.sent);
      batch.results.push_back(std::move(result));
    }
    trace.emplace_back(last + absl::Milliseconds(400), std::move(batch));
  }
  std::stable_sort(trace.begin(), trace.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return trace;
}

RouterReport ReportOf(const Fleet& fleet, VoiceLayerIndex layer) {
  RouterReport report = {.voice_layer = layer,
                         .routes = {{.route = kHomeRoute, .hops = {"t1", "t2", "t3"}},
                                    {.route = kBackupRoute, .hops = {kBackupHop}}},
                         .voice_layer_up = true};
  for (const Group& group : fleet.groups) {
    if (group.voice_layer != layer) continue;
    report.groups.push_back({.group = group.name,
                             .home_route = kHomeRoute,
                             .backup_routes = {kBackupRoute},
                             .numbers = 100,
                             .confirmed = {{.route = kHomeRoute, .percent = 100}},
                             .in_sync = true});
  }
  return report;
}

// Of the core's time: what others do on this machine meanwhile does not count.
class Stopwatch {
 public:
  void Start() { begin_ = Now(); }
  void Stop() { taken_ += Now() - begin_; }
  double seconds() const { return taken_; }

 private:
  static double Now() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  double begin_ = 0;
  double taken_ = 0;
};

// What any program must do that looks at every result once.
double Read(const Trace& trace) {
  double sum = 0;
  for (const auto& [arrives, batch] : trace) {
    for (const ProbeResult& result : batch.results) {
      if (result.round_trip.has_value()) sum += absl::ToDoubleSeconds(*result.round_trip);
    }
  }
  return sum;
}

// What the core had to say about it.
struct Said {
  std::size_t bursts = 0;
  std::size_t suspicions = 0;
  std::size_t diagnoses = 0;  // confirmed
  std::string last = {};
};

void Count(const Effects& effects, Said* said) {
  said->bursts += effects.bursts.size();
  for (const Occurrence& occurrence : effects.occurrences) {
    if (occurrence.kind == OccurrenceKind::kSuspected) ++said->suspicions;
    if (occurrence.kind == OccurrenceKind::kConfirmed) ++said->diagnoses;
    said->last = occurrence.sentence;
  }
}

void Decide(Core* core, Trace trace, Said* said) {
  for (auto& [arrives, batch] : trace) {
    while (core->NextWake() < arrives) Count(core->Handle(Wake{}, core->NextWake()), said);
    Count(core->Handle(std::move(batch), arrives), said);
  }
}

void Measure(absl::string_view what, const Scenario& scenario, int seconds) {
  const Policy policy = WarmPolicy();
  const Fleet fleet = FleetWithFewVoiceLayers(scenario, policy);
  World world(scenario, 1);
  Core core(fleet, policy, CoreStart{.epoch = 1, .journal = {}, .journal_time = kZero}, kZero);
  std::vector<std::uint64_t> sequences(fleet.sites.size(), 0);
  for (SiteIndex site = 0; site < std::ssize(fleet.sites); ++site) {
    (void)core.Handle(AgentConnected{.site = site, .run_id = 1}, kZero);
  }
  for (VoiceLayerIndex layer = 0; layer < kVoiceLayers; ++layer) {
    (void)core.Handle(ReportOf(fleet, layer), kZero);
  }
  Stopwatch reading;
  Stopwatch deciding;
  double results = 0;
  double sum = 0;
  Said said;
  for (int second = 0; second < kWarmUpSeconds + seconds; ++second) {
    Trace trace = SecondOf(&world, fleet, second, &sequences);
    if (second < kWarmUpSeconds) {
      Decide(&core, std::move(trace), &said);
      continue;
    }
    for (const auto& [arrives, batch] : trace) results += static_cast<double>(batch.results.size());
    reading.Start();
    sum += Read(trace);
    reading.Stop();
    deciding.Start();
    Decide(&core, std::move(trace), &said);
    deciding.Stop();
  }
  std::cout << what << ": " << results / deciding.seconds() << " results/s decided, "
            << seconds / deciding.seconds() << " times real time; " << results / reading.seconds()
            << " results/s read (" << sum << " s of round trips); " << said.bursts
            << " bursts asked for, " << said.suspicions << " suspicions, " << said.diagnoses
            << " diagnoses: " << said.last << std::endl;
}

int Main(int argc, char** argv) {
  const int sites = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  Scenario calm = Company(sites, seconds);
  for (SiteTraits& site : calm.sites) site.loss = 0;
  Scenario outage = Company(sites, seconds);
  outage.faults = {{.when = {.from = absl::Seconds(kWarmUpSeconds), .to = outage.duration},
                    .kind = FaultKind::kBlackhole,
                    .targets = ProbedOf("hubs")}};
  Measure("lone losses", calm, seconds);
  Measure("link bursts", Company(sites, seconds), seconds);
  Measure("all hubs silent", outage, seconds);
  return 0;
}

}  // namespace
}  // namespace dialtone::detector::simulation

int main(int argc, char** argv) { return dialtone::detector::simulation::Main(argc, argv); }
