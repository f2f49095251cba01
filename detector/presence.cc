#include "detector/presence.h"

#include <algorithm>
#include <array>

namespace dialtone::detector {
namespace {

// 400 to 1: what is there is asked ten times a second.
constexpr double kNats = 6;
constexpr int kSteps = 32;
constexpr absl::Duration kShortestStep = absl::Milliseconds(500);

struct Step {
  PathHealth::Count count;
  absl::Time first_bad = absl::InfiniteFuture();
  SiteIndex bad_at = kNone;  // one of those
  bool at_several = false;

  void NoteBadAt(SiteIndex site) {
    at_several = at_several || (bad_at != kNone && bad_at != site);
    bad_at = site;
  }
};

absl::Duration StepOf(const Observations& observations, const std::vector<TargetIndex>& targets) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (const TargetIndex target : targets) {
    shortest = std::min(shortest, observations.interval(target));
  }
  return std::max(kShortestStep, shortest / 2);
}

}  // namespace

Presence PresenceOf(const Observations& observations, const Attendance& attendance,
                    const Charge& charge, const std::vector<SiteIndex>& sites, bool was_there,
                    absl::Time now) {
  const std::vector<TargetIndex>& targets = observations.domains()[charge.domain].targets;
  const absl::Duration length = StepOf(observations, targets);
  const absl::Time begin = now - kSteps * length;
  std::array<Step, kSteps> steps;
  Clearance::VisitSample(sites, [&](SiteIndex site) {
    if (!attendance.is_heard(site)) return;
    for (const TargetIndex target : targets) {
      const PathHealth* const path = observations.Find(site, target);
      if (path == nullptr) continue;
      // When in its second a stream lost its packets is not known: at its end at the latest.
      const absl::Duration lasts = path->is_stream() ? kStreamLasts : absl::ZeroDuration();
      const absl::Time known = now - absl::Microseconds(path->loss_known_after_us()) - lasts;
      path->VisitRemembered([&](absl::Time sent, bool is_bad) {
        if (sent < begin || sent >= known) return;
        Step& step = steps[static_cast<std::size_t>((sent - begin) / length)];
        ++step.count.all;
        if (!is_bad) return;
        ++step.count.bad;
        step.NoteBadAt(site);
        step.first_bad = std::min(step.first_bad, sent + lasts);
      });
    }
  });
  const double least = kRecoveryShare * ShareFor(charge.severity, /*is_stream=*/false);
  Presence presence{.is_there = was_there, .since = charge.since};
  double nats = was_there ? kNats : 0;
  Step failing;              // from the first loss to the last since the evidence was zero
  PathHealth::Count lately;  // after that
  absl::Time left_zero = charge.since;
  for (const Step& step : steps) {
    lately += step.count;
    if (step.count.bad > 0) {
      if (nats <= 0) left_zero = step.first_bad;
      failing.count += failing.count.bad > 0 ? lately : step.count;
      failing.NoteBadAt(step.bad_at);
      failing.at_several = failing.at_several || step.at_several;
      lately = {};
    }
    // Laplace's rule of succession.
    const double share =
        failing.count.bad > 0
            ? std::max(least, (failing.count.bad + 1.0) / (failing.count.all + 2.0))
            : least;
    nats += BadHere(share) * step.count.bad - GoodHere(share) * (step.count.all - step.count.bad);
    nats = std::clamp(nats, 0.0, kNats);
    if (nats <= 0) {
      presence.is_there = false;
      failing = {};
      lately = {};
    } else if (nats >= kNats && !presence.is_there && (failing.at_several || sites.size() == 1)) {
      presence.is_there = true;
      presence.since = std::max(charge.since, left_zero);
    }
  }
  if (!presence.is_there) presence.since = now;
  return presence;
}

}  // namespace dialtone::detector
