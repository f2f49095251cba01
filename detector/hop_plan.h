// Decides how each next hop is tried: reorder and skip.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "detector/agenda.h"
#include "detector/chronicle.h"
#include "detector/facts.h"

namespace dialtone::detector {

// The two fast steps, decided anew at every event from the diagnoses and the vantage's own probes;
// nothing of them is remembered but what is in force.
//
// Reorder: the vantage's own evidence suspects a hub, so its hop is tried last in its route; when
// it suspects all of them the order says nothing and stays. Skip: a hub, or all, confirmed with a
// scope that covers the vantage, so its hop is tried after every backup route. A hub that answered
// the vantage within two intervals is never skipped.
class HopPlan {
 public:
  explicit HopPlan(const Fleet& fleet) : in_force_(fleet.voice_layers.size()) {}

  // The hop states of every voice layer, in the order of hops. Says what changes.
  void Decide(const Facts& facts, Agenda* agenda, Chronicle* chronicle);

  // After a start: what the router has stays until the evidence speaks.
  void Adopt(VoiceLayerIndex voice_layer, const std::vector<HopStateEntry>& in_force,
             absl::Time now);

  const std::vector<HopStateEntry>& in_force(VoiceLayerIndex voice_layer) const {
    return in_force_[static_cast<std::size_t>(voice_layer)].states;
  }

 private:
  struct InForce {
    std::vector<HopStateEntry> states = {};
    absl::Time adopted_until = absl::InfinitePast();
  };

  std::vector<HopStateEntry> Wish(const Facts& facts, VoiceLayerIndex voice_layer,
                                  Agenda* agenda) const;
  void Tell(const Facts& facts, VoiceLayerIndex voice_layer,
            const std::vector<HopStateEntry>& after, Agenda* agenda, Chronicle* chronicle) const;

  std::vector<InForce> in_force_;
};

}  // namespace dialtone::detector
