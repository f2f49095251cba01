// The one thread that touches the core.
#pragma once

#include <cstdint>
#include <map>

#include "absl/time/time.h"

#include "base/clock.h"
#include "detector/core.h"
#include "detector/journal_writer.h"
#include "detector/message.h"

namespace dialtone::detector {

// Is shown what the loop did. Called on the loop's thread; must not wait.
class Observer {
 public:
  virtual ~Observer() = default;

  // A core has just decided something worth an occurrence.
  virtual void Decided(const Effects& effects, const View& view) = 0;

  // The present, at most once a second, and only after something happened.
  virtual void Publish(View view, absl::Time now) = 0;
};

// Is given every event, when it was handled, and what it caused. Called by the loop: must not wait.
class Tape {
 public:
  virtual ~Tape() = default;
  virtual void Handled(Event event, absl::Time now, const Effects& effects) = 0;
};

// Takes messages, stamps them, asks the core, and gives the effects to the journal's worker. Sleeps
// until a message comes, the core has something to do, or the picture of the present is due.
class Loop {
 public:
  static constexpr absl::Duration kPublishEvery = absl::Seconds(1);

  Loop(Core* core, const Clock& clock, LoopMailbox* mailbox, JournalWriter* journal,
       Observer* observer);

  // Records what happens on `tape`, which must outlive the loop. Before Run.
  void UseTape(Tape* tape) { tape_ = tape; }

  // Until the mailbox is closed and empty.
  void Run();

 private:
  void Handle(Message message, absl::Time now);
  void Decide(Event event, absl::Time now);
  void Carry(Effects effects, absl::Time now);
  void Order(detector::Order order, absl::Time now);
  absl::Time NextWake() const;

  Core& core_;
  const Clock& clock_;
  LoopMailbox& mailbox_;
  JournalWriter& journal_;
  Observer& observer_;
  Tape* tape_ = nullptr;  // null: nothing is recorded
  std::uint64_t last_request_ = 0;
  std::map<std::uint64_t, decltype(detector::Order::reply)> waiting_;  // by request
  absl::Time published_ = absl::InfinitePast();
  bool changed_ = true;  // since published_
};

}  // namespace dialtone::detector
