// A SIP hub over UDP on loopback, for tests.
#pragma once

#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone {

// Answers datagrams by a function: the bytes to send, "" for silence.
class UdpHub {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  // Port 0: any.
  explicit UdpHub(Answer answer, int port = 0) : answer_(std::move(answer)) {
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    CHECK(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    socklen_t length = sizeof(address);
    CHECK(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
    server_ = std::thread([this] { Serve(); });
  }
  ~UdpHub() {
    shutdown(fd_, SHUT_RDWR);  // wakes recvfrom, though a UDP socket is not connected
    server_.join();
    close(fd_);
  }
  UdpHub(const UdpHub&) = delete;
  UdpHub& operator=(const UdpHub&) = delete;

  int port() const { return port_; }

  std::string last_request() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return last_request_;
  }

 private:
  void Serve() {
    char buffer[65536];
    for (;;) {
      sockaddr_storage peer = {};
      socklen_t length = sizeof(peer);
      const ssize_t got =
          recvfrom(fd_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&peer), &length);
      if (got <= 0) return;
      const std::string request(buffer, static_cast<size_t>(got));
      {
        MutexLock lock(&mutex_);
        last_request_ = request;
      }
      const std::string bytes = answer_(request);
      if (bytes.empty()) continue;
      sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
    }
  }

  const Answer answer_;
  int fd_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  std::string last_request_ ABSL_GUARDED_BY(mutex_);
  std::thread server_;
};

}  // namespace dialtone
