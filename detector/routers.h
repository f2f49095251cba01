// What the routers said, what they were last asked for, and whether they have it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// One router, as the core sees it.
struct RouterStanding {
  bool is_up = false;
  bool is_read = false;  // has reported since the start; before that nothing is wanted from it
  RouterReport report = {};
  std::string error = {};
  std::vector<RefusedHopState> refused = {};
  std::unordered_map<std::string, std::size_t> place_of = {};  // group -> position in the report
};

// Turns wanted tables into wishes: a new generation only when a table changes, the lease of the hop
// states renewed while there are any, a refused hop state asked for again.
class Routers {
 public:
  static constexpr absl::Duration kRenewEvery = absl::Seconds(10);
  static constexpr absl::Duration kAskRefusedAgain = absl::Seconds(2);

  explicit Routers(const Fleet& fleet)
      : standings_(fleet.voice_layers.size()), wanted_(fleet.voice_layers.size()) {}

  void OnReport(const RouterReport& report);
  void OnLost(const RouterLost& lost);
  void OnSetRoutesEnded(const SetRoutesEnded& ended, absl::Time now);

  const RouterStanding& standing(VoiceLayerIndex voice_layer) const {
    return standings_[static_cast<std::size_t>(voice_layer)];
  }
  const std::vector<RouterStanding>& standings() const { return standings_; }
  // The group as its router knows it; null when the router was not read or does not know it.
  const RouterGroup* Find(const Group& group) const;

  // The table that a voice layer should have. Adds a wish when it is another than before, or when
  // it must be asked for again.
  void Want(VoiceLayerIndex voice_layer, std::vector<GroupRoute> groups,
            std::vector<HopStateEntry> hop_states, Agenda* agenda, Effects* effects);

  // Hop states as last asked for.
  const std::vector<HopStateEntry>& wanted_hop_states(VoiceLayerIndex voice_layer) const {
    return wanted_[static_cast<std::size_t>(voice_layer)].hop_states;
  }
  std::uint64_t generation() const { return generation_; }
  void set_generation(std::uint64_t generation) { generation_ = generation; }

 private:
  struct Wanted {
    bool is_asked = false;
    std::uint64_t generation = 0;
    std::vector<GroupRoute> groups = {};
    std::vector<HopStateEntry> hop_states = {};
    absl::Time renew_at = absl::InfiniteFuture();
    absl::Time ask_again_at = absl::InfiniteFuture();
  };

  std::vector<RouterStanding> standings_;
  std::vector<Wanted> wanted_;
  std::uint64_t generation_ = 0;
};

}  // namespace dialtone::detector
