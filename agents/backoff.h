// How long to wait before a stream is opened again.
#pragma once

#include "absl/time/time.h"

namespace dialtone::agents {

// Doubles with every failure in a row, from 0.25 s to 2 s, so that a detector that was restarted
// has its fleet back within seconds. A detector that refuses this agent by name will go on doing
// so: then 30 s. Half of each wait is drawn at random, so that a thousand agents do not come back
// together.
class Backoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(250);
  static constexpr absl::Duration kLongest = absl::Seconds(2);
  static constexpr absl::Duration kRefused = absl::Seconds(30);

  // The wait after one more failure; `draw` is from [0, 1).
  absl::Duration AfterFailure(double draw);

  // The wait after a refusal that only an engineer can end.
  static absl::Duration AfterRefusal(double draw);

  // It worked: the next failure is the first.
  void Reset() { failures_ = 0; }

 private:
  int failures_ = 0;
};

}  // namespace dialtone::agents
