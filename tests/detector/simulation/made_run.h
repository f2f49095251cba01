// Records of runs made by hand, and the small scenario they are runs of.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/check.h"
#include "detector/simulation/line_reader.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario_reader.h"

namespace dialtone::detector::simulation {

// A record that is written line by line; times are seconds since time 0.
class MadeRun {
 public:
  MadeRun& Move(SiteIndex site, double at, std::uint64_t diagnosis = 0,
                Origin origin = Origin::kAuto) {
    run_.shares.push_back({.site = site,
                           .at = absl::Seconds(at),
                           .backup_percent = 100,
                           .origin = origin,
                           .diagnosis = diagnosis});
    return *this;
  }
  MadeRun& Share(SiteIndex site, double at, int backup_percent) {
    run_.shares.push_back(
        {.site = site, .at = absl::Seconds(at), .backup_percent = backup_percent});
    return *this;
  }
  MadeRun& Hop(SiteIndex site, double at, int hub, HopState state) {
    run_.hops.push_back({.site = site, .at = absl::Seconds(at), .hub = hub, .state = state});
    return *this;
  }
  // Opens a diagnosis that is confirmed from the first moment on.
  MadeRun& Confirm(std::uint64_t id, absl::string_view domain, std::vector<SiteIndex> sites,
                   double at) {
    run_.diagnoses.push_back({.id = id});
    return Edit(domain, std::move(sites), at);
  }
  // The diagnosis opened last says something else from now on.
  MadeRun& Edit(absl::string_view domain, std::vector<SiteIndex> sites, double at,
                DiagnosisState state = DiagnosisState::kConfirmed) {
    run_.diagnoses.back().editions.push_back({.at = absl::Seconds(at),
                                              .state = state,
                                              .domain = ParseDomains(domain)->front(),
                                              .sites = std::move(sites)});
    return *this;
  }
  MadeRun& End(double at) {
    const DiagnosisEdition last = run_.diagnoses.back().editions.back();
    return Edit(Word(last.domain), last.sites, at, DiagnosisState::kEnded);
  }
  MadeRun& Noise(absl::string_view domain, std::vector<SiteIndex> sites, double from, double to) {
    run_.noise.push_back({.when = {.from = absl::Seconds(from), .to = absl::Seconds(to)},
                          .domains = *ParseDomains(domain),
                          .sites = std::move(sites)});
    return *this;
  }

  operator RunRecord() const { return run_; }  // NOLINT: it is one

 private:
  RunRecord run_;
};

// Ten sites, ISPs 0 and 1 by turns, regions 0 and 1 by twos; `lines` are added.
inline Scenario SmallScenario(absl::string_view lines) {
  ScenarioOrErrors read = ReadScenario(
      "small.scn", std::string("scenario small v1\nsites 10 isps 2 regions 2\nduration 10m\n") +
                       std::string(lines));
  CHECK(read.scenario.has_value()) << read.errors.front();
  return *std::move(read.scenario);
}

}  // namespace dialtone::detector::simulation
