// The wall between the runner and the ways of measuring.
#pragma once

#include <functional>

#include "agents/measurement.h"

namespace dialtone::agents {

// Measures one target, again and again, and keeps what outlasts a measurement: a warm connection, a
// socket, the round trip it has learned. Lives on the loop's thread.
class Probe {
 public:
  using Done = std::function<void(Measurement)>;

  // Measurements under way end without a result.
  virtual ~Probe() = default;

  // Starts one measurement. True: `done` is called exactly once, from the loop or still from inside
  // Start, at the latest when the deadlines of all its phases have passed. False: not now (a
  // connection is being set up, or the target asked for patience); nothing was sent and `done` is
  // not called. Neither Start nor the destructor may be called from inside `done`.
  [[nodiscard]] virtual bool Start(Done done) = 0;
};

}  // namespace dialtone::agents
