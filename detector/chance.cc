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

LossKind KindOf(const PathHealth& path, const ProbeResult& result) {
  if (!path.is_stream()) return LossKind::kRequest;
  const bool came_through = result.outcome == Outcome::kAnswered && !result.one_way_audio &&
                            result.packets_lost < result.packets_sent;
  return came_through ? LossKind::kStream : LossKind::kWholeStream;
}

// That a bad result seen before was chance itself, if a fault of share `q` explains it, too.
double WasChance(double chance, double q) { return chance / (chance + q * (1 - chance)); }

}  // namespace

double Chance::all() const { return 1 - (1 - always) * (1 - burst) * (1 - stutter); }

double Chance::Under(double q, double q_of_burst) const {
  const double b = burst * WasChance(burst_seen_chance, q_of_burst);
  const double c = stutter * WasChance(stutter_chance, q);
  return 1 - (1 - always) * (1 - b) * (1 - c);
}

Nats NatsOf(const Chance& chance, bool is_bad, bool explains_burst, double share) {
  const double p = std::min(chance.all(), kMostByChance);
  const bool is_stream = chance.kind != LossKind::kRequest;
  // Whether more is lost than streams are is a question between two faults, both of which spoiled
  // the stream in which the burst was seen.
  const bool is_between_faults =
      !is_stream && explains_burst && chance.burst > 0 && chance.burst_seen_in_stream;
  const auto nats_of = [&](int severity) {
    // That a whole stream is lost is against what loses some packets as much as that none is.
    const bool is_against = severity > kLossy && chance.kind == LossKind::kWholeStream;
    const double q = share * ShareFor(severity, is_stream);
    const double q_of_burst =
        explains_burst ? share * ShareFor(severity, chance.burst_seen_in_stream) : 0;
    const double none = severity >= kLossy && is_between_faults ? chance.Under(0, q_of_burst) : p;
    const double passes = (1 - q) * (1 - std::min(chance.Under(q, q_of_burst), none));
    return static_cast<float>(is_bad && !is_against ? std::log((1 - passes) / none)
                                                    : std::min(0.0, std::log(passes / (1 - none))));
  };
  Nats nats{};
  for (int i = 0; i < kLossy; ++i) nats[static_cast<std::size_t>(i)] = nats_of(i);
  // Of most requests what loses packets says the same as a fault of their share alone.
  for (int i = kLossy; i < kWithLossy; ++i) {
    nats[static_cast<std::size_t>(i)] =
        is_stream || is_between_faults ? nats_of(i)
                                       : nats[static_cast<std::size_t>(SeverityFor(i, is_stream))];
  }
  return nats;
}

const Nats& Weights::Of(bool is_bad, bool explains_burst) {
  if (!is_bad && !chance_.has_bunch()) return GoodNats(chance_.kind != LossKind::kRequest);
  std::optional<Nats>& known =
      known_[(is_bad ? std::size_t{2} : 0) + (explains_burst ? std::size_t{1} : 0)];
  if (!known.has_value()) known = NatsOf(chance_, is_bad, explains_burst);
  return *known;
}

Chance Observations::ChanceOf(SiteIndex site, PathIndex path, const ProbeResult& result,
                              const Testimony& testimony) const {
  const PathHealth& health = health_[static_cast<std::size_t>(path)];
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  Chance chance{.kind = KindOf(health, result),
                .always = testimony.is_refusal ? kRefusalByChance : health.baseline(),
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
    chance.burst_seen_in_stream =
        burst.seen_in != kNone &&
        IsMedia(fleet_.targets[static_cast<std::size_t>(burst.seen_in)].role);
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
