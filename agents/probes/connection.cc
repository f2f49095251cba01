#include "agents/probes/connection.h"

#include <cerrno>
#include <utility>

#include "openssl/err.h"

#include "base/check.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace dialtone::agents {
namespace {

// A peer that takes nothing more is not answering either.
constexpr size_t kMostOutgoing = 64 << 10;
constexpr size_t kReadSize = 16 << 10;
constexpr int kMostReadsAtOnce = 8;
// Unacknowledged data breaks the connection after this long, instead of the kernel's 15 minutes.
constexpr unsigned int kUserTimeoutMilliseconds = 10'000;

Measurement TimedOutIn(Phase phase, absl::string_view what) {
  return {.outcome = Outcome::kTimedOut, .phase = phase, .detail = std::string(what)};
}

}  // namespace

Connection::Connection(Loop& loop, Patiences& patiences, Listener& listener, SslPointer ssl)
    : loop_(loop),
      patiences_(patiences),
      listener_(listener),
      ssl_(std::move(ssl)),
      deadline_(loop, &Call<Connection, &Connection::OnDeadline>, this) {}

void Connection::Open(const SocketAddress& peer, const std::string& source) {
  CHECK(state_ == State::kNew) << "a connection is opened once";
  state_ = State::kConnecting;
  step_began_ = loop_.Now();
  OpenedSocket opened = OpenSocket(peer, SOCK_STREAM, IPPROTO_TCP, source);
  if (!opened.ok()) return EndBy(FailedBy(opened, Phase::kConnect));
  fd_ = std::move(opened.fd);
  const int on = 1;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMilliseconds,
             sizeof(kUserTimeoutMilliseconds));
  if (connect(fd_.get(), peer.get(), peer.length) != 0 && errno != EINPROGRESS) {
    return EndBy(FailedBy(errno, Phase::kConnect, "cannot connect"));
  }
  if (!WatchFor(FD_WRITE)) return;
  deadline_.StartIn(patiences_.connect.wait());
}

void Connection::Send(absl::string_view bytes) {
  CHECK(is_open()) << "sent on a connection that is not open";
  if (outgoing_.size() + bytes.size() > kMostOutgoing) {
    return EndBy(TimedOutIn(Phase::kAnswer, "the target takes no more data"));
  }
  outgoing_.append(bytes.data(), bytes.size());
  Flush();
}

void Connection::Close() {
  if (state_ == State::kOpen && ssl_ != nullptr) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  state_ = State::kClosed;
  deadline_.Cancel();
  watch_.Stop();
  fd_.Close();
}

void Connection::OnReady(int flags) {
  switch (state_) {
    case State::kConnecting:
      return FinishConnecting();
    case State::kShakingHands:
      return ShakeHands();
    case State::kOpen:
      if ((flags & FD_WRITE) != 0) Flush();
      if (state_ == State::kOpen) Read();
      return;
    case State::kNew:
    case State::kClosed:
      return;
  }
}

void Connection::OnDeadline() {
  if (is_late_) return Close();
  Measurement how =
      TimedOutIn(phase(), state_ == State::kConnecting ? "no TCP answer in time"
                                                       : "TLS handshake not done in time");
  if (loop_.Now() >= step_began_ + patience().ceiling()) return EndBy(how);
  TellTimes(&how);
  is_late_ = true;
  deadline_.StartAt(step_began_ + patience().ceiling());
  listener_.OnEnd(how);
}

void Connection::FinishConnecting() {
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return EndBy(FailedBy(error, Phase::kConnect, "cannot connect"));
  // libre may still deliver an event that an earlier owner of this descriptor's number had coming.
  sockaddr_storage peer = {};
  length = sizeof(peer);
  if (getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &length) != 0) return;

  connect_time_ = loop_.Now() - step_began_;
  patiences_.connect.Learn(*connect_time_);
  if (is_late_) return Close();
  if (ssl_ == nullptr) return BecomeOpen();
  CHECK(SSL_set_fd(ssl_.get(), fd_.get()) == 1);
  state_ = State::kShakingHands;
  step_began_ = loop_.Now();
  deadline_.StartIn(patiences_.tls.wait());
  ShakeHands();
}

void Connection::ShakeHands() {
  ERR_clear_error();
  if (ProgressOf(SSL_do_handshake(ssl_.get())) != Progress::kDone) return;
  tls_time_ = loop_.Now() - step_began_;
  patiences_.tls.Learn(*tls_time_);
  if (is_late_) return Close();
  certificate_not_after_ = CertificateExpiry(*ssl_);
  BecomeOpen();
}

void Connection::BecomeOpen() {
  state_ = State::kOpen;
  deadline_.Cancel();
  if (!WatchFor(FD_READ)) return;
  listener_.OnOpen();
}

void Connection::Read() {
  char buffer[kReadSize];
  for (int i = 0; i < kMostReadsAtOnce && state_ == State::kOpen; ++i) {
    size_t length = 0;
    if (ReadSome(buffer, sizeof(buffer), &length) != Progress::kDone) return;
    has_received_ = true;
    listener_.OnBytes(absl::string_view(buffer, length));
  }
}

void Connection::Flush() {
  while (!outgoing_.empty()) {
    size_t length = 0;
    const Progress progress = WriteSome(&length);
    if (progress == Progress::kFailed) return;
    if (progress == Progress::kWaits) break;
    outgoing_.erase(0, length);
  }
  WatchFor(outgoing_.empty() ? FD_READ : FD_READ | FD_WRITE);
}

Connection::Progress Connection::ReadSome(char* buffer, size_t size, size_t* length) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    return ProgressOf(SSL_read_ex(ssl_.get(), buffer, size, length));
  }
  const ssize_t got = recv(fd_.get(), buffer, size, 0);
  if (got > 0) {
    *length = static_cast<size_t>(got);
    return Progress::kDone;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::kWaits;
  EndBy(FailedBy(got == 0 ? ECONNRESET : errno, Phase::kAnswer, "connection closed"));
  return Progress::kFailed;
}

Connection::Progress Connection::WriteSome(size_t* length) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    return ProgressOf(SSL_write_ex(ssl_.get(), outgoing_.data(), outgoing_.size(), length));
  }
  const ssize_t sent = send(fd_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    *length = static_cast<size_t>(sent);
    return Progress::kDone;
  }
  if (errno == EAGAIN || errno == EINTR) return Progress::kWaits;
  EndBy(FailedBy(errno, Phase::kAnswer, "connection closed"));
  return Progress::kFailed;
}

Connection::Progress Connection::ProgressOf(int result) {
  if (result == 1) return Progress::kDone;
  const int system_error = errno;
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    WatchFor(error == SSL_ERROR_WANT_READ ? FD_READ : FD_READ | FD_WRITE);
    return Progress::kWaits;
  }
  const bool was_cut = error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN ||
                       ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (was_cut && state_ == State::kOpen && has_received_) {
    ERR_clear_error();
    const bool has_errno = error == SSL_ERROR_SYSCALL && system_error != 0;
    EndBy(FailedBy(has_errno ? system_error : ECONNRESET, Phase::kAnswer, "connection closed"));
  } else {
    // TLS 1.3: a server that refuses our certificate says so only after our handshake is done, and
    // when it resets the connection at once, not even that arrives.
    EndBy(TlsFailure(*ssl_, was_cut ? SSL_ERROR_SYSCALL : error, phase()));
  }
  return Progress::kFailed;
}

bool Connection::WatchFor(int flags) {
  if (watch_.Start(fd_.get(), flags, &CallReady<Connection, &Connection::OnReady>, this)) {
    return true;
  }
  EndBy(FailedBy(EMFILE, phase(), "cannot watch the socket"));
  return false;
}

void Connection::EndBy(Measurement how) {
  if (state_ == State::kClosed) return;
  TellTimes(&how);
  if (state_ == State::kOpen) state_ = State::kClosed;  // no close_notify on a broken connection
  Close();
  if (!is_late_) listener_.OnEnd(how);
}

void Connection::TellTimes(Measurement* measurement) const {
  measurement->connect_time = connect_time_;
  measurement->tls_time = tls_time_;
  measurement->certificate_not_after = certificate_not_after_;
}

Phase Connection::phase() const {
  switch (state_) {
    case State::kNew:
    case State::kConnecting:
      return Phase::kConnect;
    case State::kShakingHands:
      return Phase::kTlsHandshake;
    case State::kOpen:
    case State::kClosed:
      return ssl_ != nullptr && !has_received_ ? Phase::kTlsHandshake : Phase::kAnswer;
  }
  CHECK(false) << "no such state";
}

}  // namespace dialtone::agents
