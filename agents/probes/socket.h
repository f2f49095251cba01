// Non-blocking sockets towards one peer, and what their errors mean.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/measurement.h"

#include <sys/socket.h>

namespace dialtone::agents {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Close() { *this = Fd(); }

 private:
  int fd_ = -1;
};

// An IPv4 or IPv6 address with a port.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// CHECKs that `ip` is a literal: plans are checked before.
SocketAddress AddressOf(const std::string& ip, int port);

// A socket, or why there is none.
struct OpenedSocket {
  Fd fd;
  int error = 0;  // errno
  std::string doing = {};

  bool ok() const { return fd.is_open(); }
};

// A non-blocking socket of the peer's family, bound to `source` where that is given and of the same
// family.
OpenedSocket OpenSocket(const SocketAddress& peer, int type, int protocol,
                        const std::string& source);

// As OpenSocket, connected to the peer, with kernel receive time-stamps and ICMP errors reported
// (TakeError). For datagrams.
OpenedSocket OpenDatagramSocket(const SocketAddress& peer, int type, int protocol,
                                const std::string& source);

// The socket's own end, "192.0.2.7" and port; nothing while it has none.
struct LocalEnd {
  std::string ip;
  int port = 0;
};
std::optional<LocalEnd> LocalEndOf(int fd);

// "192.0.2.7" stays, "2001:db8::7" gets brackets: as hosts stand in SIP.
std::string HostInUri(const std::string& ip);

// One received datagram. `waited` is how long ago the kernel saw it: what our own slowness must not
// add to a round trip.
struct Datagram {
  absl::string_view bytes;
  absl::Duration waited;
};

// The next datagram, in `buffer`; nothing when there is none (or only an error, see TakeError).
std::optional<Datagram> Receive(int fd, char* buffer, size_t size);

// The last pending error of a connected datagram socket, 0: none. Empties its queue of ICMP errors,
// or the loop would spin.
int TakeError(int fd);

// What errno `error` in this phase says about the target: refused, unreachable, timed out, or not
// possible here.
Measurement FailedBy(int error, Phase phase, absl::string_view doing);

// The measurement when not even a socket could be had.
Measurement FailedBy(const OpenedSocket& opened, Phase phase);

}  // namespace dialtone::agents
