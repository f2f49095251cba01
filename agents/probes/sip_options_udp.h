// SIP OPTIONS over UDP.
#pragma once

#include <string>

#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/in_flight.h"
#include "agents/probes/socket.h"

namespace dialtone::agents {

// Sends one datagram per measurement and repeats none: a lost one is what it is here to see. The
// socket is connected, so that an ICMP error ends the measurements at once, and is opened anew
// after an error, so that a changed local address is taken up.
class SipOptionsUdp final : public Probe {
 public:
  SipOptionsUdp(Loop& loop, const Target& target, std::string source);

  bool Start(Done done) override;

 private:
  bool Open(Measurement* failure);
  void OnReady(int flags);
  void Read();
  void TakeErrors();
  void BreakBy(const Measurement& failure);
  std::string RequestWith(const std::string& branch) const;

  Loop& loop_;
  Target target_;
  SocketAddress peer_;
  std::string source_;
  Patience patience_;
  InFlight in_flight_;
  Fd fd_;
  LocalEnd local_;
  Watch watch_;
  absl::Time paused_until_ = absl::InfinitePast();
};

}  // namespace dialtone::agents
