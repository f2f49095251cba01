// The rules by which others decide that a trunk or a service is down: one state machine per path.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "detector/simulation/scenario.h"
#include "detector/simulation/timeline.h"

namespace dialtone::bench {

using detector::simulation::kNever;
using detector::simulation::Moment;
using detector::simulation::Probed;

// One result of one path, as a rule learns of it.
struct Sample {
  Moment sent = 0;
  Moment known = 0;  // the answer, or the end of the waiting
  bool is_bad = false;
  double spacing = 1;  // seconds between two periodic probes of the path
};

// Decides about one path. Told its results in the order in which they become known.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual void OnSample(const Sample& sample) = 0;
  // Time went by without a result.
  virtual void OnTime(Moment /*now*/) {}
  // It stands out from the others of its site (Peer::compares).
  virtual void OnOutlier(Moment /*now*/) {}
  bool is_down() const { return is_down_; }

 protected:
  void Set(bool is_down) { is_down_ = is_down; }

 private:
  bool is_down_ = false;
};

// One of those who play against Dialtone.
struct Peer {
  std::string name = {};
  std::string code = {};  // for tables that have many columns
  // OPTIONS of its own, every `interval`, down or up: then only the hubs are watched. Zero: it
  // reads the same results as Dialtone, with the same idea of bad.
  double interval = 0;
  double interval_down = 0;
  double timeout = 0;
  bool hears_errors = true;  // a 503 counts as a failure
  // Compares the paths of a site with each other, every 10 s, instead of watching each alone.
  bool compares = false;
  std::function<std::unique_ptr<Rule>(Probed)> make_rule = {};
};

// Every peer of the detection page, section 7, and OpenSIPS' qrouting.
std::vector<Peer> Peers();

}  // namespace dialtone::bench
