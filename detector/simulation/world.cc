#include "detector/simulation/world.h"

#include <algorithm>
#include <cmath>

#include "absl/time/time.h"

namespace dialtone::detector::simulation {
namespace {

enum Draws : std::uint64_t { kTraits = 1, kNoise, kProbes, kFaults, kReports };

// Of any packet at any time, each way, and of any request.
constexpr double kLoneLoss = 2e-4;
constexpr double kLoneError = 1e-4;
constexpr double kLoneLossBothWays = 1 - (1 - kLoneLoss) * (1 - kLoneLoss);
// Answers take the round trip, give or take this share.
constexpr double kJitter = 0.03;
// When TCP sends again what was not acknowledged, seconds after the first time.
constexpr std::array<double, 5> kSentAgain = {0, 0.25, 0.75, 1.75, 3.75};
// What a call needs until it rings, beside the round trip.
constexpr double kRings = 1.5;
constexpr double kRingsSigma = 0.25;
// Audio that is missing one way is noticed after so many seconds of talk.
constexpr double kHears = 2;
// Noise and faults are drawn so far beyond the end, for answers under way.
constexpr double kBeyond = 30;

double SecondsOf(absl::Duration duration) { return absl::ToDoubleSeconds(duration); }

bool IsHub(Probed probed) {
  return probed == Probed::kHub1 || probed == Probed::kHub2 || probed == Probed::kHub3;
}

bool IsMicrosofts(Probed probed) {
  return probed <= Probed::kMicrosoft365 || probed == Probed::kCall;
}

NoiseRates RatesOf(Noise noise) {
  switch (noise) {
    case Noise::kQuiet:
      return NoiseRates::Quiet();
    case Noise::kNominal:
      return NoiseRates::Nominal();
    case Noise::kHostile:
      return NoiseRates::Hostile();
  }
  return NoiseRates::Quiet();
}

// Round trips of a site: 15 to 75 ms, its ISP's witness 8 to 12 ms, its LAN 1 ms.
std::array<double, kProbedCount> DrawRoundTrips(const SiteTraits& traits, Dice* dice) {
  const double base = dice->Between(0.015, 0.065);
  std::array<double, kProbedCount> round_trips;
  for (double& round_trip : round_trips) round_trip = base + dice->Between(0, 0.01);
  round_trips[static_cast<std::size_t>(Probed::kIspReference)] = dice->Between(0.008, 0.012);
  if (traits.round_trip.has_value()) round_trips.fill(SecondsOf(*traits.round_trip));
  round_trips[static_cast<std::size_t>(Probed::kLan)] = 0.001;
  return round_trips;
}

LinkTraits DrawLinkTraits(const SiteTraits& traits, Dice* dice) {
  LinkTraits link = {.loss = dice->LogUniform(0.001, 0.02), .burst = dice->LogUniform(0.05, 1)};
  if (traits.loss.has_value()) link.loss = *traits.loss;
  if (traits.burst.has_value()) link.burst = SecondsOf(*traits.burst);
  return link;
}

// The moment of sending as a number, exact to the microsecond.
std::uint64_t Number(Moment sent) { return static_cast<std::uint64_t>(std::llround(sent * 1e6)); }

}  // namespace

World::World(const Scenario& scenario, std::uint64_t seed) {
  std::vector<LinkTraits> links;
  for (std::size_t site = 0; site < scenario.sites.size(); ++site) {
    const SiteTraits& traits = scenario.sites[site];
    Dice dice(Key(Key(seed, kTraits), site));
    Place place{.isp = traits.isp};
    links.push_back(DrawLinkTraits(traits, &dice));
    place.round_trips = DrawRoundTrips(traits, &dice);
    for (std::size_t probed = 0; probed < place.keys.size(); ++probed) {
      place.keys[probed] = Key(Key(Key(seed, kProbes), site), probed);
    }
    sites_.push_back(std::move(place));
  }
  noise_ = DrawNoise(RatesOf(scenario.noise), links, scenario.isps, scenario.start_hour * 3600,
                     -SecondsOf(scenario.warm_up), SecondsOf(scenario.duration) + kBeyond,
                     Key(seed, kNoise));

  faults_.reserve(scenario.faults.size());
  for (const Fault& fault : scenario.faults) {
    Wrong& wrong = faults_.emplace_back();
    wrong = {.fault = fault,
             .begin = SecondsOf(fault.when.from),
             .end = SecondsOf(fault.when.to),
             .severity = fault.severity,
             .is_steady = !fault.flap_on.has_value() && fault.ramp_in == absl::ZeroDuration() &&
                          fault.ramp_out == absl::ZeroDuration(),
             .key = Key(Key(seed, kFaults), faults_.size())};
    if (fault.kind == FaultKind::kAddress && fault.addresses > 0) {
      wrong.severity *= static_cast<double>(fault.dead) / fault.addresses;
    }
    for (const SiteIndex site : SitesOf(fault.where, scenario)) At(site).faults.push_back(&wrong);
  }
  for (const AgentFault& fault : scenario.agent_faults) {
    if (fault.kind != AgentFaultKind::kStall) continue;
    for (const SiteIndex site : SitesOf(fault.where, scenario)) {
      At(site).stalls.emplace_back(SecondsOf(fault.when.from), SecondsOf(fault.when.to));
    }
  }
}

void World::Rewind() {
  noise_.Rewind();
  for (Place& place : sites_) {
    place.calm_from = 0;
    place.calm_until = -kNever;
    place.look_again = -kNever;
  }
}

Reply World::Request(SiteIndex site, Probed probed, Moment sent) {
  const Place& place = At(site);
  const std::uint64_t draw = Key(place.keys[static_cast<std::size_t>(probed)], Number(sent));
  double round_trip = RoundTrip(site, probed) * (1 - kJitter + 2 * kJitter * Unit(Mix(draw)));
  if (IsCall(probed)) round_trip += Dice(Key(draw, 1)).Lognormal(kRings, kRingsSigma);
  const double luck = Unit(draw);
  const double lone_loss = probed == Probed::kLan ? 0 : kLoneLossBothWays;
  if (luck >= lone_loss && luck < 1 - kLoneError && IsCalm(site, sent, sent + round_trip)) {
    return {.after = round_trip};
  }
  return DisturbedRequest(site, probed, sent, draw, round_trip);
}

Reply World::DisturbedRequest(SiteIndex site, Probed probed, Moment sent, std::uint64_t draw,
                              double round_trip) {
  Dice dice(Key(draw, 2));
  // The first attempt's luck is that of Request: what is lost in a calm is lost here too.
  double luck = Unit(draw);
  const bool is_lone_error = luck >= 1 - kLoneError;
  for (const double later : kSentAgain) {
    const Moment at = sent + later;
    const double arrives = 1 - LossTo(site, probed, at);
    const double returns = 1 - LossTo(site, probed, at + round_trip);
    const bool is_lost = luck < 1 - arrives * returns;
    luck = dice.Uniform();
    if (is_lost) continue;
    const std::optional<Reply> spoilt = Spoil(site, probed, at, draw);
    if (spoilt.has_value() && spoilt->after == kNever) continue;
    if (spoilt.has_value()) {
      Reply reply = *spoilt;
      reply.after = later + round_trip;
      return reply;
    }
    if (is_lone_error)
      return {.after = later + round_trip, .kind = Reply::Kind::kError, .code = 500};
    return Answer(site, probed, at, draw, later + round_trip);
  }
  return {};
}

std::optional<Reply> World::Hiccup(SiteIndex site, Probed probed, Moment at) {
  if (!IsHub(probed)) return std::nullopt;
  for (Timeline* const timeline :
       {&noise_.hubs[static_cast<std::size_t>(probed)], &noise_.all_hubs}) {
    const Episode* const episode = timeline->At(at);
    if (episode == nullptr || !Hits(*episode, site)) continue;
    if (episode->kind == kSilent) return Reply{};
    return Reply{.after = 0, .kind = Reply::Kind::kError, .code = 503};
  }
  return std::nullopt;
}

std::optional<Reply> World::Spoil(SiteIndex site, Probed probed, Moment at, std::uint64_t draw) {
  if (const std::optional<Reply> hiccup = Hiccup(site, probed, at)) return hiccup;
  for (const Wrong* const wrong : At(site).faults) {
    if (!wrong->fault.targets.Has(probed)) continue;
    const double level = wrong->LevelAt(at);
    if (level <= 0 || (level < 1 && Unit(Key(draw, wrong->key)) >= level)) continue;
    switch (wrong->fault.kind) {
      case FaultKind::kBlackhole:
      case FaultKind::kAddress:
      case FaultKind::kTlsStall:
        return Reply{};
      case FaultKind::kError503:
        return Reply{.after = 0, .kind = Reply::Kind::kError, .code = 503};
      case FaultKind::kReject:
        return Reply{.after = 0, .kind = Reply::Kind::kRejected, .code = wrong->fault.code};
      case FaultKind::kThrottle:
        return Reply{.after = 0, .kind = Reply::Kind::kThrottled, .code = 503};
      case FaultKind::kRefuse:
        return Reply{.after = 0, .kind = Reply::Kind::kRefused, .code = 0};
      case FaultKind::kCertificate:
        return Reply{.after = 0, .kind = Reply::Kind::kCertificate, .code = 0};
      case FaultKind::kSlow:
      case FaultKind::kLoss:
      case FaultKind::kOneWay:
        break;
    }
  }
  return std::nullopt;
}

Reply World::Answer(SiteIndex site, Probed probed, Moment at, std::uint64_t draw,
                    double after) const {
  Reply reply{.after = after};
  for (const Wrong* const wrong : sites_[static_cast<std::size_t>(site)].faults) {
    if (!wrong->fault.targets.Has(probed)) continue;
    const double level = wrong->LevelAt(at);
    if (level <= 0 || Unit(Key(draw, wrong->key)) >= level) continue;
    if (wrong->fault.kind == FaultKind::kSlow) reply.after += SecondsOf(wrong->fault.delay);
    if (wrong->fault.kind == FaultKind::kOneWay && IsCall(probed))
      reply.kind = Reply::Kind::kOneWay;
  }
  if (reply.kind == Reply::Kind::kOneWay) reply.after += kHears;
  return reply;
}

Stream World::Media(SiteIndex site, Probed probed, Moment sent) {
  const std::uint64_t draw = Key(At(site).keys[static_cast<std::size_t>(probed)], Number(sent));
  if (!IsCalm(site, sent, sent + 1 + RoundTrip(site, probed))) {
    return DisturbedMedia(site, probed, sent, draw);
  }
  // Binomial, 25 packets.
  static const double kNoneLost = std::pow(1 - kLoneLossBothWays, Stream::kPackets);
  static const double kOneLost =
      kNoneLost * Stream::kPackets * kLoneLossBothWays / (1 - kLoneLossBothWays);
  const double luck = Unit(draw);
  if (luck < kNoneLost) return {};
  if (luck < kNoneLost + kOneLost) return {.lost = 1};
  return {.lost = 2,
          .second_loss = Stream::kSpacing * std::floor(Unit(Mix(draw)) * Stream::kPackets)};
}

Stream World::DisturbedMedia(SiteIndex site, Probed probed, Moment sent, std::uint64_t draw) {
  Stream stream;
  Dice dice(Key(draw, 3));
  for (int packet = 0; packet < Stream::kPackets; ++packet) {
    const Moment at = sent + packet * Stream::kSpacing;
    const double through = 1 - LossTo(site, probed, at);
    const bool is_lost = dice.Uniform() < 1 - through * through;
    if (!is_lost && !Spoil(site, probed, at, draw).has_value()) continue;
    if (++stream.lost == 2) stream.second_loss = packet * Stream::kSpacing;
  }
  return stream;
}

double World::LossTo(SiteIndex site, Probed probed, Moment at) {
  const auto index = static_cast<std::size_t>(site);
  double through = 1;
  if (probed != Probed::kLan) {
    if (noise_.blackouts[index].At(at) != nullptr) return 1;
    through = 1 - kLoneLoss;
    if (const Episode* const burst = noise_.links[index].At(at)) through *= 1 - burst->loss;
    if (probed != Probed::kIspReference) {
      const Episode* const burst = noise_.isps[static_cast<std::size_t>(sites_[index].isp)].At(at);
      if (burst != nullptr && (burst->kind == kEverything || IsMicrosofts(probed))) {
        through *= 1 - burst->loss;
      }
    }
  }
  for (const Wrong* const wrong : sites_[index].faults) {
    if (wrong->fault.kind == FaultKind::kLoss && wrong->fault.targets.Has(probed)) {
      through *= 1 - wrong->LevelAt(at);
    }
  }
  return 1 - through;
}

bool World::Spoils(FaultKind kind) {
  return kind != FaultKind::kSlow && kind != FaultKind::kLoss && kind != FaultKind::kOneWay;
}

double World::FailureShare(SiteIndex site, Probed probed, Moment at) {
  if (Hiccup(site, probed, at).has_value()) return 1;
  const double arrives = 1 - LossTo(site, probed, at);
  double through = 1 - std::pow(1 - arrives * arrives, kSentAgain.size());
  for (const Wrong* const wrong : At(site).faults) {
    if (Spoils(wrong->fault.kind) && wrong->fault.targets.Has(probed)) {
      through *= 1 - wrong->LevelAt(at);
    }
  }
  return 1 - through;
}

std::optional<Moment> World::StallEnd(SiteIndex site, Moment at) {
  const auto index = static_cast<std::size_t>(site);
  if (const Episode* const stall = noise_.stalls[index].At(at)) return stall->end;
  for (const auto& [begin, end] : sites_[index].stalls) {
    if (begin <= at && at < end) return end;
  }
  return std::nullopt;
}

bool World::ReportGetsThrough(SiteIndex site, Moment sent) {
  const std::uint64_t draw =
      Key(Key(At(site).keys[static_cast<std::size_t>(Probed::kInternet1)], kReports), Number(sent));
  return Unit(draw) >= LossTo(site, Probed::kInternet1, sent) &&
         !Spoil(site, Probed::kInternet1, sent, draw).has_value();
}

bool World::IsCalm(SiteIndex site, Moment from, Moment until) {
  Place& place = At(site);
  if (from >= place.look_again) LookForCalm(site, from);
  return from >= place.calm_from && until < place.calm_until;
}

// Finds out how long nothing goes on at the site from now on or, when something does, for how long
// that at least lasts.
void World::LookForCalm(SiteIndex site, Moment from) {
  Place& place = At(site);
  const auto index = static_cast<std::size_t>(site);
  Moment next = kNever;
  Moment over = kNever;
  const auto weigh = [&](Timeline* timeline) {
    if (const Episode* const episode = timeline->At(from)) over = std::min(over, episode->end);
    next = std::min(next, timeline->NextTrouble(from));
  };
  weigh(&noise_.links[index]);
  weigh(&noise_.blackouts[index]);
  weigh(&noise_.isps[static_cast<std::size_t>(place.isp)]);
  for (Timeline& hub : noise_.hubs) weigh(&hub);
  weigh(&noise_.all_hubs);
  for (const Wrong* const wrong : place.faults) {
    if (wrong->end <= from) continue;
    next = std::min(next, std::max(from, wrong->begin));
    if (wrong->begin <= from) over = std::min(over, wrong->end);
  }
  place.calm_from = from;
  place.calm_until = next;
  place.look_again = next > from ? next : over;
}

}  // namespace dialtone::detector::simulation
