// The running detector: every part of it, wired in the order of the data's flow.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "base/clock.h"
#include "detector/config.h"

namespace dialtone::detector {

// From Start to Stop. Everything that can fail fails in Start, before anything listens: the
// journal, the certificates, the addresses.
class Daemon {
 public:
  // Raises the epoch and commits it before the first RPC. Without a journal it first asks the
  // routers, for a few seconds at most, which epoch they have seen. `clock` must outlive the
  // daemon.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DetectorSettings& settings,
                                                       const Clock& clock);
  ~Daemon();  // stops: services first, then the loop, the journal, the routers
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Ports it listens on: useful when port 0 was asked for. 0: no listener.
  int grpc_port() const;
  int http_port() const;

 private:
  class Parts;

  explicit Daemon(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace dialtone::detector
