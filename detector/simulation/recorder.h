// Writes down what happens in a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/core.h"
#include "detector/simulation/router.h"
#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"

namespace dialtone::detector::simulation {

class Recorder {
 public:
  // While a diagnosis is in force its sites are looked at this often; all else is told when it
  // happens.
  static constexpr absl::Duration kLooksEvery = absl::Milliseconds(250);

  Recorder(const Scenario& scenario, const Fleet& fleet, absl::Time zero);

  void CountProbes(std::size_t results) { record_.probes += results; }
  void OnOccurrences(const std::vector<Occurrence>& occurrences, const Core& core, absl::Time now);
  // A router did something.
  void OnRouter(SiteIndex site, const Router& router, absl::Time now);
  void Look(const Core& core, absl::Time now);
  absl::Time NextLook() const { return next_look_; }

  // The end; `core` is null while the detector is down.
  RunRecord Finish(const Core* core, absl::Time now);

 private:
  struct Ways {
    int backup_percent = 0;
    std::vector<HopState> hubs = {};
  };

  void WriteEdition(const Diagnosis& diagnosis, absl::Time now);
  void EndDiagnosis(std::uint64_t id, absl::Time now);

  const absl::Time zero_;
  std::vector<std::string> hubs_;  // next hops, in order
  std::map<std::string, SiteIndex> site_of_group_;
  std::map<std::uint64_t, std::size_t> known_;  // diagnoses in force: position in the record
  std::vector<std::uint64_t> mover_;            // by site: the diagnosis of the last move
  std::vector<Ways> ways_;                      // by site
  absl::Time next_look_ = absl::InfiniteFuture();
  RunRecord record_;
};

}  // namespace dialtone::detector::simulation
