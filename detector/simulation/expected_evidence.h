// How fast a fault of a given kind gathers evidence, on average.
#pragma once

#include <optional>

#include "absl/time/time.h"

#include "detector/fleet.h"

namespace dialtone::detector::simulation {

// What a fault does to the probes of one site.
struct ProbeStream {
  double probes = 0;        // a second, of the targets that it spoils
  double burst_probes = 0;  // the same while the site bursts; at least `probes`
  double witnesses = 0;     // a second, of those that it spares
  double burst_witnesses = 0;
  int targets = 0;             // that it spoils
  double spoilt = 1;           // share of their probes
  absl::Duration answer = {};  // how long after it was sent a bad probe is known to be bad
  bool is_refusal = false;     // answered with a no: no line does that by itself
};

// Time from the beginning of a fault until what is known of it, summed over `sites` such sites,
// reaches `nats`; nothing when that takes more than an hour.
//
// Integrates the expected nats a second for each severity, the best of which speaks. A bad result
// counts against the chance that it is bad though nothing is wrong: the baseline of an ordinary
// path, a burst of the line since the site's previous bad result (which is as long ago as results
// come, or has not been yet), softened by the witnesses around it, and the path's own stutter. So
// many sites convict by their first results, and one site alone takes longer than in proportion.
// Each site probes faster from its first bad result on.
//
// Two things are simpler than in the core: that a loss before foretells nothing if the fault made
// it (chance.h), and that a mild suspicion asks for no faster probes. Both make the core quicker to
// see a partial fault than is computed here.
std::optional<absl::Duration> TimeToReach(double nats, const ProbeStream& stream, int sites,
                                          const Policy& policy);

}  // namespace dialtone::detector::simulation
