#include "tests/bench/tournament/peers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "detector/simulation/random.h"

namespace dialtone::bench {
namespace {

using detector::simulation::Key;
using detector::simulation::kNever;
using detector::simulation::Reply;
using detector::simulation::Scenario;
using detector::simulation::Unit;

// A test call is judged after four seconds of silence, a second of audio at its second lost packet.
constexpr double kLongestRing = 4;
constexpr double kPacketGrace = 0.2;
// A test call every 10 s, where others are probed every second.
constexpr double kCallsAreSlower = 10;

// Adds a turn if it is one.
void TurnTo(bool is_down, Moment at, std::vector<Turn>* turns) {
  if ((!turns->empty() && turns->back().is_down) != is_down) turns->push_back({at, is_down});
}

// So many bad ones in a row and it is down, so many good ones and it is up; probed at another
// interval while down. The rule of SIP proxies and SBCs, and of BFD.
Rule InARow(double interval, int bad, double interval_down, int good) {
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    int bad_run = 0;
    int good_run = 0;
    for (Moment at = watch.begin + watch.phase * interval * watch.slower; at < watch.end;) {
      const Seen seen = watch.probe(at);
      bad_run = seen.is_bad ? bad_run + 1 : 0;
      good_run = seen.is_bad ? 0 : good_run + 1;
      if (bad_run >= bad) TurnTo(true, seen.known, &turns);
      if (good_run >= good) TurnTo(false, seen.known, &turns);
      const bool is_down = !turns.empty() && turns.back().is_down;
      at += watch.slower * (is_down || bad_run > 0 ? interval_down : interval);
    }
    return turns;
  };
}

Rule SomeOfSome(double interval, int bad, std::size_t of) {
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    std::deque<bool> window;
    const double every = interval * watch.slower;
    for (Moment at = watch.begin + watch.phase * every; at < watch.end; at += every) {
      const Seen seen = watch.probe(at);
      window.push_back(seen.is_bad);
      if (window.size() > of) window.pop_front();
      TurnTo(std::count(window.begin(), window.end(), true) >= bad, seen.known, &turns);
    }
    return turns;
  };
}

// Envoy's outlier detection, consecutive 5xx: five in a row eject for 30 s, each time 30 s longer.
Rule Ejection(double interval, int bad, double base) {
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    int run = 0;
    int ejections = 0;
    Moment back = -kNever;
    const double every = interval * watch.slower;
    for (Moment at = watch.begin + watch.phase * every; at < watch.end; at += every) {
      const Seen seen = watch.probe(at);
      if (seen.known >= back && !turns.empty()) TurnTo(false, back, &turns);
      run = seen.is_bad ? run + 1 : 0;
      if (run < bad) continue;
      run = 0;
      if (seen.known < back) continue;
      back = seen.known + base * ++ejections;
      TurnTo(true, seen.known, &turns);
    }
    return turns;
  };
}

// Phi accrual (Hayashibara and others, 2004), threshold 8, as Akka has it: intervals of mean 1 s
// and standard deviation 0.1 s, an acceptable pause on top.
Rule PhiAccrual(double interval, double pause) {
  // -log10 of the tail of a normal distribution is 8 at 5.6 deviations.
  constexpr double kDeviations = 5.6;
  return [=](const Watch& watch) {
    const double patience = pause + (1 + kDeviations * 0.1) * interval * watch.slower;
    std::vector<Turn> turns;
    Moment last = watch.begin;
    const double every = interval * watch.slower;
    for (Moment at = watch.begin + watch.phase * every; at < watch.end; at += every) {
      const Seen seen = watch.probe(at);
      if (seen.is_bad) {
        if (seen.known > last + patience) TurnTo(true, last + patience, &turns);
        continue;
      }
      if (seen.known > last + patience) TurnTo(true, last + patience, &turns);
      last = seen.known;
      TurnTo(false, seen.known, &turns);
    }
    return turns;
  };
}

// Prometheus: scraped and evaluated every 15 s, an alert that holds for a minute fires.
Rule Prometheus() {
  constexpr double kEvery = 15;
  constexpr double kFor = 60;
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    Moment pending = kNever;
    for (Moment at = watch.begin + watch.phase * kEvery; at < watch.end; at += kEvery) {
      const Seen seen = watch.probe(at);
      const Moment evaluated =
          watch.begin + std::ceil((seen.known - watch.begin) / kEvery) * kEvery;
      pending = seen.is_bad ? std::min(pending, evaluated) : kNever;
      TurnTo(pending + kFor <= evaluated, evaluated, &turns);
    }
    return turns;
  };
}

// The SRE workbook's fast burn: 14.4 times the budget of 99.9 %, over an hour and over five
// minutes.
Rule BurnRate(double interval) {
  constexpr double kShare = 14.4 * 0.001;
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    std::deque<Moment> bad;
    const auto burns = [&](Moment now, double window) {
      const auto count =
          std::count_if(bad.begin(), bad.end(), [&](Moment at) { return at > now - window; });
      return static_cast<double>(count) > kShare * window / (interval * watch.slower);
    };
    const double every = interval * watch.slower;
    for (Moment at = watch.begin + watch.phase * every; at < watch.end; at += every) {
      const Seen seen = watch.probe(at);
      if (seen.is_bad) bad.push_back(seen.known);
      while (!bad.empty() && bad.front() < seen.known - 3600) bad.pop_front();
      TurnTo(burns(seen.known, 3600) && burns(seen.known, 300), seen.known, &turns);
    }
    return turns;
  };
}

// OpenSIPS qrouting with its defaults of quality thresholds: a gateway whose answer-seizure ratio
// over its history (30 min of one-minute samples) falls below the threshold (50 %) is left.
Rule QualityRouting(double interval) {
  constexpr double kHistory = 1800;
  constexpr double kSampled = 60;
  constexpr double kLeast = 0.5;
  return [=](const Watch& watch) {
    std::vector<Turn> turns;
    std::deque<Seen> history;
    Moment next = watch.begin + kSampled;
    const double every = interval * watch.slower;
    for (Moment at = watch.begin + watch.phase * every; at < watch.end; at += every) {
      history.push_back(watch.probe(at));
      while (history.front().known < at - kHistory) history.pop_front();
      if (at < next) continue;
      next += kSampled;
      const auto answered = std::count_if(history.begin(), history.end(),
                                          [](const Seen& seen) { return !seen.is_bad; });
      TurnTo(static_cast<double>(answered) < kLeast * static_cast<double>(history.size()), at,
             &turns);
    }
    return turns;
  };
}

Seen See(World* world, const Peer& peer, SiteIndex site, Probed probed, Moment sent) {
  if (World::IsMedia(probed)) {
    const auto stream = world->Media(site, probed, sent);
    const double round_trip = world->RoundTrip(site, probed);
    if (stream.lost >= 2)
      return {sent, sent + stream.second_loss + kPacketGrace + round_trip, true};
    return {sent, sent + 1 + round_trip, false};
  }
  const double timeout = World::IsCall(probed) ? kLongestRing : peer.timeout;
  const Reply reply = world->Request(site, probed, sent);
  const bool says_no = reply.kind != Reply::Kind::kGood && reply.kind != Reply::Kind::kThrottled;
  if (reply.after > timeout && reply.kind != Reply::Kind::kOneWay) {
    return {sent, sent + timeout, true};
  }
  return {sent, sent + reply.after, says_no && peer.errors_are_bad};
}

// The turns of several things as one: down while `holds` of what is down.
template <typename Holds>
std::vector<Turn> Combine(const std::vector<std::vector<Turn>>& all, const Holds& holds) {
  struct Step {
    Moment at;
    std::size_t which;
    bool is_down;
  };
  std::vector<Step> steps;
  for (std::size_t which = 0; which < all.size(); ++which) {
    for (const Turn& turn : all[which]) steps.push_back({turn.at, which, turn.is_down});
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  std::vector<bool> down(all.size(), false);
  std::vector<Turn> turns;
  for (const Step& step : steps) {
    down[step.which] = step.is_down;
    TurnTo(holds(down), step.at, &turns);
  }
  return turns;
}

// Envoy's success rate: every 10 s, hosts more than 1.9 standard deviations below the mean of all
// hosts are ejected for 30 s, each time 30 s longer. The hosts are all targets off the LAN.
std::vector<std::vector<Turn>> SuccessRates(const std::vector<std::vector<Seen>>& hosts,
                                            Moment begin, Moment end) {
  constexpr double kInterval = 10;
  constexpr double kFactor = 1.9;
  constexpr double kBase = 30;
  struct Host {
    std::size_t next = 0;
    int ejections = 0;
    Moment back = -kNever;
  };
  std::vector<Host> state(hosts.size());
  std::vector<std::vector<Turn>> turns(hosts.size());
  for (Moment at = begin + kInterval; at < end; at += kInterval) {
    std::vector<double> rates;
    for (std::size_t host = 0; host < hosts.size(); ++host) {
      int all = 0;
      int good = 0;
      for (std::size_t& next = state[host].next;
           next < hosts[host].size() && hosts[host][next].known < at; ++next) {
        ++all;
        good += hosts[host][next].is_bad ? 0 : 1;
      }
      rates.push_back(all == 0 ? 1 : static_cast<double>(good) / all);
    }
    const double count = static_cast<double>(rates.size());
    double mean = 0;
    for (const double rate : rates) mean += rate / count;
    double variance = 0;
    for (const double rate : rates) variance += (rate - mean) * (rate - mean) / count;
    for (std::size_t host = 0; host < hosts.size(); ++host) {
      if (at >= state[host].back) TurnTo(false, at, &turns[host]);
      if (at < state[host].back || rates[host] >= mean - kFactor * std::sqrt(variance)) continue;
      state[host].back = at + kBase * ++state[host].ejections;
      TurnTo(true, at, &turns[host]);
    }
  }
  return turns;
}

}  // namespace

std::vector<Peer> AllPeers() {
  return {
      {"Kamailio dispatcher 30 s (default)", true, true, 30, InARow(30, 1, 30, 1)},
      {"Kamailio dispatcher 1 s / 1 / 0.5 s (fastest)", true, true, 0.5, InARow(1, 1, 1, 1)},
      {"Kamailio dispatcher 1 s / 3 / 2 s", true, true, 2, InARow(1, 3, 1, 1)},
      {"OpenSIPS qrouting", true, true, 4, QualityRouting(1)},
      {"Cisco CUBE 60 s x 5", true, true, 32, InARow(60, 5, 30, 1)},
      {"Cisco CUBE 30 s x 5", true, true, 32, InARow(30, 5, 30, 1)},
      {"AudioCodes 60 s / 7.5 s", true, false, 7.5, InARow(60, 1, 10, 1)},
      {"Envoy consecutive-5", false, true, 1, Ejection(1, 5, 30)},
      {"Envoy success-rate", false, true, 1, nullptr},
      {"phi accrual 8, pause 3 s", false, true, 1, PhiAccrual(1, 3)},
      {"phi accrual 8, no pause", false, true, 1, PhiAccrual(1, 0)},
      {"Prometheus 15 s, for: 1m", false, true, 5, Prometheus()},
      {"SRE burn rate 14.4, 5 m and 1 h", false, true, 1, BurnRate(1)},
      {"3 of 5 at 1 Hz", false, true, 1, SomeOfSome(1, 3, 5)},
      {"3 in a row at 1 Hz", false, true, 1, InARow(1, 3, 1, 1)},
      {"12 in a row at 1 Hz", false, true, 1, InARow(1, 12, 1, 1)},
      {"30 in a row at 1 Hz", false, true, 1, InARow(1, 30, 1, 1)},
  };
}

PeerAtSite PlayPeer(const Peer& peer, World* world, SiteIndex site, Moment begin, Moment end) {
  constexpr std::array kTeams = {Probed::kHub1,   Probed::kHub2,   Probed::kHub3, Probed::kMedia1,
                                 Probed::kMedia2, Probed::kSignIn, Probed::kCall};
  constexpr std::array kWitnesses = {Probed::kMicrosoft365, Probed::kInternet1,
                                     Probed::kInternet2,    Probed::kIspReference,
                                     Probed::kVoice,        Probed::kVoiceMedia};
  constexpr std::size_t kHubs = 3;
  const auto phase_of = [&](Probed probed) {
    return Unit(
        Key(Key(4711, static_cast<std::uint64_t>(site)), static_cast<std::uint64_t>(probed)));
  };
  const auto probe_of = [&](Probed probed) {
    world->Rewind();
    return
        [&peer, world, site, probed](Moment sent) { return See(world, peer, site, probed, sent); };
  };
  std::vector<std::vector<Turn>> turns;
  if (peer.rule == nullptr) {
    std::vector<std::vector<Seen>> hosts;
    const auto watch = [&](Probed probed) {
      const ProbeAt probe = probe_of(probed);
      std::vector<Seen>& host = hosts.emplace_back();
      for (Moment at = begin + phase_of(probed); at < end; at += 1) host.push_back(probe(at));
    };
    for (const Probed probed : kTeams) {
      if (!World::IsCall(probed)) watch(probed);
    }
    for (const Probed probed : kWitnesses) watch(probed);
    turns = SuccessRates(hosts, begin, end);
    turns.resize(kTeams.size() - 1);
    turns.emplace_back();  // calls are too few for it
  } else {
    for (std::size_t i = 0; i < (peer.is_sip ? kHubs : kTeams.size()); ++i) {
      turns.push_back(peer.rule({.probe = probe_of(kTeams[i]),
                                 .phase = phase_of(kTeams[i]),
                                 .slower = World::IsCall(kTeams[i]) ? kCallsAreSlower : 1,
                                 .begin = begin,
                                 .end = end}));
    }
    turns.resize(kTeams.size());
  }
  return {.numbers = Combine(turns,
                             [](const std::vector<bool>& down) {
                               return (down[0] && down[1] && down[2]) || (down[3] && down[4]) ||
                                      down[5] || down[6];
                             }),
          .hub1 = turns[0]};
}

}  // namespace dialtone::bench
