// The rules by which others decide that a trunk is down, played on the same world as Dialtone.
//
// None of them looks at more than one site, so each is played site by site, target by target. Where
// a rule leaves open what it is fed with, it gets what Dialtone gets: the same targets, the same
// criterion of bad (detection page, section 2), and a time-out of its own.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "detector/simulation/scenario.h"
#include "detector/simulation/world.h"

namespace dialtone::bench {

using detector::SiteIndex;
using detector::simulation::Moment;
using detector::simulation::Probed;
using detector::simulation::World;

// One probe as a rule sees it.
struct Seen {
  Moment sent = 0;
  Moment known = 0;  // when it is judged
  bool is_bad = false;
};

// From then on a target is down, or up again.
struct Turn {
  Moment at = 0;
  bool is_down = false;
};

// Probes one target, one probe after the other: what became of a probe sent then.
using ProbeAt = std::function<Seen(Moment sent)>;

// How a rule watches one target of one site between two moments.
using Rule =
    std::function<std::vector<Turn>(const ProbeAt& probe, double phase, Moment begin, Moment end)>;

struct Peer {
  std::string name;
  bool is_sip = false;         // OPTIONS to hubs and nothing else
  bool errors_are_bad = true;  // else any SIP answer is a sign of life
  double timeout = 1;
  Rule rule = {};  // empty: a target is judged among the others (Envoy's success rate)
};

// Those of the detection page, section 7, with the parameters given there.
std::vector<Peer> AllPeers();

// What one peer did at one site.
struct PeerAtSite {
  std::vector<Turn> numbers;  // moved off Teams, and back
  std::vector<Turn> hub1;
};

// Plays a peer at one site. `world` is played anew for it.
PeerAtSite PlayPeer(const Peer& peer, World* world, SiteIndex site, Moment begin, Moment end);

}  // namespace dialtone::bench
