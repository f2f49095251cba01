// The router of one site, as the detector meets it: accepts tables, confirms what its voice layer
// has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector::simulation {

// Keeps the routers' contract without a Kamailio: fenced by (epoch, generation), confirmed a moment
// after it was accepted, hop states with their lease, a skip refused while calls are answered by
// that hop.
class Router {
 public:
  // From SetRoutes to its answer, and to the table read back from the voice layer: measured 19 to
  // 32 ms for few groups on the real one, a network's way added.
  static constexpr absl::Duration kAnswers = absl::Milliseconds(10);
  static constexpr absl::Duration kConfirms = absl::Milliseconds(50);
  static constexpr absl::Duration kLease = absl::Seconds(30);
  // While there are calls, what they say is shown this often.
  static constexpr absl::Duration kShowsCalls = absl::Seconds(5);
  // A skip is refused while so many calls of the last 5 s were answered.
  static constexpr double kMinCalls = 10;
  static constexpr double kAnsweredShare = 0.9;

  // Calls of the last 5 s to one hub: sent and answered.
  struct Calls {
    double sent = 0;
    double answered = 0;
  };

  Router(VoiceLayerIndex voice_layer, const Fleet& fleet, bool has_calls, absl::Time now);

  void OnWish(const Wish& wish, std::uint64_t epoch, absl::Time now);
  void OnRenewal(const LeaseRenewal& renewal, absl::Time now);
  // A detector that has just started reads it.
  void Read(absl::Time now) { show_at_ = now; }

  // Does what is due: what the detector hears of it, in order. `calls`: of each hub now.
  std::vector<Event> Step(absl::Time now, const std::vector<Calls>& calls);
  absl::Time NextWake() const;

  const RouterReport& report() const { return report_; }
  // Of the group's calls, per cent that draw another route than home.
  int backup_percent() const;
  HopState StateOf(const std::string& hop) const;

 private:
  void Apply(absl::Time now, const std::vector<Calls>& calls);
  void JudgeSkips(const std::vector<Calls>& calls);

  const bool has_calls_;
  RouterReport report_;  // as the voice layer has it
  std::vector<HopStateEntry> wanted_hops_;
  std::optional<Wish> accepted_;  // not confirmed yet
  std::vector<SetRoutesEnded> answers_;
  absl::Time answer_at_ = absl::InfiniteFuture();
  absl::Time confirm_at_ = absl::InfiniteFuture();
  absl::Time lease_end_ = absl::InfiniteFuture();
  absl::Time show_at_ = absl::InfiniteFuture();
};

}  // namespace dialtone::detector::simulation
