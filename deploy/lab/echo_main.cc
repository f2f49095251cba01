// dialtone-lab-echo: the far end of a call's audio. Sends every UDP packet back to where it came
// from, until it is told to be mute.
//
//   dialtone-lab-echo SOCKET IP PORT
//
// A line to SOCKET: "mute" (it hears and says nothing: one-way audio) or "speak". The answer counts
// packets.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/program.h"
#include "base/status.h"
#include "deploy/lab/control_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::lab {
namespace {

constexpr std::size_t kLargestPacket = 2048;

absl::StatusOr<int> BindUdp(const std::string& ip, const std::string& port) {
  sockaddr_in address = {};
  uint32_t number = 0;
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1 || !absl::SimpleAtoi(port, &number) ||
      number == 0 || number > UINT16_MAX) {
    return absl::InvalidArgumentError(
        absl::StrCat("given ", ip, " ", port, ", expected an IPv4 address and a port"));
  }
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(number));
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "socket");
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot bind ", ip, ":", port));
  }
  return fd;
}

// The echo, owned by one thread.
class Echo {
 public:
  explicit Echo(int fd) : fd_(fd) {}

  absl::Status Run(const ControlSocket& control) {
    std::array<pollfd, 2> watched = {{{.fd = fd_, .events = POLLIN, .revents = 0},
                                      {.fd = control.fd(), .events = POLLIN, .revents = 0}}};
    while (true) {
      if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
        return absl::ErrnoToStatus(errno, "poll");
      }
      control.Serve([this](absl::string_view line) { return Command(line); });
      SendBack();
    }
  }

 private:
  absl::StatusOr<std::string> Command(absl::string_view line) {
    if (line == "mute" || line == "speak") {
      is_mute_ = line == "mute";
    } else if (!line.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("given \"", line, "\", expected mute or speak"));
    }
    return absl::StrCat(is_mute_ ? "mute" : "speaks", " heard=", heard_, " sent=", sent_);
  }

  void SendBack() {
    std::array<char, kLargestPacket> buffer;
    while (true) {
      sockaddr_in from = {};
      socklen_t from_size = sizeof from;
      const ssize_t size = recvfrom(fd_, buffer.data(), buffer.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 0) return;
      ++heard_;
      if (is_mute_) continue;
      if (sendto(fd_, buffer.data(), static_cast<std::size_t>(size), 0,
                 reinterpret_cast<const sockaddr*>(&from), from_size) == size) {
        ++sent_;
      }
    }
  }

  int fd_;
  bool is_mute_ = false;
  uint64_t heard_ = 0;
  uint64_t sent_ = 0;
};

absl::Status Main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) {
    return absl::InvalidArgumentError("usage: dialtone-lab-echo SOCKET IP PORT");
  }
  ASSIGN_OR_RETURN(const int fd, BindUdp(arguments[1], arguments[2]));
  ASSIGN_OR_RETURN(const ControlSocket control, ControlSocket::Bind(arguments[0]));
  return Echo(fd).Run(control);
}

}  // namespace
}  // namespace dialtone::lab

int main(int argc, char** argv) {
  const absl::Status ended = dialtone::lab::Main(std::vector<std::string>(argv + 1, argv + argc));
  std::fprintf(stderr, "dialtone-lab-echo: %s\n", std::string(ended.message()).c_str());
  return static_cast<int>(absl::IsInvalidArgument(ended) ? dialtone::ExitCode::kUsageOrConfig
                                                         : dialtone::ExitCode::kInternal);
}
