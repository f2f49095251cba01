// One agent: the schedule, the patience and the outbox of a real one, probing the simulated world.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "agents/outbox.h"
#include "agents/patience.h"
#include "agents/schedule.h"
#include "agents/spool.h"
#include "agents/urgency.h"
#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/world.h"

namespace dialtone::detector::simulation {

// Something of an agent that reaches the detector.
struct Delivery {
  absl::Time arrives = {};
  bool opens_stream = false;  // the agent's Hello comes first
  Batch batch = {};
};

// What the agents' runner, probes and uplink do with sockets, done with the world; what they do
// without them (which probe is due, how long to wait, which result is urgent, which batch leaves)
// is theirs, the real code.
class Agent {
 public:
  // From the agent to the detector, over a path that nothing disturbs.
  static constexpr absl::Duration kTransit = absl::Milliseconds(5);

  // All outlive the agent. `zero` is the time 0 of the scenario.
  Agent(SiteIndex site, const Scenario& scenario, const Fleet& fleet, const Policy& policy,
        absl::Time zero, absl::Time start, World* world);

  // Does what is due, and appends what reaches the detector.
  void Step(absl::Time now, std::vector<Delivery>* deliveries);

  // The detector asks for a burst.
  void OnBurst(const BurstRequest& burst, absl::Time now);

  // The detector is gone, or there again: streams end and begin anew.
  void OnDetectorLost();
  void OnDetectorBack(absl::Time now);

  // When Step has something to do.
  absl::Time NextWake() const;

  // The agent's processes never end: one run.
  static constexpr std::uint64_t kRunId = 1;

 private:
  // What the agent knows of one target.
  struct Path {
    TargetIndex target = kNone;
    std::optional<Probed> probed = {};  // absent: the backup route's hop
    std::string name = {};
    agents::Patience patience;
    bool is_restless = false;  // the last result was bad, or one under way is: results are awaited
  };
  // A probe under way: its end is decided when it is sent.
  struct Flying {
    absl::Time ends = {};
    std::size_t path = 0;
    ProbeResult result = {};
    absl::Duration late_at_start = {};
    std::optional<absl::Duration> lesson = {};  // what its answer teaches, in time or not
    bool is_result = true;    // false: an answer after the deadline, which only teaches
    bool is_awaited = false;  // the agent wakes for it
  };
  // Its wall clock is set.
  struct ClockStep {
    absl::Time at = {};
    absl::Duration by = {};
  };
  struct Outage {
    absl::Time begin = {};
    absl::Time end = {};
    bool keeps = false;  // what was measured meanwhile arrives afterwards
  };

  Moment MomentOf(absl::Time time) const {
    return static_cast<double>(absl::ToInt64Nanoseconds(time - zero_)) * 1e-9;
  }
  bool IsStalled(absl::Time now);
  void Launch(const agents::DueProbe& due, absl::Time now);
  void LaunchMedia(const Path& path, Flying* flying, double moment);
  void LaunchCall(const Path& path, Flying* flying, double moment);
  void LaunchRequest(Path* path, Flying* flying, double moment);
  void LaunchBackup(Flying* flying);
  void Fly(Flying flying);
  void Land(absl::Time now);
  void Land(Flying flying);
  void Close();
  void Report(absl::Time now, std::vector<Delivery>* deliveries);
  void Send(const agents::Outbox::Batch& batch, absl::Time now, std::vector<Delivery>* deliveries);
  void Acknowledge(const agents::Outbox::Batch& batch, absl::Time now);
  void TrimResults();
  const Outage* OutageAt(absl::Time now) const;
  Batch BatchOf(const agents::Outbox::Batch& batch, absl::Time now) const;

  const SiteIndex site_;
  const absl::Time zero_;
  World& world_;
  const bool shares_uplink_;
  std::vector<Outage> outages_;      // of the scenario: the agent's reports do not arrive
  std::vector<Outage> dead_backup_;  // the backup route's hop does not answer
  std::vector<ClockStep> clock_steps_;

  std::vector<Path> paths_;
  agents::Schedule schedule_;
  agents::Urgency urgency_;
  agents::Spool spool_;
  agents::Outbox outbox_;
  std::deque<ProbeResult> results_;  // those of the spool, in the detector's words
  std::uint64_t last_sequence_ = 0;
  std::deque<Flying> flying_;  // by end

  absl::Time stalled_until_ = absl::InfinitePast();
  absl::Duration lag_ = {};                     // of the last stall
  absl::Time lag_seen_ = absl::InfinitePast();  // when it was over

  bool is_open_ = false;                             // the stream
  absl::Time open_at_ = absl::InfinitePast();        // when it is to be opened
  bool greets_ = false;                              // the next batch is its first
  std::optional<agents::Outbox::Batch> stuck_ = {};  // on an uplink that loses it
  absl::Time try_again_ = absl::InfiniteFuture();
  absl::Duration try_again_in_ = {};
};

}  // namespace dialtone::detector::simulation
