#include "agents/probes/socket.h"

#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

// After netinet/in.h and with sys/time.h: the kernel's header lacks them.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

#include <linux/errqueue.h>
#include <sys/time.h>

namespace dialtone::agents {
namespace {

constexpr absl::Duration kLongestInQueue = absl::Minutes(1);

bool Bind(int fd, const SocketAddress& peer, const std::string& source) {
  if (source.empty()) return true;
  const SocketAddress local = AddressOf(source, 0);
  if (local.family() != peer.family()) return true;
  return bind(fd, local.get(), local.length) == 0;
}

absl::Duration TimeInQueue(const msghdr& header) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&header), part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec seen = {};
    std::memcpy(&seen, CMSG_DATA(part), sizeof(seen));
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    const absl::Duration waited = absl::TimeFromTimespec(now) - absl::TimeFromTimespec(seen);
    // Outside of this the wall clock was stepped in between.
    return waited > absl::ZeroDuration() && waited < kLongestInQueue ? waited : absl::Duration();
  }
  return absl::ZeroDuration();
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  if (other.fd_ >= 0) close(std::exchange(other.fd_, -1));
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

SocketAddress AddressOf(const std::string& ip, int port) {
  SocketAddress address;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    address.length = sizeof(*v4);
    return address;
  }
  CHECK(inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) << "not an IP literal: " << ip;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<uint16_t>(port));
  address.length = sizeof(*v6);
  return address;
}

OpenedSocket OpenSocket(const SocketAddress& peer, int type, int protocol,
                        const std::string& source) {
  Fd fd(socket(peer.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!fd.is_open()) return {.fd = {}, .error = errno, .doing = "cannot open a socket"};
  if (!Bind(fd.get(), peer, source)) {
    const int error = errno;
    return {.fd = {},
            .error = error,
            .doing = absl::StrCat("cannot send from probe_source_address ", source)};
  }
  return {.fd = std::move(fd)};
}

OpenedSocket OpenDatagramSocket(const SocketAddress& peer, int type, int protocol,
                                const std::string& source) {
  OpenedSocket opened = OpenSocket(peer, type, protocol, source);
  if (!opened.ok()) return opened;
  const int fd = opened.fd.get();
  const int on = 1;
  const bool is_v6 = peer.family() == AF_INET6;
  // Neither is needed to measure: without them a round trip includes our own delay, and an ICMP
  // error is a time-out.
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_RECVERR : IP_RECVERR, &on,
             sizeof(on));
  if (connect(fd, peer.get(), peer.length) != 0) {
    const int error = errno;
    return {.fd = {}, .error = error, .doing = "no way to the target"};
  }
  return opened;
}

std::optional<LocalEnd> LocalEndOf(int fd) {
  SocketAddress local;
  local.length = sizeof(local.storage);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) {
    return std::nullopt;
  }
  char text[INET6_ADDRSTRLEN] = "";
  if (local.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&local.storage);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
    return LocalEnd{.ip = text, .port = ntohs(v4->sin_port)};
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&local.storage);
  inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  return LocalEnd{.ip = text, .port = ntohs(v6->sin6_port)};
}

std::string HostInUri(const std::string& ip) {
  return absl::StrContains(ip, ":") ? absl::StrCat("[", ip, "]") : ip;
}

std::optional<Datagram> Receive(int fd, char* buffer, size_t size) {
  iovec place = {.iov_base = buffer, .iov_len = size};
  alignas(cmsghdr) char control[256];
  msghdr header = {};
  header.msg_iov = &place;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t length = recvmsg(fd, &header, MSG_DONTWAIT);
  if (length < 0) return std::nullopt;
  return Datagram{.bytes = absl::string_view(buffer, static_cast<size_t>(length)),
                  .waited = TimeInQueue(header)};
}

int TakeError(int fd) {
  int last = 0;
  socklen_t length = sizeof(last);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &last, &length);
  for (;;) {
    char ours[64];  // the start of what we sent; of no interest
    iovec place = {.iov_base = ours, .iov_len = sizeof(ours)};
    alignas(cmsghdr) char control[512];
    msghdr header = {};
    header.msg_iov = &place;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    if (recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return last;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
      const bool is_error = (part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR) ||
                            (part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR);
      if (!is_error) continue;
      sock_extended_err error = {};
      std::memcpy(&error, CMSG_DATA(part), sizeof(error));
      if (error.ee_origin != SO_EE_ORIGIN_TIMESTAMPING) last = static_cast<int>(error.ee_errno);
    }
  }
}

Measurement FailedBy(int error, Phase phase, absl::string_view doing) {
  Measurement measurement;
  measurement.phase = phase;
  measurement.detail = absl::StrCat(doing, ": ", std::strerror(error));
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
      measurement.outcome = Outcome::kRefused;
      break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
      measurement.outcome = Outcome::kUnreachableNetwork;
      break;
    case ETIMEDOUT:
      measurement.outcome = Outcome::kTimedOut;
      break;
    default:
      measurement.outcome = Outcome::kNotPossible;
  }
  return measurement;
}

Measurement FailedBy(const OpenedSocket& opened, Phase phase) {
  return FailedBy(opened.error, phase, opened.doing);
}

}  // namespace dialtone::agents
