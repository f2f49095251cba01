// TCP handshake, with TLS on it or without, then close.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/loop.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/connection.h"
#include "agents/probes/tls_context.h"

namespace dialtone::agents {

// Opens a connection per measurement and closes it as soon as it stands: the round trip is that of
// the last handshake.
//
// A TLS 1.3 server that does not like our certificate says so only after our handshake is done, so
// this says nothing of client certificates: for that something must be asked.
class Handshake final : public Probe {
 public:
  // Without `context` TCP alone. It and the loop outlive the probe.
  Handshake(Loop& loop, const Target& target, TlsContext* context, std::string source);
  ~Handshake() override;

  bool Start(Done done) override;

 private:
  class Attempt;

  Loop& loop_;
  const Target target_;
  TlsContext* const context_;
  SocketAddress peer_;
  std::string source_;
  Connection::Patiences patiences_;
  std::vector<std::unique_ptr<Attempt>> attempts_;  // Schedule::kMostInFlight, and late ones
};

}  // namespace dialtone::agents
