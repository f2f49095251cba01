#include "agents/runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace dialtone::agents {
namespace {

// Whether a probe made for `a` serves `b`: when and under which domain it runs does not matter to
// it.
bool AreProbedAlike(Target a, const Target& b) {
  a.interval = b.interval;
  a.phase = b.phase;
  a.domain = b.domain;
  return a == b;
}

}  // namespace

Runner::Runner(Loop& loop, MakeProbe make_probe, Sink sink)
    : loop_(loop),
      make_probe_(std::move(make_probe)),
      sink_(std::move(sink)),
      timer_(loop, &Call<Runner, &Runner::Wake>, this) {}

std::vector<std::string> Runner::Follow(const Plan& plan) {
  std::map<std::string, std::unique_ptr<Bench>> before = std::exchange(benches_, {});
  std::vector<std::string> refused;
  std::vector<Cadence> cadences;
  for (const Target& target : plan.targets) {
    if (benches_.size() == Plan::kMostTargets) {
      refused.push_back(
          absl::StrCat(target.name, ": the plan has more than ", Plan::kMostTargets, " targets"));
      continue;
    }
    if (benches_.count(target.name) > 0) {
      refused.push_back(absl::StrCat(target.name, ": named twice in the plan"));
      continue;
    }
    std::unique_ptr<Bench>& old = before[target.name];
    if (old == nullptr || !AreProbedAlike(old->target, target)) {
      absl::StatusOr<std::unique_ptr<Probe>> probe = make_probe_(target);
      if (!probe.ok()) {
        refused.push_back(absl::StrCat(target.name, ": ", probe.status().message()));
        continue;
      }
      if (old != nullptr) LeaveAll(*old);
      old = std::make_unique<Bench>();
      old->probe = *std::move(probe);
    }
    old->target = target;
    benches_[target.name] = std::move(old);
    cadences.push_back({.target = target.name, .interval = target.interval, .phase = target.phase});
  }
  for (const auto& [name, bench] : before) {
    if (bench != nullptr) LeaveAll(*bench);
  }
  schedule_.Replace(cadences, loop_.Now());
  timer_.StartAt(schedule_.NextWake());
  return refused;
}

std::vector<Target> Runner::targets() const {
  std::vector<Target> targets;
  for (const auto& [name, bench] : benches_) targets.push_back(bench->target);
  return targets;
}

void Runner::StartBurst(const Burst& burst) {
  schedule_.StartBurst(burst, loop_.Now());
  timer_.StartAt(schedule_.NextWake());
}

// Its measurements will never end: they are no longer in flight.
void Runner::LeaveAll(const Bench& bench) {
  for (int i = 0; i < bench.in_flight; ++i) schedule_.Ended(bench.target.name);
}

void Runner::Wake() {
  for (const DueProbe& due : schedule_.TakeDue(loop_.Now())) Begin(due);
  timer_.StartAt(schedule_.NextWake());
}

void Runner::Begin(const DueProbe& due) {
  Bench* const bench = benches_.at(due.target).get();
  Result result;
  result.target = due.target;
  result.sequence = last_sequence_ + 1;
  result.sent = loop_.Now();
  result.sent_wall = loop_.WallTime();
  result.in_burst = due.in_burst;
  const absl::Duration late_at_start = result.sent - due.due;
  ++bench->in_flight;
  const bool started =
      bench->probe->Start([this, bench, result, late_at_start](Measurement measurement) {
        Result ended = result;
        ended.measurement = std::move(measurement);
        End(bench, std::move(ended), late_at_start);
      });
  if (started) {
    last_sequence_ = result.sequence;
    return;
  }
  ++not_now_;
  --bench->in_flight;
  schedule_.Ended(due.target);
}

void Runner::End(Bench* bench, Result result, absl::Duration late_at_start) {
  --bench->in_flight;
  schedule_.Ended(result.target);
  // Whatever held the loop up while we waited for the answer held up the answer too.
  result.late_by = std::max(late_at_start, loop_.WorstLagSince(result.sent));
  sink_(std::move(result));
}

}  // namespace dialtone::agents
