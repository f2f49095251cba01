// What the loop's mailbox carries, and what it shows of itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/mailbox.h"
#include "router/proposal.h"
#include "router/reconciler.h"
#include "router/route_table.h"

namespace dialtone::router {

// What the loop knows of the voice layer besides its routes.
struct VoiceLayerStatus {
  bool up = false;
  uint64_t restarts = 0;
  std::vector<HopReading> hop_states = {};
};

// The present, for the length of a call.
struct Picture {
  const RouteTable& table;
  const VoiceLayerStatus& voice_layer;
  absl::Time now;
};

// What became of a proposal, or of the renewal of a lease.
struct Answer {
  Judgement judgement;
  std::vector<RefusedHop> refused;
};

// A SetRoutes. Answered when the table is on disk.
struct Propose {
  Proposal proposal;
  Writer writer = Writer::kDetector;
  std::string caller;  // for the log
  absl::AnyInvocable<void(const Answer&)> reply;
};

// A RenewHopStates.
struct Renew {
  Version version;
  absl::AnyInvocable<void(const Answer&)> reply;
};

// A question about the present.
struct Question {
  absl::AnyInvocable<void(const Picture&)> reply;
};

// Somebody who wants to see every change.
class Watcher {
 public:
  virtual ~Watcher() = default;

  // Called on the loop's thread; must not wait.
  virtual void Show(const Picture& picture) = 0;

  // It will not be shown anything more, and why.
  virtual void End(const absl::Status& status) = 0;
};

// Shows the present at once and then every change, as long as the watcher lives.
struct Watch {
  std::weak_ptr<Watcher> watcher;
};

using Message = std::variant<Propose, Renew, Question, Watch, VoiceLayerReport>;

// A whole table may take 4 MiB; more of them than this never wait.
inline constexpr size_t kMailboxCapacity = 200;
using LoopMailbox = Mailbox<Message>;

}  // namespace dialtone::router
