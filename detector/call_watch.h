// What real calls say of the home routes, voice layer by voice layer.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// Judges whether calls began to fail at the hops of the home routes: success per attempt, so that
// calls which found a backup by themselves do not hide it.
//
// A voice layer's own usual share of unanswered attempts (calls on their way included) is learned
// while nothing is suspected. Success has fallen when more stay unanswered than that share explains
// by three standard deviations and two calls: with 100 attempts in 5 s and 4 % usual, at 12 %. Real
// calls can be forged, or be one caller who dials again and again: alone they decide nothing.
class CallWatch {
 public:
  // Fewer attempts in a report say nothing (settled with the router's own rule, "hop answers").
  static constexpr std::uint64_t kLeastAttempts = 10;

  explicit CallWatch(const Fleet& fleet) : layers_(fleet.voice_layers.size()) {}

  // `is_quiet`: nothing is suspected, so that what is seen is usual.
  void OnReport(const RouterReport& report, bool is_quiet, absl::Time now);

  // Whether success had fallen at `since` or later.
  bool SawFall(VoiceLayerIndex layer, absl::Time since) const { return At(layer).fell >= since; }

  // Whether the latest attempts, if they are no older than `since`, contradict a fault that spoils
  // `severity` of all requests: fewer stay unanswered than half of that would leave by three
  // standard deviations.
  bool Contradicts(VoiceLayerIndex layer, double severity, absl::Time since) const;

 private:
  struct Layer {
    double usual = 0.05;  // share of attempts without an answer
    double attempts = 0;  // of the latest report with enough of them
    double unanswered = 0;
    absl::Time seen = absl::InfinitePast();
    absl::Time fell = absl::InfinitePast();
  };

  const Layer& At(VoiceLayerIndex layer) const { return layers_[static_cast<std::size_t>(layer)]; }

  std::vector<Layer> layers_;
};

}  // namespace dialtone::detector
