// Notices when somebody sets the wall clock of an agent's machine.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "detector/chronicle.h"
#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// An agent reports by how much its wall clock was set since it started (Batch::clock_set_by); when
// that changes from one batch to the next of the same run, the clock was set in between. So a lost
// batch hides no step, and one that is sent again makes none. Results count by the agent's
// monotonic clock and stay where they are in time; but whoever sets a clock may have stopped the
// machine meanwhile, and certificates are judged by it: what was in flight is no evidence.
class AgentClocks {
 public:
  // What a busy machine may lose between reading one clock and the other stays below. (ntpd slews
  // what is less than 128 ms off, chronyd by default what is less than 1 s off.)
  static constexpr absl::Duration kLeastStep = absl::Milliseconds(500);
  // Every step counts; a clock that keeps jumping is told of once in this time.
  static constexpr absl::Duration kToldEvery = absl::Seconds(30);

  // What was seen of one agent's clock since the detector started.
  struct Steps {
    std::uint64_t count = 0;
    absl::Duration last = {};  // positive: forward
    absl::Time last_time = absl::InfinitePast();
  };

  // `fleet` outlives the clocks.
  explicit AgentClocks(const Fleet& fleet) : fleet_(fleet), clocks_(fleet.sites.size()) {}

  // Whether the clock was set since the batch before; tells it as an alarm.
  bool OnBatch(const Batch& batch, absl::Time now, Chronicle* chronicle);

  const Steps& steps(SiteIndex site) const { return clocks_[static_cast<std::size_t>(site)].steps; }

 private:
  struct AgentClock {
    std::optional<std::uint64_t> run_id;  // whose set_by it is
    absl::Duration set_by;
    Steps steps;
    absl::Time told = absl::InfinitePast();
  };

  const Fleet& fleet_;
  std::vector<AgentClock> clocks_;
};

}  // namespace dialtone::detector
