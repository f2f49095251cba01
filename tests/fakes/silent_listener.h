// A server that accepts connections and never says a word.
#pragma once

#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone {

// Listens on a free port of 127.0.0.1; the kernel accepts, nobody reads.
class SilentListener {
 public:
  SilentListener() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool listens = bind(socket_, generic, length) == 0 && listen(socket_, 8) == 0 &&
                         getsockname(socket_, generic, &length) == 0;
    port_ = listens ? ntohs(address.sin_port) : 0;
  }
  ~SilentListener() { close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  // 0: it could not listen.
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

}  // namespace dialtone
