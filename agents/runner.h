// Runs the probes of a plan at their times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/measurement.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/schedule.h"

namespace dialtone::agents {

// Starts what the schedule says is due, and makes a Result of each Measurement: numbered, with the
// time it was sent at, and with how late the agent itself was meanwhile, so that a stalled machine
// accuses nobody. Lives on the loop's thread.
class Runner {
 public:
  using MakeProbe = std::function<absl::StatusOr<std::unique_ptr<Probe>>(const Target&)>;
  using Sink = std::function<void(Result)>;

  // `sink` gets every result. It may call nothing of the runner.
  Runner(Loop& loop, MakeProbe make_probe, Sink sink);

  // Probes what the plan says, and nothing else. A probe whose target is as before goes on with its
  // warm connection and what it has learned. Returns the targets that cannot be probed, as
  // "NAME: reason".
  std::vector<std::string> Follow(const Plan& plan);

  // The targets that are being probed.
  std::vector<Target> targets() const;

  // Probes some of them faster for a while.
  void StartBurst(const Burst& burst);

  // Probes nothing any more; measurements under way end without a result.
  void Stop() { Follow(Plan()); }

  // Probes that were due and not made: we were late, too many were in flight, or the probe said
  // "not now".
  uint64_t skipped() const { return schedule_.skipped() + not_now_; }

 private:
  struct Bench {
    Target target;
    std::unique_ptr<Probe> probe;
    int in_flight = 0;
  };

  void LeaveAll(const Bench& bench);
  void Wake();
  void Begin(const DueProbe& due);
  void End(Bench* bench, Result result, absl::Duration late_at_start);

  Loop& loop_;
  const MakeProbe make_probe_;
  const Sink sink_;
  Schedule schedule_;
  std::map<std::string, std::unique_ptr<Bench>> benches_;
  uint64_t last_sequence_ = 0;
  uint64_t not_now_ = 0;
  Timer timer_;
};

}  // namespace dialtone::agents
