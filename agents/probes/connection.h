// One TCP connection, with TLS on it or without, and a deadline for each step.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/probes/socket.h"
#include "agents/probes/tls_context.h"

namespace dialtone::agents {

// Connects, shakes hands, carries bytes, and says exactly how it ended. A handshake that is not
// done in time has ended for the listener, but goes on quietly to the ceiling, for its late end
// teaches how long to wait the next time. The socket is ours rather than libre's, for libre's knows
// no deadline for connecting, cannot be bound to a source address under SIP, and says of a failed
// handshake only that it failed.
class Connection {
 public:
  // Hears what becomes of a connection. May call Send and Close, but not destroy the connection.
  class Listener {
   public:
    virtual ~Listener() = default;
    // Ready for Send; the times of the handshakes are known.
    virtual void OnOpen() = 0;
    virtual void OnBytes(absl::string_view bytes) = 0;
    // It failed, or was closed by the peer. Not called after Close.
    virtual void OnEnd(const Measurement& how) = 0;
  };

  // How long the handshakes may take, shared by all connections of one target.
  struct Patiences {
    explicit Patiences(absl::Duration ceiling) : connect(ceiling), tls(ceiling) {}
    Patience connect;
    Patience tls;
  };

  // Without `ssl` plain TCP. All references outlive the connection.
  Connection(Loop& loop, Patiences& patiences, Listener& listener, SslPointer ssl);

  // Begins to connect; may call OnEnd from inside.
  void Open(const SocketAddress& peer, const std::string& source);

  // Sends; only between OnOpen and the end.
  void Send(absl::string_view bytes);

  // Ends it from our side. Nothing is heard of it any more.
  void Close();

  bool is_open() const { return state_ == State::kOpen; }
  // Nothing more comes of it: it may be destroyed without losing a lesson.
  bool is_closed() const { return state_ == State::kClosed; }
  // Sets the times of the handshakes that are done, and what the certificate said.
  void TellTimes(Measurement* measurement) const;

 private:
  enum class State { kNew, kConnecting, kShakingHands, kOpen, kClosed };
  enum class Progress { kDone, kWaits, kFailed };

  void OnReady(int flags);
  void OnDeadline();
  void FinishConnecting();
  void ShakeHands();
  void BecomeOpen();
  void Read();
  void Flush();
  // Reads once; the bytes, or what to make of none.
  Progress ReadSome(char* buffer, size_t size, size_t* length);
  Progress WriteSome(size_t* length);
  // What a return value of OpenSSL says; ends the connection when it failed.
  Progress ProgressOf(int result);
  bool WatchFor(int flags);
  void EndBy(Measurement how);
  Phase phase() const;
  Patience& patience() {
    return state_ == State::kConnecting ? patiences_.connect : patiences_.tls;
  }

  Loop& loop_;
  Patiences& patiences_;
  Listener& listener_;
  SslPointer ssl_;
  Timer deadline_;
  State state_ = State::kNew;
  Fd fd_;
  Watch watch_;
  absl::Time step_began_;
  std::optional<absl::Duration> connect_time_;
  std::optional<absl::Duration> tls_time_;
  std::optional<absl::Time> certificate_not_after_;
  bool has_received_ = false;
  bool is_late_ = false;  // the listener has heard of its end
  std::string outgoing_;  // not yet taken by the kernel
};

}  // namespace dialtone::agents
