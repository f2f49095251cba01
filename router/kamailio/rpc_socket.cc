#include "router/kamailio/rpc_socket.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

#include <sys/socket.h>
#include <sys/un.h>

namespace dialtone::router {

using std::chrono::steady_clock;

// The requests of one Call(), and how far they have come.
struct RpcSocket::Exchange {
  const std::vector<TableRequest>& requests;
  std::vector<std::optional<TableReply>> replies = {};   // by request
  std::vector<size_t> unsent = {};                       // in this round, the next one last
  absl::flat_hash_map<uint32_t, size_t> under_way = {};  // id -> request
  steady_clock::duration patience = kPatience;

  // Begins a round with all that is unanswered.
  void Begin() {
    under_way.clear();
    unsent.clear();
    for (size_t i = requests.size(); i-- > 0;) {
      if (!replies[i]) unsent.push_back(i);
    }
  }
  bool done() const { return unsent.empty() && under_way.empty(); }
};

absl::Status RpcSocket::Lost(const char* what) {
  absl::Status status = absl::UnavailableError(
      absl::StrCat("Kamailio's socket ", path_, ": ", what, ": ", strerror(errno)));
  Close();
  return status;
}

void RpcSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::Status RpcSocket::Connect() {
  if (fd_ >= 0) return absl::OkStatus();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError(absl::StrCat("Kamailio's socket ", path_, ": a path longer than ",
                                               sizeof(address.sun_path) - 1));
  }
  path_.copy(address.sun_path, path_.size());
  fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return Lost("cannot be made");
  // The kernel gives us a name that is no file, so that none is left behind (unix(7), autobind).
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof(own.sun_family)) != 0) {
    return Lost("cannot be bound");
  }
  // From now on only Kamailio can write to it.
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Lost("cannot be reached");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TableReply>> RpcSocket::Call(const std::vector<TableRequest>& requests) {
  RETURN_IF_ERROR(Connect());
  Exchange exchange{requests};
  exchange.replies.resize(requests.size());
  const bool reloads = std::any_of(requests.begin(), requests.end(), [](const auto& request) {
    return request.kind == TableRequest::Kind::kReload;
  });
  if (reloads) exchange.patience = kReloadPatience;
  exchange.Begin();
  for (int round = 0; !exchange.done() && round < kRounds; ++round) {
    exchange.Begin();
    RETURN_IF_ERROR(Run(&exchange));
  }
  if (!exchange.done()) {
    errno = ETIMEDOUT;
    return Lost("no answer");
  }
  std::vector<TableReply> replies;
  replies.reserve(requests.size());
  for (std::optional<TableReply>& reply : exchange.replies) replies.push_back(*std::move(reply));
  return replies;
}

absl::Status RpcSocket::Run(Exchange* exchange) {
  auto deadline = steady_clock::now() + exchange->patience;
  while (!exchange->done()) {
    bool full = false;
    RETURN_IF_ERROR(SendSome(exchange, &full));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd ready{fd_, static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0};
    const int count = poll(&ready, 1, std::max(0, static_cast<int>(left.count())));
    if (count < 0 && errno != EINTR) return Lost("poll");
    if (count == 0) break;
    const size_t before = exchange->under_way.size();
    RETURN_IF_ERROR(ReceiveAll(exchange));
    if (exchange->under_way.size() < before) deadline = steady_clock::now() + exchange->patience;
    if (steady_clock::now() >= deadline) break;
  }
  return absl::OkStatus();
}

absl::Status RpcSocket::SendSome(Exchange* exchange, bool* full) {
  while (!exchange->unsent.empty() && exchange->under_way.size() < kWindow) {
    const size_t index = exchange->unsent.back();
    const std::string text = EncodeRequest(exchange->requests[index], last_id_ + 1);
    if (send(fd_, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      *full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
      return *full ? absl::OkStatus() : Lost("cannot be written to");
    }
    exchange->under_way.emplace(++last_id_, index);
    exchange->unsent.pop_back();
  }
  return absl::OkStatus();
}

absl::Status RpcSocket::ReceiveAll(Exchange* exchange) {
  std::array<char, 64 << 10> buffer;  // Kamailio's own limit of a reply
  for (;;) {
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return absl::OkStatus();
    if (size < 0) return Lost("cannot be read");
    absl::StatusOr<DecodedReply> decoded = DecodeReply({buffer.data(), static_cast<size_t>(size)});
    if (!decoded.ok()) {
      return absl::InternalError(
          absl::StrCat("Kamailio's socket ", path_, " answers with ", decoded.status().message()));
    }
    const auto found = exchange->under_way.find(decoded->id);
    if (found == exchange->under_way.end()) continue;  // late
    const TableRequest& request = exchange->requests[found->second];
    if (!decoded->reply.ok()) {
      return absl::InternalError(absl::StrCat("Kamailio refuses to ", Describe(request), ": ",
                                              decoded->reply.status().message()));
    }
    exchange->replies[found->second] = *std::move(decoded->reply);
    exchange->under_way.erase(found);
  }
}

}  // namespace dialtone::router
