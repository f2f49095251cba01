#include "detector/simulation/player.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "detector/core.h"
#include "detector/simulation/agent.h"
#include "detector/simulation/callers.h"
#include "detector/simulation/recorder.h"
#include "detector/simulation/router.h"
#include "detector/simulation/simulated_fleet.h"
#include "detector/simulation/world.h"

namespace dialtone::detector::simulation {
namespace {

// Time 0 falls on this day, at the scenario's local hour. (Any day will do; one of our years prints
// well.)
constexpr absl::Duration kDayZero = absl::Hours(24 * 20'000);
// From the detector to an agent.
constexpr absl::Duration kTransit = Agent::kTransit;
// What calls say is said of the last seconds.
constexpr double kCallWindow = 5;

class Player {
 public:
  Player(const Scenario& scenario, const Policy& policy, std::uint64_t seed)
      : scenario_(scenario),
        policy_(policy),
        zero_(absl::UnixEpoch() + kDayZero + absl::Hours(scenario.start_hour)),
        now_(zero_ - scenario.warm_up),
        end_(zero_ + scenario.duration),
        world_(scenario, seed),
        fleet_(FleetOf(scenario, policy)),
        recorder_(scenario, fleet_, zero_) {
    for (SiteIndex site = 0; site < scenario.site_count(); ++site) {
      agents_.emplace_back(site, scenario, fleet_, policy, zero_, now_, &world_);
      routers_.emplace_back(site, fleet_, scenario.calls_per_second > 0, now_);
      agent_wakes_.push_back(absl::InfiniteFuture());
      WakeAgent(site);
    }
    for (const Incident& incident : scenario.incidents) {
      if (incident.kind != IncidentKind::kDetectorDown) continue;
      script_.emplace(zero_ + incident.when.from, [this] { StopDetector(); });
      script_.emplace(zero_ + incident.when.to, [this] { StartDetector(); });
    }
    for (const OperatorOrder& order : scenario.orders) {
      script_.emplace(zero_ + order.at, [this, &order] { GiveOrder(order); });
    }
    StartDetector();
  }

  RunRecord Run(std::uint64_t seed) {
    while (StepOnce()) {
    }
    now_ = end_;
    RunRecord record = recorder_.Finish(core_.get(), now_);
    record.seed = seed;
    record.end = scenario_.duration;
    record.noise = TellNoise(world_.noise(), scenario_);
    record.calls = CountCalls(scenario_, record);
    return record;
  }

 private:
  // Plays the next thing that happens; of those that happen together, in this order: the script,
  // what reaches the detector, the detector's own time, routers, bursts, agents.
  bool StepOnce();
  absl::Time NextRouterWake() const;
  void WakeAgent(SiteIndex site);
  SiteIndex NextAgent();
  void StepAgent(SiteIndex site);
  void StepRouters();
  std::vector<Router::Calls> CallsOf(SiteIndex site);
  void Deliver(Delivery delivery);
  void StartDetector();
  void StopDetector();
  void GiveOrder(const OperatorOrder& order);
  void Tell(const Event& event);
  void Carry(Effects effects);
  void Answer(const OperatorAnswer& answer);

  const Scenario& scenario_;
  const Policy& policy_;
  const absl::Time zero_;
  absl::Time now_;
  const absl::Time end_;
  World world_;
  const Fleet fleet_;
  Recorder recorder_;
  std::deque<Agent> agents_;
  std::deque<Router> routers_;

  std::unique_ptr<Core> core_;
  std::uint64_t epoch_ = 0;
  std::map<std::string, std::string> journal_;
  absl::Time journal_time_ = absl::InfinitePast();

  struct Burst {
    absl::Time arrives;
    BurstRequest request;
  };
  using AgentWake = std::pair<absl::Time, SiteIndex>;
  std::priority_queue<AgentWake, std::vector<AgentWake>, std::greater<>> agent_queue_;
  std::vector<absl::Time> agent_wakes_;  // by site; another time in the queue is void
  absl::Time router_wake_ = absl::InfinitePast();
  std::deque<Delivery> deliveries_;  // by arrival: they all take the same time
  std::deque<Burst> bursts_;         // likewise
  std::multimap<absl::Time, std::function<void()>> script_;
  std::uint64_t last_request_ = 0;
};

// ---- time

bool Player::StepOnce() {
  const absl::Time script = script_.empty() ? absl::InfiniteFuture() : script_.begin()->first;
  const absl::Time delivery =
      deliveries_.empty() ? absl::InfiniteFuture() : deliveries_.front().arrives;
  const absl::Time core = core_ == nullptr
                              ? absl::InfiniteFuture()
                              : std::min(std::max(core_->NextWake(), now_), recorder_.NextLook());
  const absl::Time burst = bursts_.empty() ? absl::InfiniteFuture() : bursts_.front().arrives;
  const SiteIndex site = NextAgent();
  const absl::Time agent = agent_wakes_[static_cast<std::size_t>(site)];
  now_ = std::max(now_, std::min({script, delivery, core, router_wake_, burst, agent}));
  if (now_ >= end_) return false;
  if (now_ >= script) {
    const std::function<void()> act = std::move(script_.begin()->second);
    script_.erase(script_.begin());
    act();
  } else if (now_ >= delivery) {
    Delivery arrived = std::move(deliveries_.front());
    deliveries_.pop_front();
    Deliver(std::move(arrived));
  } else if (now_ >= core) {
    if (now_ >= core_->NextWake()) Tell(Wake{});
    recorder_.Look(*core_, now_);
  } else if (now_ >= router_wake_) {
    StepRouters();
  } else if (now_ >= burst) {
    const Burst asked = std::move(bursts_.front());
    bursts_.pop_front();
    agents_[static_cast<std::size_t>(asked.request.site)].OnBurst(asked.request, now_);
    WakeAgent(asked.request.site);
  } else {
    StepAgent(site);
  }
  return true;
}

void Player::WakeAgent(SiteIndex site) {
  const absl::Time wake = agents_[static_cast<std::size_t>(site)].NextWake();
  absl::Time& known = agent_wakes_[static_cast<std::size_t>(site)];
  if (known == wake) return;
  known = wake;
  agent_queue_.emplace(wake, site);
}

// The agent that has something to do next.
SiteIndex Player::NextAgent() {
  while (true) {
    const auto [wake, site] = agent_queue_.top();
    if (agent_wakes_[static_cast<std::size_t>(site)] == wake) return site;
    agent_queue_.pop();
  }
}

void Player::StepAgent(SiteIndex site) {
  agent_queue_.pop();
  agent_wakes_[static_cast<std::size_t>(site)] = absl::InfinitePast();
  std::vector<Delivery> sent;
  agents_[static_cast<std::size_t>(site)].Step(now_, &sent);
  for (Delivery& delivery : sent) deliveries_.push_back(std::move(delivery));
  WakeAgent(site);
}

// ---- routers

void Player::StepRouters() {
  for (SiteIndex site = 0; site < std::ssize(routers_); ++site) {
    Router& router = routers_[static_cast<std::size_t>(site)];
    if (router.NextWake() > now_) continue;
    const std::vector<Event> events = router.Step(now_, CallsOf(site));
    recorder_.OnRouter(site, router, now_);
    for (const Event& event : events) Tell(event);
  }
  router_wake_ = absl::InfiniteFuture();
  for (const Router& router : routers_) router_wake_ = std::min(router_wake_, router.NextWake());
}

// Calls of the last seconds to each hub, had they gone as they would go now: the first hub gets
// them all, the next one those that it did not answer.
std::vector<Router::Calls> Player::CallsOf(SiteIndex site) {
  std::vector<Router::Calls> calls(kHubs);
  const Router& router = routers_[static_cast<std::size_t>(site)];
  double waiting = scenario_.calls_per_second * kCallWindow * (100 - router.backup_percent()) / 100;
  if (waiting <= 0) return calls;
  const std::vector<std::string>& hubs = router.report().routes.front().hops;
  for (const HopState wanted : {HopState::kNormal, HopState::kLastInRoute}) {
    for (std::size_t hub = 0; hub < calls.size(); ++hub) {
      if (router.StateOf(hubs[hub]) != wanted) continue;
      const double failing =
          world_.FailureShare(site, static_cast<Probed>(hub), absl::ToDoubleSeconds(now_ - zero_));
      calls[hub] = {.sent = waiting, .answered = waiting * (1 - failing)};
      waiting -= calls[hub].answered;
    }
  }
  return calls;
}

// ---- the detector

void Player::StartDetector() {
  if (core_ != nullptr) return;
  core_ = std::make_unique<Core>(
      fleet_, policy_,
      CoreStart{.epoch = ++epoch_, .journal = journal_, .journal_time = journal_time_}, now_);
  for (SiteIndex site = 0; site < std::ssize(agents_); ++site) {
    agents_[static_cast<std::size_t>(site)].OnDetectorBack(now_);
    WakeAgent(site);
    routers_[static_cast<std::size_t>(site)].Read(now_);
  }
  router_wake_ = now_;
  Tell(Wake{});
}

void Player::StopDetector() {
  core_ = nullptr;
  deliveries_.clear();
  bursts_.clear();
  for (SiteIndex site = 0; site < std::ssize(agents_); ++site) {
    agents_[static_cast<std::size_t>(site)].OnDetectorLost();
    WakeAgent(site);
  }
}

void Player::Deliver(Delivery delivery) {
  const SiteIndex site = delivery.batch.site;
  if (delivery.opens_stream) {
    Tell(AgentConnected{.site = site, .run_id = Agent::kRunId, .version = "simulated"});
  }
  recorder_.CountProbes(delivery.batch.results.size());
  Tell(std::move(delivery.batch));
}

void Player::Tell(const Event& event) {
  if (core_ == nullptr) return;
  Carry(core_->Handle(event, now_));
}

void Player::Carry(Effects effects) {
  for (JournalRecord& record : effects.journal) {
    journal_time_ = now_;
    if (record.value.empty()) {
      journal_.erase(record.key);
    } else {
      journal_[record.key] = std::move(record.value);
    }
  }
  if (!effects.occurrences.empty()) recorder_.OnOccurrences(effects.occurrences, *core_, now_);
  for (const Wish& wish : effects.wishes) {
    Router& router = routers_[static_cast<std::size_t>(wish.voice_layer)];
    router.OnWish(wish, epoch_, now_);
    router_wake_ = std::min(router_wake_, router.NextWake());
  }
  for (const LeaseRenewal& renewal : effects.renewals) {
    routers_[static_cast<std::size_t>(renewal.voice_layer)].OnRenewal(renewal, now_);
  }
  for (BurstRequest& burst : effects.bursts) {
    bursts_.push_back({.arrives = now_ + kTransit, .request = std::move(burst)});
  }
  for (const OperatorAnswer& answer : effects.answers) Answer(answer);
}

// ---- operators

void Player::GiveOrder(const OperatorOrder& order) {
  using Verb = OperatorOrder::Verb;
  constexpr char kAuthor[] = "operator";
  constexpr char kReason[] = "the scenario says so";
  if (order.verb == Verb::kFreeze || order.verb == Verb::kUnfreeze) {
    Tell(OperatorFreeze{.request = ++last_request_,
                        .frozen = order.verb == Verb::kFreeze,
                        .author = kAuthor,
                        .reason = kReason});
    return;
  }
  for (const SiteIndex site : SitesOf(order.where, scenario_)) {
    const ScopeSelector scope = {.kind = ScopeSelector::Kind::kSite,
                                 .name = fleet_.sites[static_cast<std::size_t>(site)].name};
    if (order.verb == Verb::kFailover || order.verb == Verb::kFailback) {
      Tell(OperatorPlan{
          .request = ++last_request_, .failback = order.verb == Verb::kFailback, .scope = scope});
      continue;
    }
    Tell(OperatorHold{
        .request = ++last_request_,
        .verb = order.verb == Verb::kHold ? OperatorHold::Verb::kSet : OperatorHold::Verb::kClear,
        .scope = scope,
        .author = kAuthor,
        .reason = kReason});
  }
}

// A plan is applied as soon as it is shown.
void Player::Answer(const OperatorAnswer& answer) {
  if (answer.plan_id.empty() || answer.moves.empty()) return;
  Tell(OperatorApply{.request = ++last_request_,
                     .plan_id = answer.plan_id,
                     .author = "operator",
                     .reason = "the scenario says so"});
}

}  // namespace

RunRecord Play(const Scenario& scenario, const Policy& policy, std::uint64_t seed) {
  return Player(scenario, policy, seed).Run(seed);
}

}  // namespace dialtone::detector::simulation
