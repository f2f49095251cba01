#include "detector/call_watch.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace dialtone::detector {
namespace {

constexpr double kLearningRate = 0.1;  // of one report: about the last ten
constexpr double kLeastUsual = 0.005;
constexpr double kMostUsual = 0.3;  // more is an outage that nobody noticed
constexpr double kDeviations = 3;
constexpr double kLeastCalls = 2;

// Three standard deviations of how many of `attempts` fall into a share of them.
double Spread(double attempts, double share) {
  return kDeviations * std::sqrt(attempts * share * (1 - share));
}

std::set<std::string> HomeHops(const RouterReport& report) {
  std::set<std::string> routes;
  for (const RouterGroup& group : report.groups) routes.insert(group.home_route);
  std::set<std::string> hops;
  for (const RouteHops& route : report.routes) {
    if (routes.contains(route.route)) hops.insert(route.hops.begin(), route.hops.end());
  }
  return hops;
}

}  // namespace

void CallWatch::OnReport(const RouterReport& report, bool is_quiet, absl::Time now) {
  if (report.hop_calls.empty()) return;
  const std::set<std::string> home = HomeHops(report);
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  for (const HopCalls& calls : report.hop_calls) {
    if (!home.contains(calls.hop)) continue;
    sent += calls.sent;
    answered += std::min(calls.answered, calls.sent);
  }
  if (sent < kLeastAttempts) return;
  Layer& layer = layers_[static_cast<std::size_t>(report.voice_layer)];
  layer.seen = now;
  layer.attempts = static_cast<double>(sent);
  layer.unanswered = static_cast<double>(sent - answered);
  if (layer.unanswered >
      layer.attempts * layer.usual + Spread(layer.attempts, layer.usual) + kLeastCalls) {
    layer.fell = now;
  } else if (is_quiet) {
    layer.usual += kLearningRate * (layer.unanswered / layer.attempts - layer.usual);
    layer.usual = std::clamp(layer.usual, kLeastUsual, kMostUsual);
  }
}

bool CallWatch::Contradicts(VoiceLayerIndex layer, double severity, absl::Time since) const {
  const Layer& its = At(layer);
  if (its.seen < since) return false;
  const double share = severity / 2;
  return its.unanswered < its.attempts * share - Spread(its.attempts, share);
}

}  // namespace dialtone::detector
