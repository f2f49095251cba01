#include "detector/simulation/agent.h"

#include <algorithm>

#include "detector/probe_plan.h"
#include "detector/simulation/simulated_fleet.h"

namespace dialtone::detector::simulation {
namespace {

// As the agents' configuration ships.
constexpr std::size_t kSpoolCapacity = 200'000;
// A test call fails when nothing rings within this (detection page, section 10).
constexpr absl::Duration kLongestRing = absl::Seconds(4);
constexpr absl::Duration kJustLonger = absl::Milliseconds(1);
// A packet of a stream is lost when its answer is this much later than the round trip.
constexpr double kPacketGrace = 0.2;
constexpr double kStreamSeconds = Stream::kPackets * Stream::kSpacing;
// So many lost packets of a stream are bad.
constexpr int kMostLost = 1;
// When TCP first sends a report again, and how far its gaps grow until the agent would open another
// stream.
constexpr absl::Duration kFirstRetransmission = absl::Milliseconds(250);
constexpr absl::Duration kLongestRetransmission = absl::Seconds(4);
// The backup route's hop stands beside the voice layer.
constexpr absl::Duration kBackupRoundTrip = absl::Milliseconds(5);

Outcome OutcomeOf(agents::Outcome outcome) {
  switch (outcome) {
    case agents::Outcome::kAnswered:
      return Outcome::kAnswered;
    case agents::Outcome::kThrottled:
      return Outcome::kThrottled;
    case agents::Outcome::kOwnConfiguration:
      return Outcome::kOwnConfiguration;
    case agents::Outcome::kNotPossible:
      return Outcome::kNotPossible;
    default:
      return Outcome::kRejected;
  }
}

// What the agent makes of an answer that came in time.
Outcome OutcomeOf(const Reply& reply, bool is_call) {
  switch (reply.kind) {
    case Reply::Kind::kGood:
    case Reply::Kind::kOneWay:
      return Outcome::kAnswered;
    case Reply::Kind::kError:
      return Outcome::kRejected;
    case Reply::Kind::kRejected:
      return OutcomeOf(is_call ? agents::OutcomeOfCallStatus(reply.code, false)
                               : agents::OutcomeOfSipStatus(reply.code, false));
    case Reply::Kind::kThrottled:
      return Outcome::kThrottled;
    case Reply::Kind::kRefused:
      return Outcome::kRefused;
    case Reply::Kind::kCertificate:
      return Outcome::kOwnConfiguration;
  }
  return Outcome::kNotPossible;
}

bool IsBad(const ProbeResult& result) {
  return result.outcome == Outcome::kTimedOut || result.outcome == Outcome::kRejected ||
         result.outcome == Outcome::kRefused || result.packets_lost > kMostLost ||
         result.one_way_audio ||
         result.post_dial_delay.value_or(absl::ZeroDuration()) > kLongestRing;
}

}  // namespace

Agent::Agent(SiteIndex site, const Scenario& scenario, const Fleet& fleet, const Policy& policy,
             absl::Time zero, absl::Time start, World* world)
    : site_(site),
      zero_(zero),
      world_(*world),
      shares_uplink_(scenario.reports_share_uplink),
      spool_(kSpoolCapacity),
      outbox_(spool_) {
  for (const AgentFault& fault : scenario.agent_faults) {
    const std::vector<SiteIndex> sites = SitesOf(fault.where, scenario);
    if (!std::binary_search(sites.begin(), sites.end(), site)) continue;
    const absl::Time begin = zero + fault.when.from;
    const absl::Time end = zero + fault.when.to;
    const bool keeps = fault.kind == AgentFaultKind::kLateResults;
    if (keeps || fault.kind == AgentFaultKind::kSilent) {
      outages_.push_back({.begin = begin, .end = end, .keeps = keeps});
    } else if (fault.kind == AgentFaultKind::kClockJump) {
      clock_steps_.push_back({.at = begin, .by = fault.by});
      clock_steps_.push_back({.at = end, .by = -fault.by});
    }
  }
  for (const Incident& incident : scenario.incidents) {
    const std::vector<SiteIndex> sites = SitesOf(incident.where, scenario);
    if (incident.kind != IncidentKind::kBackupDead ||
        !std::binary_search(sites.begin(), sites.end(), site)) {
      continue;
    }
    dead_backup_.push_back({.begin = zero + incident.when.from, .end = zero + incident.when.to});
  }
  std::vector<agents::Cadence> cadences;
  for (const PlannedProbe& probe : PlanProbes(fleet, site)) {
    const std::string& name = fleet.targets[static_cast<std::size_t>(probe.target)].name;
    Path path = {
        .target = probe.target, .name = name, .patience = agents::Patience(policy.answer_timeout)};
    if (probe.target != kBackupTarget) path.probed = static_cast<Probed>(probe.target);
    paths_.push_back(std::move(path));
    cadences.push_back({.target = name, .interval = probe.interval, .phase = probe.phase});
  }
  schedule_.Replace(cadences, start);
  open_at_ = start;
}

// ---- probing

void Agent::Launch(const agents::DueProbe& due, absl::Time now) {
  const auto found = std::find_if(paths_.begin(), paths_.end(),
                                  [&due](const Path& path) { return path.name == due.target; });
  Path& path = *found;
  Flying flying = {.path = static_cast<std::size_t>(found - paths_.begin()),
                   .result = {.target = path.target,
                              .sequence = ++last_sequence_,
                              .sent = now,
                              .in_burst = due.in_burst},
                   .late_at_start = now - due.due};
  const double moment = MomentOf(now);
  if (!path.probed.has_value()) {
    LaunchBackup(&flying);
  } else if (World::IsMedia(*path.probed)) {
    LaunchMedia(path, &flying, moment);
  } else if (World::IsCall(*path.probed)) {
    LaunchCall(path, &flying, moment);
  } else {
    LaunchRequest(&path, &flying, moment);
  }
}

void Agent::LaunchMedia(const Path& path, Flying* flying, double moment) {
  const Stream stream = world_.Media(site_, *path.probed, moment);
  const double round_trip = world_.RoundTrip(site_, *path.probed);
  flying->result.packets_sent = Stream::kPackets;
  flying->result.packets_lost = stream.lost;
  // It is judged at its second loss, not at its end.
  const double after = stream.lost > kMostLost ? stream.second_loss + kPacketGrace + round_trip
                                               : kStreamSeconds + round_trip;
  if (stream.lost == Stream::kPackets) {
    flying->result.outcome = Outcome::kTimedOut;
  } else {
    flying->result.round_trip = absl::Seconds(round_trip);
  }
  flying->ends = flying->result.sent + absl::Seconds(after);
  Fly(std::move(*flying));
}

void Agent::LaunchCall(const Path& path, Flying* flying, double moment) {
  const Reply reply = world_.Request(site_, *path.probed, moment);
  ProbeResult& result = flying->result;
  const bool is_answered = reply.after < kNever;
  const absl::Duration after = is_answered ? absl::Seconds(reply.after) : absl::InfiniteDuration();
  if (!is_answered) {
    result.outcome = Outcome::kTimedOut;
    flying->ends = result.sent + kLongestRing;
  } else if (after > kLongestRing && reply.kind == Reply::Kind::kGood) {
    // The far end said that it is trying, and nothing rang: given up.
    result.post_dial_delay = kLongestRing + kJustLonger;
    flying->ends = result.sent + kLongestRing + kJustLonger;
  } else {
    result.outcome = OutcomeOf(reply, /*is_call=*/true);
    result.code = reply.code;
    result.round_trip = after;
    result.one_way_audio = reply.kind == Reply::Kind::kOneWay;
    if (reply.kind == Reply::Kind::kGood) result.post_dial_delay = after;
    flying->ends = result.sent + after;
  }
  Fly(std::move(*flying));
}

void Agent::LaunchRequest(Path* path, Flying* flying, double moment) {
  const Reply reply = world_.Request(site_, *path->probed, moment);
  const absl::Duration wait = path->patience.wait();
  ProbeResult& result = flying->result;
  const absl::Duration after =
      reply.after == kNever ? absl::InfiniteDuration() : absl::Seconds(reply.after);
  if (after <= wait) {
    result.outcome = OutcomeOf(reply, /*is_call=*/false);
    result.code = reply.code;
    result.round_trip = after;
    flying->lesson = after;
    flying->ends = result.sent + after;
    Fly(std::move(*flying));
    return;
  }
  result.outcome = Outcome::kTimedOut;
  flying->ends = result.sent + wait;
  if (after < absl::InfiniteDuration()) {
    // It still teaches how long this path may take.
    Fly({.ends = result.sent + after, .path = flying->path, .lesson = after, .is_result = false});
  }
  Fly(std::move(*flying));
}

void Agent::LaunchBackup(Flying* flying) {
  ProbeResult& result = flying->result;
  const bool is_dead = std::any_of(dead_backup_.begin(), dead_backup_.end(), [&](const auto& dead) {
    return dead.begin <= result.sent && result.sent < dead.end;
  });
  const absl::Duration wait = paths_[flying->path].patience.wait();
  if (is_dead) {
    result.outcome = Outcome::kTimedOut;
    flying->ends = result.sent + wait;
  } else {
    result.code = 200;
    result.round_trip = kBackupRoundTrip;
    flying->lesson = kBackupRoundTrip;
    flying->ends = result.sent + kBackupRoundTrip;
  }
  Fly(std::move(*flying));
}

// Puts it among those under way, by the time of its end.
void Agent::Fly(Flying flying) {
  if (flying.is_result) {
    Path& path = paths_[flying.path];
    if (IsBad(flying.result)) path.is_restless = true;
    // Whatever may be urgent is awaited; the rest is collected when the next probe or batch is due.
    flying.is_awaited = path.is_restless || flying.result.in_burst;
  }
  const auto after =
      std::upper_bound(flying_.begin(), flying_.end(), flying.ends,
                       [](absl::Time ends, const Flying& other) { return ends < other.ends; });
  flying_.insert(after, std::move(flying));
}

void Agent::Land(absl::Time now) {
  while (!flying_.empty() && flying_.front().ends <= now) {
    Flying flying = std::move(flying_.front());
    flying_.pop_front();
    if (flying.lesson.has_value()) paths_[flying.path].patience.Learn(*flying.lesson);
    if (flying.is_result) Land(std::move(flying));
  }
}

void Agent::Land(Flying flying) {
  Path& path = paths_[flying.path];
  ProbeResult& result = flying.result;
  schedule_.Ended(path.name);
  result.late_by = flying.late_at_start;
  if (result.sent <= lag_seen_) result.late_by = std::max(result.late_by, lag_);
  const bool is_bad = IsBad(result);
  agents::Result told = {.target = path.name,
                         .sequence = result.sequence,
                         .sent = result.sent,
                         .in_burst = result.in_burst};
  told.measurement.outcome = is_bad ? agents::Outcome::kTimedOut : agents::Outcome::kAnswered;
  const bool is_urgent = urgency_.IsUrgent(told);
  if (!is_bad && is_urgent) path.is_restless = false;
  spool_.Add(std::move(told));
  results_.push_back(std::move(result));
  TrimResults();
  if (is_urgent) outbox_.Hurry();
}

// ---- time

// A machine that stands still does nothing; whatever fell due meanwhile happens when it goes on,
// and is known to be late.
bool Agent::IsStalled(absl::Time now) {
  if (now < stalled_until_) return true;
  const std::optional<Moment> end = world_.StallEnd(site_, MomentOf(now));
  if (!end.has_value()) return false;
  stalled_until_ = zero_ + absl::Seconds(*end);
  if (stalled_until_ <= now) return false;
  lag_ = stalled_until_ - now;
  lag_seen_ = stalled_until_;
  return true;
}

void Agent::Step(absl::Time now, std::vector<Delivery>* deliveries) {
  if (IsStalled(now)) return;
  Land(now);
  for (const agents::DueProbe& due : schedule_.TakeDue(now)) Launch(due, now);
  Report(now, deliveries);
}

absl::Time Agent::NextWake() const {
  absl::Time wake = std::min(schedule_.NextWake(), try_again_);
  if (is_open_ && !stuck_.has_value()) wake = std::min(wake, outbox_.NextWake());
  if (!is_open_) wake = std::min(wake, open_at_);
  for (const Flying& flying : flying_) {
    if (flying.ends >= wake) break;
    if (flying.is_awaited) wake = flying.ends;
  }
  return std::max(wake, stalled_until_);
}

// ---- reporting

void Agent::OnBurst(const BurstRequest& burst, absl::Time now) {
  agents::Burst asked = {.interval = burst.interval, .duration = burst.duration};
  for (const Path& path : paths_) {
    if (std::find(burst.targets.begin(), burst.targets.end(), path.target) != burst.targets.end()) {
      asked.targets.push_back(path.name);
    }
  }
  schedule_.StartBurst(asked, now);
}

void Agent::OnDetectorLost() {
  Close();
  open_at_ = absl::InfiniteFuture();
}

void Agent::OnDetectorBack(absl::Time now) { open_at_ = now; }

void Agent::Close() {
  outbox_.Close();
  is_open_ = false;
  stuck_.reset();
  try_again_ = absl::InfiniteFuture();
}

// Opens, closes, and writes the batches that are due.
void Agent::Report(absl::Time now, std::vector<Delivery>* deliveries) {
  const Outage* const outage = OutageAt(now);
  if (outage != nullptr && outage->keeps) {
    if (is_open_) Close();
    open_at_ = std::max(open_at_, outage->end);
    return;
  }
  if (!is_open_ && now >= open_at_) {
    is_open_ = true;
    open_at_ = absl::InfinitePast();
    greets_ = true;
    outbox_.Open(now);
  }
  if (stuck_.has_value()) {
    if (now >= try_again_) Send(*stuck_, now, deliveries);
    if (stuck_.has_value()) return;
  }
  spool_.Expire(now);
  while (const std::optional<agents::Outbox::Batch> batch = outbox_.Take(now)) {
    if (outage != nullptr) {  // it leaves, and is never seen again
      Acknowledge(*batch, now);
      continue;
    }
    Send(*batch, now, deliveries);
    if (stuck_.has_value()) return;
  }
}

void Agent::Send(const agents::Outbox::Batch& batch, absl::Time now,
                 std::vector<Delivery>* deliveries) {
  if (shares_uplink_ && !world_.ReportGetsThrough(site_, MomentOf(now))) {
    try_again_in_ = stuck_.has_value() ? std::min(2 * try_again_in_, kLongestRetransmission)
                                       : kFirstRetransmission;
    stuck_ = batch;
    try_again_ = now + try_again_in_;
    return;
  }
  stuck_.reset();
  try_again_ = absl::InfiniteFuture();
  deliveries->push_back(
      {.arrives = now + kTransit, .opens_stream = greets_, .batch = BatchOf(batch, now)});
  greets_ = false;
  Acknowledge(batch, now);
}

// The detector has it: nothing of it is kept.
void Agent::Acknowledge(const agents::Outbox::Batch& batch, absl::Time now) {
  outbox_.Written();
  outbox_.Hear(batch.number, agents::Outbox::kSmallestGap, now);
  spool_.ForgetBefore(outbox_.unacknowledged());
  TrimResults();
}

void Agent::TrimResults() {
  while (results_.size() > spool_.end() - spool_.begin()) results_.pop_front();
}

Batch Agent::BatchOf(const agents::Outbox::Batch& batch, absl::Time now) const {
  Batch told = {.site = site_, .run_id = kRunId};
  const auto first = results_.begin() + static_cast<std::ptrdiff_t>(batch.first - spool_.begin());
  told.results.assign(first, first + static_cast<std::ptrdiff_t>(batch.last - batch.first));
  for (const ClockStep& step : clock_steps_) {
    if (step.at <= now) told.clock_set_by += step.by;
  }
  return told;
}

const Agent::Outage* Agent::OutageAt(absl::Time now) const {
  for (const Outage& outage : outages_) {
    if (outage.begin <= now && now < outage.end) return &outage;
  }
  return nullptr;
}

}  // namespace dialtone::detector::simulation
