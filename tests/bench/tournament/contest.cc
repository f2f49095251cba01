#include "tests/bench/tournament/contest.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <queue>
#include <utility>

#include "absl/time/time.h"

#include "detector/probe_plan.h"
#include "detector/simulation/simulated_fleet.h"
#include "detector/simulation/world.h"

namespace dialtone::bench {
namespace {

using detector::simulation::Reply;
using detector::simulation::Stream;
using detector::simulation::World;

// What a move can be decided by: hubs, media, sign-in, test calls.
constexpr std::array kWatched = {Probed::kHub1,   Probed::kHub2,   Probed::kHub3, Probed::kMedia1,
                                 Probed::kMedia2, Probed::kSignIn, Probed::kCall};
constexpr std::size_t kHubs = 3;
constexpr double kGoldenRatio = 0.6180339887498949;
// A test call is bad when nothing rings within this.
constexpr double kLongestRing = 4;
// Timers of the rules are looked at this often, in seconds.
constexpr double kTick = 0.25;
// Envoy's success rate: the interval of its sweep, and how far below the mean an outlier is.
constexpr double kSweep = 10;
constexpr double kDeviations = 1.9;

// One path of one peer at one site.
struct Path {
  Probed probed = Probed::kHub1;
  std::unique_ptr<Rule> rule = nullptr;
  Moment next = 0;  // of a peer that probes by itself
  int bad = 0;      // since the last sweep
  int all = 0;
};

struct Seat {
  std::vector<Path> paths = {};
};

// A result on its way to those who wait for it.
struct Coming {
  Sample sample = {};
  std::size_t peer = 0;  // kEverybody: all who read the shared stream
  SiteIndex site = 0;
  std::size_t path = 0;
  bool operator>(const Coming& other) const { return sample.known > other.sample.known; }
};
constexpr std::size_t kEverybody = ~std::size_t{0};

class Table {
 public:
  Table(const Scenario& scenario, const detector::Policy& policy, std::uint64_t seed)
      : peers_(Peers()),
        world_(scenario, seed),
        sites_(scenario.site_count()),
        begin_(-absl::ToDoubleSeconds(scenario.warm_up)),
        end_(absl::ToDoubleSeconds(scenario.duration)) {
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
      outcomes_.emplace_back().sites.resize(static_cast<std::size_t>(sites_));
      std::vector<Seat>& seats = seats_.emplace_back();
      for (SiteIndex site = 0; site < sites_; ++site) seats.push_back(SeatOf(peers_[peer], site));
    }
    const detector::Fleet fleet = detector::simulation::FleetOf(scenario, policy);
    for (SiteIndex site = 0; site < sites_; ++site) PlanShared(fleet, site);
  }

  std::vector<Outcome> Play() {
    for (Moment now = begin_ + kTick; now <= end_; now += kTick) {
      Probe(now);
      Hear(now);
      Tick(now);
    }
    for (Outcome& outcome : outcomes_) {
      for (SiteTurns& turns : outcome.sites) turns.numbers = turns.calls;
    }
    return std::move(outcomes_);
  }

 private:
  // A periodic probe of the shared stream.
  struct Shared {
    std::size_t path = 0;
    double spacing = 1;
    Moment next = 0;
  };

  static double Phase(SiteIndex site, std::size_t path) {
    const double place = static_cast<double>(site) * kGoldenRatio +
                         static_cast<double>(path) / static_cast<double>(kWatched.size());
    return place - std::floor(place);
  }
  void PlanShared(const detector::Fleet& fleet, SiteIndex site);
  Seat SeatOf(const Peer& peer, SiteIndex site) const {
    Seat seat;
    for (std::size_t path = 0; path < (peer.interval > 0 ? kHubs : kWatched.size()); ++path) {
      seat.paths.push_back({.probed = kWatched[path],
                            .rule = peer.make_rule(kWatched[path]),
                            .next = begin_ + Phase(site, path) * peer.interval});
    }
    return seat;
  }
  Sample Measure(SiteIndex site, const Shared& probe);
  Sample Ask(const Peer& peer, SiteIndex site, Probed probed, Moment sent);
  void Probe(Moment until);
  void Hear(Moment until);
  void Tick(Moment now);
  void Sweep(Seat* seat, Moment now);
  void Tell(std::size_t peer, SiteIndex site, std::size_t path, const Sample& sample);
  void Judge(std::size_t peer, SiteIndex site, Moment now);

  const std::vector<Peer> peers_;
  World world_;
  const int sites_;
  const Moment begin_;
  const Moment end_;
  std::vector<std::vector<Seat>> seats_;     // by peer and site
  std::vector<std::vector<Shared>> shared_;  // by site
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
  std::vector<Outcome> outcomes_;
};

// The probes that Dialtone's agent of the site plans, spare those that say nothing of Teams.
void Table::PlanShared(const detector::Fleet& fleet, SiteIndex site) {
  std::vector<Shared>& all = shared_.emplace_back();
  for (const detector::PlannedProbe& planned : detector::PlanProbes(fleet, site)) {
    const auto path = std::find_if(kWatched.begin(), kWatched.end(), [&](Probed probed) {
      return detector::simulation::TargetOf(probed) == planned.target;
    });
    if (path == kWatched.end()) continue;
    const double spacing = absl::ToDoubleSeconds(planned.interval);
    const double phase = absl::ToDoubleSeconds(planned.phase);
    all.push_back({.path = static_cast<std::size_t>(path - kWatched.begin()),
                   .spacing = spacing,
                   .next = std::ceil((begin_ - phase) / spacing) * spacing + phase});
  }
}

// The shared stream: Dialtone's own idea of bad, and of how long to wait.
Sample Table::Measure(SiteIndex site, const Shared& probe) {
  const Probed probed = kWatched[probe.path];
  const Moment sent = probe.next;
  Sample sample = {.sent = sent, .spacing = probe.spacing};
  const double round_trip = world_.RoundTrip(site, probed);
  if (World::IsMedia(probed)) {
    const Stream stream = world_.Media(site, probed, sent);
    sample.is_bad = stream.lost >= 2;
    sample.known =
        sent + (sample.is_bad ? stream.second_loss + 0.2 : Stream::kPackets * Stream::kSpacing) +
        round_trip;
    return sample;
  }
  const double patience = World::IsCall(probed) ? kLongestRing : 0.3 + 2 * round_trip;
  const Reply reply = world_.Request(site, probed, sent);
  sample.is_bad = reply.after > patience ||
                  (reply.kind != Reply::Kind::kGood && reply.kind != Reply::Kind::kThrottled &&
                   reply.kind != Reply::Kind::kCertificate);
  sample.known = sent + std::min(reply.after, patience);
  return sample;
}

// A peer's own OPTIONS.
Sample Table::Ask(const Peer& peer, SiteIndex site, Probed probed, Moment sent) {
  const Reply reply = world_.Request(site, probed, sent);
  const bool is_silent = reply.after > peer.timeout;
  return {.sent = sent,
          .known = sent + std::min(reply.after, peer.timeout),
          .is_bad = is_silent || reply.kind == Reply::Kind::kRefused ||
                    (reply.kind == Reply::Kind::kError && peer.hears_errors),
          .spacing = peer.interval};
}

void Table::Probe(Moment until) {
  for (SiteIndex site = 0; site < sites_; ++site) {
    for (Shared& probe : shared_[static_cast<std::size_t>(site)]) {
      for (; probe.next < until; probe.next += probe.spacing) {
        coming_.push(
            {.sample = Measure(site, probe), .peer = kEverybody, .site = site, .path = probe.path});
      }
    }
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
      if (peers_[peer].interval <= 0) continue;
      Seat& seat = seats_[peer][static_cast<std::size_t>(site)];
      for (std::size_t path = 0; path < seat.paths.size(); ++path) {
        Path& what = seat.paths[path];
        while (what.next < until) {
          coming_.push({.sample = Ask(peers_[peer], site, what.probed, what.next),
                        .peer = peer,
                        .site = site,
                        .path = path});
          what.next += what.rule->is_down() ? peers_[peer].interval_down : peers_[peer].interval;
        }
      }
    }
  }
}

void Table::Hear(Moment until) {
  while (!coming_.empty() && coming_.top().sample.known < until) {
    const Coming heard = coming_.top();
    coming_.pop();
    if (heard.peer != kEverybody) {
      Tell(heard.peer, heard.site, heard.path, heard.sample);
      continue;
    }
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
      if (peers_[peer].interval <= 0) Tell(peer, heard.site, heard.path, heard.sample);
    }
  }
}

void Table::Tell(std::size_t peer, SiteIndex site, std::size_t path, const Sample& sample) {
  Path& what = seats_[peer][static_cast<std::size_t>(site)].paths[path];
  const bool was_down = what.rule->is_down();
  what.rule->OnSample(sample);
  ++what.all;
  what.bad += sample.is_bad ? 1 : 0;
  if (what.rule->is_down() != was_down) Judge(peer, site, sample.known);
}

void Table::Tick(Moment now) {
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
    for (SiteIndex site = 0; site < sites_; ++site) {
      Seat& seat = seats_[peer][static_cast<std::size_t>(site)];
      if (peers_[peer].compares && std::fmod(now - begin_, kSweep) < kTick) Sweep(&seat, now);
      for (Path& path : seat.paths) path.rule->OnTime(now);
      Judge(peer, site, now);
    }
  }
}

// Envoy's success-rate outlier: the targets of a site are its hosts.
void Table::Sweep(Seat* seat, Moment now) {
  double sum = 0;
  double squares = 0;
  const auto count = static_cast<double>(seat->paths.size());
  const auto rate = [](const Path& path) {
    return path.all == 0 ? 1.0 : 1 - static_cast<double>(path.bad) / path.all;
  };
  for (const Path& path : seat->paths) {
    sum += rate(path);
    squares += rate(path) * rate(path);
  }
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  for (Path& path : seat->paths) {
    // A host at the mean is no outlier, however little the others differ.
    if (deviation > 0 && rate(path) < mean - kDeviations * deviation) path.rule->OnOutlier(now);
    path.bad = 0;
    path.all = 0;
  }
}

void Table::Judge(std::size_t peer, SiteIndex site, Moment now) {
  const std::vector<Path>& paths = seats_[peer][static_cast<std::size_t>(site)].paths;
  SiteTurns& turns = outcomes_[peer].sites[static_cast<std::size_t>(site)];
  const auto down = [&paths](std::size_t path) { return paths[path].rule->is_down(); };
  for (std::size_t hub = 0; hub < kHubs; ++hub) Note(down(hub), now, &turns.hubs[hub]);
  bool is_away = down(0) && down(1) && down(2);
  if (paths.size() > kHubs) is_away |= (down(3) && down(4)) || down(5) || down(6);
  Note(is_away, now, &turns.calls);
}

}  // namespace

bool IsAwayAt(const Turns& turns, Moment at) {
  bool is_away = false;
  for (const Turn& turn : turns) {
    if (turn.at > at) break;
    is_away = turn.is_away;
  }
  return is_away;
}

void Note(bool is_away, Moment at, Turns* turns) {
  const bool was_away = !turns->empty() && turns->back().is_away;
  if (is_away != was_away) turns->push_back({.at = at, .is_away = is_away});
}

std::vector<Outcome> PlayPeers(const Scenario& scenario, const detector::Policy& policy,
                               std::uint64_t seed) {
  return Table(scenario, policy, seed).Play();
}

}  // namespace dialtone::bench
