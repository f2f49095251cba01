// What goes wrong on an ordinary day: the noise classes of a scenario, drawn for one run.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "detector/simulation/run_record.h"
#include "detector/simulation/scenario.h"
#include "detector/simulation/timeline.h"

namespace dialtone::detector::simulation {

inline constexpr int kHubs = 3;

// How often each class happens. Rates are per second; zero: never.
struct NoiseRates {
  double link_loss_factor = 1;  // on the long-run loss of a site's link
  double blackouts = 0;         // per site
  double isp_bursts = 0;        // per ISP
  double hub_hiccups = 0;       // per hub
  double all_hubs_hiccups = 0;
  double stalls = 0;  // of an agent, per site

  static NoiseRates Quiet() { return {}; }
  static NoiseRates Nominal();
  static NoiseRates Hostile();
};

// The line of one site.
struct LinkTraits {
  double loss = 0;   // long-run share of packets that its bursts lose
  double burst = 0;  // mean length of a burst in seconds
};

// Kinds of episodes.
enum IspBurstKind { kEverything, kTowardsMicrosoft };
enum HiccupKind { kSilent, kRefusing };

// Every episode of one run, class by class. Each site, ISP and hub draws from a stream of its own,
// so that a site more changes nothing for the others.
struct DrawnNoise {
  std::vector<Timeline> links = {};      // by site: bursts that lose 70 % of the packets
  std::vector<Timeline> blackouts = {};  // by site: nothing leaves the LAN
  std::vector<Timeline> stalls = {};     // by site: the agent stands still
  std::vector<Timeline> isps = {};       // by ISP: spare its own witness
  std::array<Timeline, kHubs> hubs = {};
  Timeline all_hubs = {};

  // Earlier moments may be asked about again.
  void Rewind();
};

// Draws the noise from `begin` until `end`. `day_seconds`: local time of day at time 0, which the
// bursts of links follow.
DrawnNoise DrawNoise(const NoiseRates& rates, const std::vector<LinkTraits>& links, int isps,
                     double day_seconds, Moment begin, Moment end, std::uint64_t seed);

// The episodes that an observer may see and name, each with the names that would be right.
std::vector<NoiseEpisode> TellNoise(const DrawnNoise& noise, const Scenario& scenario);

// Whether an episode that hits a share of the sites hits this one. A smaller share lies in a
// larger.
bool Hits(const Episode& episode, int site);

}  // namespace dialtone::detector::simulation
