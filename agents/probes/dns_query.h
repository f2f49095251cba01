// DNS query: does the site's resolver find names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/socket.h"

namespace dialtone::agents {

// Asks one resolver for the A record of one name, by c-ares. Each measurement has a channel of its
// own, so that each has a source port of its own (RFC 5452 §9.2), none waits for another, and none
// is served by what an earlier one left behind. Nothing is repeated; a truncated answer is asked
// for again over TCP (RFC 7766 §5), within the same deadline.
//
// The sockets are ours: they are bound as all probes are, tell why they failed, and know when the
// kernel saw the answer.
class DnsQuery final : public Probe {
 public:
  DnsQuery(Loop& loop, const Target& target, std::string source);
  ~DnsQuery() override;

  bool Start(Done done) override;

 private:
  class Attempt;

  Loop& loop_;
  const Target target_;
  SocketAddress peer_;
  std::string source_;
  Patience patience_;
  bool was_found_ = false;                          // the name had an address once
  std::vector<std::unique_ptr<Attempt>> attempts_;  // Schedule::kMostInFlight, and late ones
};

}  // namespace dialtone::agents
