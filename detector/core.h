// The whole decision as a function of events and time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/view.h"

namespace dialtone::detector {

struct ActiveDiagnosis;

// What a core starts from.
struct CoreStart {
  std::uint64_t epoch = 1;  // raised and committed before the first RPC
  std::map<std::string, std::string>
      journal;  // key -> value, as the core wrote it; empty: no journal
  absl::Time journal_time = absl::InfinitePast();  // when it was last written
};

// path_health, diagnosis and plan as one, with no clock, socket, thread or log in it: the same
// events at the same times give the same effects. Owned by one thread.
//
// Without a journal it adopts the routes that the routers report and wants nothing from a router
// until that router has been read: a restart by itself changes no route.
class Core {
 public:
  Core(Fleet fleet, Policy policy, const CoreStart& start, absl::Time now);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // `now` never goes back.
  [[nodiscard]] Effects Handle(const Event& event, absl::Time now);

  // When to hand in a Wake, if nothing else happens before.
  absl::Time NextWake() const;

  // Everything an operator may ask about, as of the last event.
  View Look(absl::Time now) const;

  // The diagnoses in force, suspected or confirmed.
  const std::vector<ActiveDiagnosis>& active() const;

  const Fleet& fleet() const;
  const Policy& policy() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace dialtone::detector
