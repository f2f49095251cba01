// dialtone-lab-link: cables of the lab whose delay, jitter, loss and rate can be changed while
// calls run. Each joins two network namespaces by a TUN interface at both ends.
//
//   dialtone-lab-link SOCKET NAME=NAMESPACE,INTERFACE/NAMESPACE,INTERFACE...
//
// A line to SOCKET: "NAME up|down|both [delay=MS jitter=MS loss=PERCENT burst=PACKETS rate=KBIT]".
// Down is from the first end to the second, as from the internet to a branch. The answer says how
// both directions are shaped and what became of their packets.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/program.h"
#include "base/status.h"
#include "deploy/lab/control_socket.h"
#include "deploy/lab/shaper.h"
#include "deploy/lab/tunnel.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace dialtone::lab {
namespace {

constexpr std::size_t kLargestPacket = 65'536;
// Packets taken from one interface before others have their turn.
constexpr int kPacketsAtATime = 64;
// Packets on their way in one direction: half a second of queue at 1 Gbit/s would be more.
constexpr std::size_t kMostUnderWay = 20'000;
// Packets due this soon go at once: a timer for each would cost more than they are early.
constexpr absl::Duration kGrain = absl::Microseconds(200);

struct Packet {
  absl::Time due;
  std::string bytes;
};

// One way of a cable.
struct Direction {
  Direction(int from_fd, int to_fd, uint64_t seed) : from(from_fd), to(to_fd), shaper(seed) {}

  int from;
  int to;
  Shaper shaper;
  std::deque<Packet> under_way;  // in the order of their arrival
  uint64_t arrived = 0;
};

struct Cable {
  std::string name;
  std::unique_ptr<Direction> down;
  std::unique_ptr<Direction> up;
};

std::string Describe(absl::string_view name, const Direction& direction) {
  const Shape& shape = direction.shaper.shape();
  const ShaperCounts& counts = direction.shaper.counts();
  return absl::StrFormat(
      "%s delay=%g jitter=%g loss=%g burst=%g rate=%g taken=%d lost=%d full=%d arrived=%d", name,
      absl::ToDoubleMilliseconds(shape.delay), absl::ToDoubleMilliseconds(shape.jitter),
      shape.loss * 100, shape.burst, shape.bits_per_second / 1000, counts.taken, counts.lost,
      counts.full, direction.arrived);
}

// All cables of a lab, and the one thread that carries their packets.
class Cables {
 public:
  absl::Status Add(absl::string_view description);
  absl::StatusOr<std::string> Command(absl::string_view line);
  absl::Status Run(const ControlSocket& control);

 private:
  static void Take(Direction& direction, absl::Time now);
  static void Deliver(Direction& direction, absl::Time now);
  // When the next packet arrives anywhere; InfiniteFuture if none is under way.
  absl::Time NextArrival() const;

  SystemClock clock_;
  std::vector<Cable> cables_;
  std::vector<Direction*> directions_;
};

absl::StatusOr<TunnelEnd> ParseEnd(absl::string_view words) {
  const std::vector<std::string> parts = absl::StrSplit(words, ',');
  if (parts.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("given \"", words, "\", expected NAMESPACE,INTERFACE"));
  }
  return TunnelEnd{.network_namespace = parts[0], .interface = parts[1]};
}

absl::Status Cables::Add(absl::string_view description) {
  const std::pair<std::string, std::string> named =
      absl::StrSplit(description, absl::MaxSplits('=', 1));
  const std::vector<std::string> ends = absl::StrSplit(named.second, '/');
  if (named.first.empty() || ends.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "given \"", description, "\", expected NAME=NAMESPACE,INTERFACE/NAMESPACE,INTERFACE"));
  }
  ASSIGN_OR_RETURN(const TunnelEnd first_end, ParseEnd(ends[0]));
  ASSIGN_OR_RETURN(const TunnelEnd second_end, ParseEnd(ends[1]));
  ASSIGN_OR_RETURN(const int first, OpenTunnel(first_end));
  ASSIGN_OR_RETURN(const int second, OpenTunnel(second_end));
  const uint64_t seed = 2 * cables_.size();
  cables_.push_back({.name = named.first,
                     .down = std::make_unique<Direction>(first, second, seed),
                     .up = std::make_unique<Direction>(second, first, seed + 1)});
  directions_.push_back(cables_.back().down.get());
  directions_.push_back(cables_.back().up.get());
  return absl::OkStatus();
}

absl::StatusOr<std::string> Cables::Command(absl::string_view line) {
  const std::vector<std::string> words =
      absl::StrSplit(line, absl::MaxSplits(' ', 2), absl::SkipWhitespace());
  for (Cable& cable : cables_) {
    if (words.empty() || cable.name != words[0]) continue;
    std::vector<Direction*> changed;
    if (words.size() > 1) {
      if (words[1] == "down" || words[1] == "both") changed.push_back(cable.down.get());
      if (words[1] == "up" || words[1] == "both") changed.push_back(cable.up.get());
      if (changed.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat("given \"", words[1], "\", expected up, down or both"));
      }
    }
    for (Direction* direction : changed) {
      ASSIGN_OR_RETURN(const Shape shape,
                       ParseShape(words.size() > 2 ? words[2] : "", direction->shaper.shape()));
      direction->shaper.Set(shape);
    }
    return absl::StrCat(Describe("down", *cable.down), "; ", Describe("up", *cable.up));
  }
  return absl::NotFoundError(
      absl::StrCat("given \"", line, "\", expected the name of a link first"));
}

void Cables::Take(Direction& direction, absl::Time now) {
  std::array<char, kLargestPacket> buffer;
  for (int i = 0; i < kPacketsAtATime; ++i) {
    const ssize_t size = read(direction.from, buffer.data(), buffer.size());
    if (size <= 0) return;
    const auto bytes = static_cast<std::size_t>(size);
    const std::optional<absl::Time> due = direction.shaper.Admit(bytes, now);
    if (due.has_value() && direction.under_way.size() < kMostUnderWay) {
      direction.under_way.push_back({.due = *due, .bytes = std::string(buffer.data(), bytes)});
    }
  }
}

void Cables::Deliver(Direction& direction, absl::Time now) {
  while (!direction.under_way.empty() && direction.under_way.front().due <= now + kGrain) {
    const std::string& bytes = direction.under_way.front().bytes;
    // An interface that is down takes nothing: the packet is gone, as on a cut wire.
    if (write(direction.to, bytes.data(), bytes.size()) > 0) ++direction.arrived;
    direction.under_way.pop_front();
  }
}

absl::Time Cables::NextArrival() const {
  absl::Time next = absl::InfiniteFuture();
  for (const Direction* direction : directions_) {
    if (!direction->under_way.empty()) next = std::min(next, direction->under_way.front().due);
  }
  return next;
}

absl::Status Cables::Run(const ControlSocket& control) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (poll < 0 || timer < 0) return absl::ErrnoToStatus(errno, "epoll or timerfd");
  std::vector<int> watched = {control.fd(), timer};
  for (const Direction* direction : directions_) watched.push_back(direction->from);
  for (const int fd : watched) {
    epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) return absl::ErrnoToStatus(errno, "epoll");
  }
  while (true) {
    std::array<epoll_event, 16> events;
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "epoll_wait");
    const absl::Time now = clock_.TimeNow();
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == control.fd())
        control.Serve([this](absl::string_view line) { return Command(line); });
      for (Direction* direction : directions_) {
        if (direction->from == fd) Take(*direction, now);
      }
    }
    for (Direction* direction : directions_) Deliver(*direction, now);
    // Armed anew each time, which also empties it.
    itimerspec setting = {};
    if (const absl::Time next = NextArrival(); next != absl::InfiniteFuture()) {
      setting.it_value = absl::ToTimespec(std::max(next - clock_.TimeNow(), absl::Nanoseconds(1)));
    }
    if (timerfd_settime(timer, 0, &setting, nullptr) != 0) {
      return absl::ErrnoToStatus(errno, "timerfd_settime");
    }
  }
}

absl::Status Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    return absl::InvalidArgumentError(
        "usage: dialtone-lab-link SOCKET NAME=NAMESPACE,INTERFACE/NAMESPACE,INTERFACE...");
  }
  Cables cables;
  for (std::size_t i = 1; i < arguments.size(); ++i) RETURN_IF_ERROR(cables.Add(arguments[i]));
  ASSIGN_OR_RETURN(const ControlSocket control, ControlSocket::Bind(arguments[0]));
  return cables.Run(control);
}

}  // namespace
}  // namespace dialtone::lab

int main(int argc, char** argv) {
  const absl::Status ended = dialtone::lab::Main(std::vector<std::string>(argv + 1, argv + argc));
  std::fprintf(stderr, "dialtone-lab-link: %s\n", std::string(ended.message()).c_str());
  return static_cast<int>(absl::IsInvalidArgument(ended) ? dialtone::ExitCode::kUsageOrConfig
                                                         : dialtone::ExitCode::kInternal);
}
