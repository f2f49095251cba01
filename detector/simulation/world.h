// The network and everything in it: what becomes of a packet, a request, a call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "detector/fleet.h"
#include "detector/simulation/noise.h"
#include "detector/simulation/random.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/timeline.h"

namespace dialtone::detector::simulation {

// What becomes of one request and its answer. Without an answer `after` is kNever.
struct Reply {
  enum class Kind {
    kGood,
    kError,        // 500 or 503: the target says no
    kRejected,     // it answers with `code`
    kThrottled,    // 503 with Retry-After
    kRefused,      // TCP reset
    kCertificate,  // the handshake ends: our certificate or trust store
    kOneWay,       // a call: audio missing one way
  };
  double after = kNever;  // seconds from sending to the answer
  Kind kind = Kind::kGood;
  int code = 200;
};

// What becomes of a second of audio: 25 packets, 40 ms apart, each sent back.
struct Stream {
  static constexpr int kPackets = 25;
  static constexpr double kSpacing = 0.04;
  int lost = 0;
  double second_loss = kNever;  // offset of the second packet that was lost
};

// The world of one run: deterministic, the same for every detector and every peer that plays in it.
// What becomes of a probe depends on the run's seed, the site, the target and the moment of sending
// alone, never on what else was probed: a burst more or a policy less changes nothing else.
//
// Moments that are asked about rise, but for a few seconds (Timeline::kGoesBack).
class World {
 public:
  World(const Scenario& scenario, std::uint64_t seed);

  // A request over a connection that stands: sent again after 0.25, 0.75, 1.75 and 3.75 s, as TCP
  // does. Test calls (kCall, kCarrier) ring after 1.5 s on average.
  Reply Request(SiteIndex site, Probed probed, Moment sent);

  // kMedia1, kMedia2, kVoiceMedia.
  Stream Media(SiteIndex site, Probed probed, Moment sent);

  // Share of the packets from the site to the target, and back, that are lost at that moment.
  double LossTo(SiteIndex site, Probed probed, Moment at);

  // Share of the requests to a target that fail at that moment.
  double FailureShare(SiteIndex site, Probed probed, Moment at);

  // Until when the agent of the site, or its machine, stands still; nothing when it runs.
  std::optional<Moment> StallEnd(SiteIndex site, Moment at);

  // Whether something that the agent sends to the detector over its own uplink now gets there.
  bool ReportGetsThrough(SiteIndex site, Moment sent);

  // Seconds, undisturbed, without the time that a call takes to ring.
  double RoundTrip(SiteIndex site, Probed probed) const {
    return sites_[static_cast<std::size_t>(site)].round_trips[static_cast<std::size_t>(probed)];
  }

  const DrawnNoise& noise() const { return noise_; }

  // Begins anew: moments may be asked about again, and give the same answers.
  void Rewind();

  static bool IsMedia(Probed probed) {
    return probed == Probed::kMedia1 || probed == Probed::kMedia2 || probed == Probed::kVoiceMedia;
  }
  static bool IsCall(Probed probed) {
    return probed == Probed::kCall || probed == Probed::kCarrier;
  }

 private:
  // A fault of the scenario, in seconds.
  struct Wrong {
    Fault fault = {};
    Moment begin = 0;
    Moment end = 0;
    double severity = 0;
    bool is_steady = true;  // neither ramps nor flaps
    std::uint64_t key = 0;
    double LevelAt(Moment at) const {
      if (at < begin || at >= end) return 0;
      return is_steady ? severity : severity * fault.SeverityAt(absl::Seconds(at)) / fault.severity;
    }
  };
  struct Place {
    int isp = 0;
    std::array<double, kProbedCount> round_trips = {};
    std::array<std::uint64_t, kProbedCount> keys = {};
    // Nothing but lone losses between these.
    Moment calm_from = 0;
    Moment calm_until = 0;
    Moment look_again = -kNever;
    std::vector<const Wrong*> faults = {};               // that hit the site
    std::vector<std::pair<Moment, Moment>> stalls = {};  // of the scenario
  };

  Place& At(SiteIndex site) { return sites_[static_cast<std::size_t>(site)]; }
  bool IsCalm(SiteIndex site, Moment from, Moment until);
  void LookForCalm(SiteIndex site, Moment from);
  // What the noise does to requests of a hub.
  std::optional<Reply> Hiccup(SiteIndex site, Probed probed, Moment at);
  // Whether a fault of that kind keeps a request from its answer.
  static bool Spoils(FaultKind kind);
  // What noise or a fault makes of a request that reaches its target; nothing: an answer.
  std::optional<Reply> Spoil(SiteIndex site, Probed probed, Moment at, std::uint64_t draw);
  // The answer that comes, with what it suffers that does not stop it.
  Reply Answer(SiteIndex site, Probed probed, Moment at, std::uint64_t draw, double after) const;
  Reply DisturbedRequest(SiteIndex site, Probed probed, Moment sent, std::uint64_t draw,
                         double round_trip);
  Stream DisturbedMedia(SiteIndex site, Probed probed, Moment sent, std::uint64_t draw);

  DrawnNoise noise_;
  std::vector<Wrong> faults_;  // never changed after the start: places point into it
  std::vector<Place> sites_;
};

}  // namespace dialtone::detector::simulation
