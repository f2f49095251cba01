// ICMP and ICMPv6 echo.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/in_flight.h"
#include "agents/probes/socket.h"

namespace dialtone::agents {

// Sends one echo request per measurement (RFC 792, RFC 4443 §4) and matches the reply by its
// sequence number and a random payload. Uses the kernel's ping socket where the group may
// (ping_group_range), else a raw socket where the program may (CAP_NET_RAW).
class IcmpEcho final : public Probe {
 public:
  // PERMISSION_DENIED "icmp not permitted" when neither kind of socket can be had.
  static absl::StatusOr<std::unique_ptr<IcmpEcho>> Make(Loop& loop, const Target& target,
                                                        std::string source);

  bool Start(Done done) override;

 private:
  // Tells our replies from those of others, and of another run.
  using Payload = std::array<char, 16>;

  IcmpEcho(Loop& loop, const Target& target, std::string source);

  bool Open(Measurement* failure);
  void OnReady(int flags);
  void TakeReply(absl::string_view packet, absl::Duration waited);
  void TakeErrors();
  void BreakBy(const Measurement& failure);
  std::string RequestWith(uint16_t sequence) const;
  bool is_v6() const { return peer_.family() == AF_INET6; }

  SocketAddress peer_;
  std::string source_;
  Patience patience_;
  InFlight in_flight_;
  Fd fd_;
  Watch watch_;
  bool is_raw_ = false;
  uint16_t identifier_ = 0;
  uint16_t last_sequence_ = 0;
  Payload payload_ = {};
};

}  // namespace dialtone::agents
