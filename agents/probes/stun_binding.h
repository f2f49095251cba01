// A stream of STUN Binding requests: what media would find on the same path.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/in_flight.h"
#include "agents/probes/socket.h"
#include "agents/quality.h"
#include "agents/stream_budget.h"

namespace dialtone::agents {

// What one stream is.
struct StreamShape {
  int packets = 25;
  absl::Duration spacing = absl::Milliseconds(40);
};

// Sends 25 requests within a second, 40 ms apart, marked as voice is (DSCP EF), repeats none, and
// tells how many were answered, how fast, and how evenly. It ends when each packet has been
// answered or waited for; while nothing at all is answered, five packets that waited in vain end it
// early, for then there is a fault to report and no quality to measure.
//
// Any STUN answer counts as a packet that came through; only an error of the relay itself (5xx)
// makes the outcome a rejection.
//
// While a stream is being sent, and when the budget of a public relay is spent, Start says "not
// now".
class StunBinding final : public Probe {
 public:
  static constexpr int kSilencesThatEnd = 5;

  // `budget` limits the streams, nullptr: no limit. It and the loop outlive the probe.
  StunBinding(Loop& loop, const Target& target, std::string source, StreamBudget* budget,
              const StreamShape& shape = {});
  ~StunBinding() override;

  bool Start(Done done) override;

 private:
  class Stream;

  bool Open(Measurement* failure);
  void SendNext();
  void OnReady(int flags);
  void TakeErrors();
  void BreakBy(const Measurement& failure);
  std::string NextId();

  Loop& loop_;
  SocketAddress peer_;
  std::string source_;
  StreamBudget* budget_;
  const StreamShape shape_;
  Patience patience_;
  InFlight in_flight_;
  Timer pace_;
  Fd fd_;
  Watch watch_;
  std::shared_ptr<Stream> sending_;  // shared with those who wait for its packets
  uint32_t last_packet_ = 0;
  std::array<char, 8> secret_ = {};  // of the ids, not to be guessed from outside the path
};

}  // namespace dialtone::agents
