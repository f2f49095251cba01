#include "detector/loop.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace dialtone::detector {
namespace {

// Gives an operator's event its number.
void SetRequest(Event* event, std::uint64_t request) {
  std::visit(
      [request](auto& order) {
        if constexpr (requires { order.request; }) order.request = request;
      },
      *event);
}

}  // namespace

Loop::Loop(Core* core, const Clock& clock, LoopMailbox* mailbox, JournalWriter* journal,
           Observer* observer)
    : core_(*core), clock_(clock), mailbox_(*mailbox), journal_(*journal), observer_(*observer) {}

void Loop::Run() {
  for (;;) {
    std::optional<Message> message = mailbox_.Take(NextWake() - clock_.TimeNow());
    if (!message.has_value() && mailbox_.drained()) return;
    const absl::Time now = clock_.TimeNow();
    Handle(message.has_value() ? *std::move(message) : Message(Event(Wake{})), now);
    if (changed_ && now >= published_ + kPublishEvery) {
      observer_.Publish(core_.Look(now), now);
      published_ = now;
      changed_ = false;
    }
  }
}

absl::Time Loop::NextWake() const {
  const absl::Time publish = changed_ ? published_ + kPublishEvery : absl::InfiniteFuture();
  return std::min(core_.NextWake(), publish);
}

void Loop::Handle(Message message, absl::Time now) {
  if (auto* question = std::get_if<Question>(&message)) {
    question->reply(core_.Look(now), now);
  } else if (auto* order = std::get_if<detector::Order>(&message)) {
    Order(std::move(*order), now);
  } else {
    Decide(std::get<Event>(std::move(message)), now);
  }
}

void Loop::Order(detector::Order order, absl::Time now) {
  if (now > order.deadline) {
    order.reply({.status = absl::DeadlineExceededError(
                     "the detector came to the order too late; it was not carried out")});
    return;
  }
  SetRequest(&order.event, ++last_request_);
  waiting_.emplace(last_request_, std::move(order.reply));
  Decide(std::move(order.event), now);
}

void Loop::Decide(Event event, absl::Time now) {
  Effects effects = core_.Handle(event, now);
  if (tape_ != nullptr) tape_->Handled(std::move(event), now, effects);
  Carry(std::move(effects), now);
}

void Loop::Carry(Effects effects, absl::Time now) {
  changed_ = true;
  if (!effects.occurrences.empty()) observer_.Decided(effects, core_.Look(now));

  std::vector<CommittedReply> replies;
  for (OperatorAnswer& answer : effects.answers) {
    auto waiting = waiting_.extract(answer.request);
    if (waiting.empty()) continue;
    replies.push_back([reply = std::move(waiting.mapped()),
                       answer = std::move(answer)](const absl::Status& committed) mutable {
      // The order stands in the core, and goes out as soon as the journal can be written.
      if (answer.status.ok() && !committed.ok()) {
        answer.status = absl::UnknownError(
            absl::StrCat("ordered, but not yet in force: ", committed.message()));
      }
      reply(answer);
    });
  }
  journal_.Add(std::move(effects), std::move(replies));
}

}  // namespace dialtone::detector
