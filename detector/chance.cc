#include "detector/chance.h"

#include <algorithm>
#include <cmath>

#include "detector/observations.h"

namespace dialtone::detector {
namespace {

// Audio is lost on the way that all audio takes (QoS, a full queue) before anything else is: beside
// a loss of our own audio, or a witness's beside a call, four of five are the line's. A call placed
// while an internet witness is dead says next to nothing of Teams.
constexpr double kSharedWay = 0.8;
constexpr double kDeadWay = 0.9;
constexpr absl::Duration kBeside = absl::Seconds(1);
// Neither a bad result nor a good one is ever worth nothing.
constexpr double kMostByChance = 0.98;

// That a bad result seen before was chance itself, if a fault of share `q` explains it, too.
double WasChance(double chance, double q) { return chance / (chance + q * (1 - chance)); }

}  // namespace

double Chance::all() const { return 1 - (1 - always) * (1 - burst) * (1 - stutter); }

double Chance::Under(double q, bool explains_burst) const {
  const double b = burst * (explains_burst ? WasChance(burst_seen_chance, q) : 1);
  const double c = stutter * WasChance(stutter_chance, q);
  return 1 - (1 - always) * (1 - b) * (1 - c);
}

Nats NatsOf(const Chance& chance, bool is_bad, bool explains_burst, double share) {
  const double p = std::min(chance.all(), kMostByChance);
  Nats nats{};
  for (std::size_t i = 0; i < nats.size(); ++i) {
    const double q = share * kSeverities[i];
    const double passes = (1 - q) * (1 - std::min(chance.Under(q, explains_burst), p));
    nats[i] = static_cast<float>(is_bad ? std::log((1 - passes) / p)
                                        : std::min(0.0, std::log(passes / (1 - p))));
  }
  return nats;
}

const Nats& Weights::Of(bool is_bad, bool explains_burst) {
  if (!is_bad && !chance_.has_bunch()) return GoodNats();
  std::optional<Nats>& known =
      known_[(is_bad ? std::size_t{2} : 0) + (explains_burst ? std::size_t{1} : 0)];
  if (!known.has_value()) known = NatsOf(chance_, is_bad, explains_burst);
  return *known;
}

Chance Observations::ChanceOf(SiteIndex site, PathIndex path, const ProbeResult& result,
                              const Testimony& testimony) const {
  const PathHealth& health = health_[static_cast<std::size_t>(path)];
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  Chance chance{.always = testimony.is_refusal ? kRefusalByChance : health.baseline(),
                .stutter = health.StutterChance(result.sent),
                .stutter_chance = health.last_bad_chance()};
  if (testimony.is_refusal) return chance;
  if (IsCall(role)) {
    chance.burst = testimony.of_target == Says::kBad ? CallBurstChance(site, result.sent) : 0;
  } else if (IsMedia(role) && OtherMediaIsBad(site, role, result.sent)) {
    chance.burst = kSharedWay;
  } else if (IsOffLan(role)) {
    const Link::Burst burst = links_[static_cast<std::size_t>(site)].BurstAt(
        result.target, result.sent, /*is_stream=*/IsMedia(role));
    chance.burst = burst.chance;
    chance.burst_seen_in = burst.seen_in;
    chance.burst_seen_chance = burst.seen_chance;
  }
  return chance;
}

double Observations::CallBurstChance(SiteIndex site, absl::Time sent) const {
  double chance = 0;
  for (const PathIndex path : paths_.OfSite(site)) {
    const TargetRole role = fleet_.targets[static_cast<std::size_t>(paths_.target(path))].role;
    if (!IsWitness(role) && role != TargetRole::kVoiceLayer) continue;
    const PathHealth& health = health_[static_cast<std::size_t>(path)];
    if (health.bad_streak() >= PathHealth::kState) {
      if (IsWitness(role)) return kDeadWay;
    } else if (health.last_bad_sent() > sent - kBeside) {
      chance = kSharedWay;
    }
  }
  return chance;
}

// Whether audio of the other kind, ours beside Teams' or Teams' beside ours, was lost in the same
// second. Audio that has been bad for long is no burst but a state.
bool Observations::OtherMediaIsBad(SiteIndex site, TargetRole role, absl::Time sent) const {
  for (const PathIndex path : paths_.OfSite(site)) {
    const PathHealth& health = health_[static_cast<std::size_t>(path)];
    const TargetRole other = fleet_.targets[static_cast<std::size_t>(paths_.target(path))].role;
    if (IsMedia(other) && other != role && health.bad_streak() < PathHealth::kState &&
        absl::AbsDuration(sent - health.last_bad_sent()) < kBeside) {
      return true;
    }
  }
  return false;
}

}  // namespace dialtone::detector
