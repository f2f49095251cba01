// One TLS connection to a hub that carries OPTIONS.
#pragma once

#include <string>
#include <vector>

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/connection.h"
#include "agents/probes/in_flight.h"
#include "agents/probes/sip_message.h"
#include "agents/probes/socket.h"
#include "agents/probes/tls_context.h"

namespace dialtone::agents {

// Asks over its connection, answers what the hub asks back, and hands back the requests that were
// under way when the connection ended.
class SipLink final : private Connection::Listener {
 public:
  // Hears of answers and of the end. May not destroy the link.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A final answer, before the request's own Done hears of it.
    virtual void OnAnswer(const SipMessage& answer) = 0;
    // The link has ended like this, with these requests unanswered.
    virtual void OnLinkEnd(SipLink& link, const Measurement& how,
                           std::vector<Probe::Done> unanswered) = 0;
  };

  // What all links of one target share; outlives them.
  struct Shared {
    Shared(Loop& the_loop, const Target& the_target, const TlsContext& the_context,
           std::string the_source);

    Loop& loop;
    Target target;
    const TlsContext& context;
    SocketAddress peer;
    std::string source;
    Connection::Patiences handshakes;
    Patience answer;
  };

  // `closes_when_answered`: for one request only.
  SipLink(Shared& shared, Owner& owner, bool closes_when_answered);

  // Connects, then sends a request for each of `first`. May call OnLinkEnd from inside.
  void Open(std::vector<Probe::Done> first);

  // Sends a request; only while is_open.
  void Ask(Probe::Done done);

  bool is_open() const { return connection_.is_open(); }
  bool is_connecting() const { return is_connecting_; }
  // Nothing is under way, not even a handshake that is late.
  bool idle() const {
    return !is_connecting_ && in_flight_.idle() &&
           (connection_.is_open() || connection_.is_closed());
  }
  // It has carried an answer.
  bool is_proven() const { return is_proven_; }
  // Time-outs since the last answer.
  int silences() const { return in_flight_.silences(); }
  // The certificate it was made with (TlsContext::generation).
  int generation() const { return generation_; }
  absl::Time began() const { return began_; }

 private:
  void OnOpen() override;
  void OnBytes(absl::string_view bytes) override;
  void OnEnd(const Measurement& how) override;
  // Adds what this connection's handshakes took to the measurement.
  Probe::Done TellingTimes(Probe::Done done);
  // False: the link has ended.
  bool TakeMessage(const SipMessage& message);
  std::string RequestWith(const std::string& branch) const;

  Shared& shared_;
  Owner& owner_;
  const bool closes_when_answered_;
  const int generation_;
  Connection connection_;
  InFlight in_flight_;
  absl::Time began_;
  bool is_connecting_ = false;
  bool is_proven_ = false;
  std::vector<Probe::Done> first_;
  std::string incoming_;  // the beginning of a message; at most kLongestSipMessage and one read
};

}  // namespace dialtone::agents
