// A UDP server on the test's own loop that takes its time: no thread sleeps for it.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/probes/socket.h"
#include "base/check.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::agents {

// Answers each datagram by a function, `delay` after it came.
class SlowUdp {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  SlowUdp(Loop& loop, Answer answer, const std::string& ip = "127.0.0.1")
      : loop_(loop),
        answer_(std::move(answer)),
        fd_(socket(AddressOf(ip, 0).family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        timer_(loop, &Call<SlowUdp, &SlowUdp::SendDue>, this) {
    const SocketAddress any = AddressOf(ip, 0);
    CHECK(bind(fd_.get(), any.get(), any.length) == 0);
    CHECK(watch_.Start(fd_.get(), FD_READ, &CallReady<SlowUdp, &SlowUdp::OnReady>, this));
  }

  int port() const { return LocalEndOf(fd_.get())->port; }
  void set_delay(absl::Duration delay) { delay_ = delay; }

 private:
  struct Reply {
    absl::Time due;
    SocketAddress to;
    std::string bytes;
  };

  void OnReady(int /*flags*/) {
    char buffer[2048];
    SocketAddress from;
    from.length = sizeof(from.storage);
    const ssize_t length = recvfrom(fd_.get(), buffer, sizeof(buffer), 0,
                                    reinterpret_cast<sockaddr*>(&from.storage), &from.length);
    if (length < 0) return;
    replies_.push_back({.due = loop_.Now() + delay_,
                        .to = from,
                        .bytes = answer_(std::string(buffer, static_cast<size_t>(length)))});
    SendDue();
  }

  void SendDue() {
    while (!replies_.empty() && replies_.front().due <= loop_.Now()) {
      const Reply& reply = replies_.front();
      sendto(fd_.get(), reply.bytes.data(), reply.bytes.size(), 0, reply.to.get(), reply.to.length);
      replies_.pop_front();
    }
    if (!replies_.empty()) timer_.StartAt(replies_.front().due);
  }

  Loop& loop_;
  const Answer answer_;
  absl::Duration delay_;
  std::deque<Reply> replies_;
  Fd fd_;
  Watch watch_;
  Timer timer_;
};

}  // namespace dialtone::agents
