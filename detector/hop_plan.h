// Decides how each next hop is tried: reorder and skip.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "detector/agenda.h"
#include "detector/cap.h"
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
//
// A skip of every hub of a home route sends calls away like a flip, so the cap counts it: where the
// cap is not lifted, the skip holds for as many per cent of the calls as the cap leaves. A vantage
// that falls silent begins no skip; one in force stays while other sites that are heard carry the
// same diagnosis, else as long as the router alone would keep it: one lease.
class HopPlan {
 public:
  // The lease of hop states in the voice layer (settled with the router).
  static constexpr absl::Duration kLease = absl::Seconds(30);

  explicit HopPlan(const Fleet& fleet);

  // The hop states of every voice layer, in the order of hops. Says what changes, and books in
  // `cap` what leaves home by it.
  void Decide(const Facts& facts, Cap* cap, Agenda* agenda, Chronicle* chronicle);

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
    bool is_mute = false;    // the vantage fell silent with a skip in force: told once
    bool is_capped = false;  // told once
  };
  // One round of decisions.
  struct Round {
    const Facts& facts;
    Cap* cap;
    Agenda* agenda;
    std::optional<Cap::Account> account = {};
  };
  // What is wanted of one voice layer, and whose diagnoses skip.
  struct Wish {
    std::vector<HopStateEntry> states = {};
    std::vector<const ActiveDiagnosis*> accusers = {};
  };

  Wish WishOf(const Facts& facts, VoiceLayerIndex voice_layer, Agenda* agenda) const;
  bool IsSkipped(const Facts& facts, VoiceLayerIndex voice_layer, const struct Hub& hub,
                 const ActiveDiagnosis& accuser, Agenda* agenda) const;
  void Limit(Round* round, VoiceLayerIndex voice_layer, Wish* wish, Chronicle* chronicle);
  void TellMute(const Facts& facts, VoiceLayerIndex voice_layer, absl::Time now,
                Chronicle* chronicle);
  void Tell(const Facts& facts, VoiceLayerIndex voice_layer,
            const std::vector<HopStateEntry>& after, Agenda* agenda, Chronicle* chronicle) const;

  std::vector<InForce> in_force_;
  std::vector<std::vector<GroupIndex>> groups_;  // by voice layer
};

}  // namespace dialtone::detector
