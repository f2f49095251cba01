// dialtone-router as a whole, put together in one place.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "router/config.h"

namespace dialtone::router {

// A running router. The parts, in the order in which a route passes them:
//
//   route_service -> mailbox -> loop (route_table, store) -> reconciler -> kamailio
//
// and back: reconciler -> mailbox -> loop -> watchers.
class Daemon {
 public:
  // Restores what was accepted, and serves. `settings` and `clock` must outlive the daemon.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const RouterSettings& settings,
                                                       const Clock& clock);
  // Stops in the reverse order. The voice layer keeps what it has.
  virtual ~Daemon() = default;

  // Ports that are listened on: useful when port 0 was asked for. 0: no listener.
  virtual int grpc_port() const = 0;
  virtual int http_port() const = 0;
};

}  // namespace dialtone::router
