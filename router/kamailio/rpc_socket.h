// Kamailio's JSON-RPC socket: a Unix datagram socket that only its own user may use.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "router/kamailio/rpc_json.h"
#include "router/kamailio/tables.h"

namespace dialtone::router {

// A few requests are on their way at any time. A request that is not answered within the patience
// is sent a second time, and then Kamailio is given up. A reply that comes late belongs to no
// request any more and is dropped. Owned by one thread.
class RpcSocket final : public KamailioTables {
 public:
  // Not more datagrams than a socket of Kamailio's or ours queues by the kernel's default
  // (net.unix.max_dgram_qlen = 10): a full queue would hold up Kamailio's worker.
  static constexpr size_t kWindow = 8;
  // Kamailio answers in 50 us; its worker is busy for some ms at most.
  static constexpr auto kPatience = std::chrono::milliseconds(400);
  // A reload of a million numbers took 16 s.
  static constexpr auto kReloadPatience = std::chrono::seconds(60);
  static constexpr int kRounds = 2;

  // `path`: of Kamailio's socket. It need not exist yet.
  explicit RpcSocket(std::string path) : path_(std::move(path)) {}
  ~RpcSocket() override { Close(); }
  RpcSocket(const RpcSocket&) = delete;
  RpcSocket& operator=(const RpcSocket&) = delete;

  absl::StatusOr<std::vector<TableReply>> Call(const std::vector<TableRequest>& requests) override;

 private:
  struct Exchange;

  absl::Status Connect();
  void Close();
  // One round: sends what is unanswered, and collects replies until all came or none does any more.
  absl::Status Run(Exchange* exchange);
  absl::Status SendSome(Exchange* exchange, bool* full);
  absl::Status ReceiveAll(Exchange* exchange);
  absl::Status Lost(const char* what);

  const std::string path_;
  int fd_ = -1;
  uint32_t last_id_ = 0;
};

}  // namespace dialtone::router
