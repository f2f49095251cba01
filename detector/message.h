// What the loop's mailbox carries: events for the core, orders that want an answer, questions.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

#include "base/mailbox.h"
#include "detector/effects.h"
#include "detector/event.h"
#include "detector/view.h"

namespace dialtone::detector {

// An operator's order: one of the Operator* events, whose `request` the loop fills in. Answered
// after its effects are committed. Dropped unanswered, it answers for itself when it is destroyed:
// the one who asked must never wait for ever.
struct Order {
  Event event = {};
  absl::Time deadline = absl::InfiniteFuture();  // not carried out later than this
  absl::AnyInvocable<void(const OperatorAnswer&)> reply = {};
};

// A question about the present. Answered by the loop at once; changes nothing.
struct Question {
  absl::AnyInvocable<void(const View&, absl::Time now)> reply;
};

using Message = std::variant<Event, Order, Question>;

// The mailbox of the loop. Probe results may fill four fifths of it: the rest is for what must get
// through when agents flood it (routers, operators, connections).
class LoopMailbox {
 public:
  static constexpr std::size_t kCapacity = 10'000;
  static constexpr std::size_t kResultsUpTo = kCapacity * 4 / 5;

  // False when full or closed: the sender counts the loss.
  [[nodiscard]] bool Post(Message message) { return mailbox_.Post(std::move(message)); }
  [[nodiscard]] bool PostBatch(Batch batch) {
    return mailbox_.size() < kResultsUpTo && mailbox_.Post(Event(std::move(batch)));
  }

  std::optional<Message> Take(absl::Duration patience) { return mailbox_.Take(patience); }
  void Close() { mailbox_.Close(); }
  bool drained() const { return mailbox_.drained(); }
  std::size_t size() const { return mailbox_.size(); }

 private:
  Mailbox<Message> mailbox_{kCapacity};
};

}  // namespace dialtone::detector
