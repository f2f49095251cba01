#include "deploy/lab/control_socket.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <sys/socket.h>
#include <sys/un.h>

namespace dialtone::lab {
namespace {

constexpr std::size_t kLongestLine = 4096;  // bytes

}  // namespace

absl::StatusOr<ControlSocket> ControlSocket::Bind(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(
        absl::StrCat("given the socket \"", path, "\", expected 1 to 107 characters"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "socket");
  ControlSocket made(fd, path);
  unlink(path.c_str());
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot bind ", path));
  }
  return made;
}

ControlSocket::ControlSocket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

ControlSocket::~ControlSocket() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

void ControlSocket::Serve(
    const std::function<absl::StatusOr<std::string>(absl::string_view line)>& answer) const {
  std::array<char, kLongestLine> buffer;
  while (true) {
    sockaddr_un from = {};
    socklen_t from_size = sizeof from;
    const ssize_t size = recvfrom(fd_, buffer.data(), buffer.size(), 0,
                                  reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 0) return;
    const absl::StatusOr<std::string> said =
        answer(absl::string_view(buffer.data(), static_cast<std::size_t>(size)));
    const std::string reply =
        said.ok() ? absl::StrCat("ok ", *said) : absl::StrCat("error ", said.status().message());
    if (from_size <= offsetof(sockaddr_un, sun_path)) continue;  // who asks has no address
    // Best effort: who no longer listens does not need the answer.
    static_cast<void>(sendto(fd_, reply.data(), reply.size(), 0,
                             reinterpret_cast<const sockaddr*>(&from), from_size));
  }
}

}  // namespace dialtone::lab
