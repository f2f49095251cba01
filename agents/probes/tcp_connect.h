// TCP handshake, then close.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/loop.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/connection.h"

namespace dialtone::agents {

// Opens a connection per measurement and closes it at once: the round trip is the handshake's.
class TcpConnect final : public Probe {
 public:
  TcpConnect(Loop& loop, const Target& target, std::string source);
  ~TcpConnect() override;

  bool Start(Done done) override;

 private:
  class Attempt;

  Loop& loop_;
  SocketAddress peer_;
  std::string source_;
  Connection::Patiences patiences_;
  std::vector<std::unique_ptr<Attempt>> attempts_;  // at most Schedule::kMostInFlight
};

}  // namespace dialtone::agents
