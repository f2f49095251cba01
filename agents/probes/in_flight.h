// Requests on one path that wait for their answers.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/probe.h"

namespace dialtone::agents {

// Matches answers to requests by a key (the branch of a SIP request, the sequence of an echo), and
// ends requests that get none in time.
//
// For SIP it stands in for libre's client transactions, which a prober cannot use: they repeat a
// UDP request (a probe is there to see the loss), live on for 32 s after the prober has given up,
// and are not told when their connection ends.
class InFlight {
 public:
  // `patience` learns and says how long to wait. `silence` ("no echo") and the time waited are the
  // detail of a time-out.
  InFlight(Loop& loop, Patience& patience, std::string silence);

  // A request with this key is about to be sent; `done` gets what comes of it.
  void Await(std::string key, Probe::Done done);

  // The answer to `key` has come, `waited` before we looked; `measurement` lacks only the round
  // trip. An answer after the deadline only teaches patience; one that nobody waits for is ignored.
  void OnAnswer(absl::string_view key, absl::Duration waited, Measurement measurement);

  // The path is broken: all that wait end like this.
  void FailAll(const Measurement& failure);

  // The path is broken, but the requests may be made again elsewhere.
  std::vector<Probe::Done> TakeAll();

  bool idle() const { return waiting_.empty(); }

  // Time-outs since the last answer.
  int silences() const { return silences_; }

 private:
  // Bounds what a target that answers too late can make us remember.
  static constexpr size_t kMostLate = 8;

  struct Request {
    std::string key;
    absl::Time sent;
    absl::Time deadline;
    Probe::Done done;
  };

  void OnDeadline();
  void ArmTimer();
  absl::Duration RoundTripOf(const Request& request, absl::Duration waited) const;

  Loop& loop_;
  Patience& patience_;
  const std::string silence_;
  Timer timer_;
  std::vector<Request> waiting_;  // as many as its probe has under way: some dozens
  std::deque<Request> late_;      // timed out; their answers still teach
  int silences_ = 0;
};

}  // namespace dialtone::agents
