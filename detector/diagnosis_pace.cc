// How often the diagnoses are judged anew, and since when they last.
#include <algorithm>

#include "detector/diagnosis.h"
#include "detector/presence.h"

namespace dialtone::detector {

namespace {

// When the last probe was sent from a site that a fault of the domain spoilt.
absl::Time LastBad(const Observations& observations, SiteIndex site, DomainIndex domain) {
  absl::Time last = absl::InfinitePast();
  for (const TargetIndex target : observations.domains()[domain].targets) {
    const PathHealth* const path = observations.Find(site, target);
    if (path != nullptr) last = std::max(last, path->last_bad_sent());
  }
  return last;
}

}  // namespace

bool Diagnostician::IsDue(const Observations& observations, const Attendance& attendance,
                          Agenda* agenda) {
  const bool is_idle = active_.empty() && past_.empty() && observations.SitesWithSigns().empty() &&
                       observations.OwnConfigurationPaths().empty();
  const bool is_new =
      observations.revision() != seen_observations_ || attendance.revision() != seen_attendance_;
  const bool is_urgent =
      observations.bad_revision() != seen_bad_ || attendance.revision() != seen_attendance_;
  if (is_idle && (!is_new || attendance.mute() == 0)) return false;
  if (!is_new && !agenda->Passed(look_again_)) return false;
  if (!agenda->Passed(is_urgent ? next_ : std::max(next_, last_ + kLookAgain))) return false;
  seen_observations_ = observations.revision();
  seen_bad_ = observations.bad_revision();
  seen_attendance_ = attendance.revision();
  last_ = agenda->now();
  return true;
}

absl::Duration Diagnostician::PauseAfter(const Scene& scene) const {
  constexpr std::size_t kSites = 100;
  const std::size_t sites = scene.observations->SitesWithSigns().size();
  const std::size_t hundreds = std::max<std::size_t>(1, (sites + kSites - 1) / kSites);
  const bool is_settled =
      !active_.empty() && scene.changes.empty() && std::ranges::all_of(active_, IsConfirmed);
  return (is_settled ? kSettledPause : kLeastPause) * static_cast<double>(hundreds);
}

// The clock of persistence stands while the fault is not there.
void Diagnostician::RunClock(const Scene& scene, ActiveDiagnosis* active) const {
  if (IsSpecial(active->diagnosis.domain)) return;
  const Observations& observations = *scene.observations;
  const auto is_there = [](const Score& score) {
    return score.best() >= kLeftGround && score.is_present();
  };
  // Who joined late waits for evidence of its own that lasts.
  for (auto& [site, since] : active->joined) {
    if (scene.attendance.is_heard(site) && !is_there(observations.score(site, active->domain)) &&
        LastBad(observations, site, active->domain) + kUnsupported <= scene.now) {
      since = scene.now;
    }
  }
  bool is_present = is_there(ScoreOf(observations, *active));
  absl::Time rose = ScoreOf(observations, *active).rose;
  if (active->pool != kNone && !is_present) {
    // Few sites hit hard do not show in the pool: then two of their own.
    int there = 0;
    for (const SiteIndex site : active->diagnosis.sites) {
      const Score& score = observations.score(site, active->domain);
      if (!is_there(score)) continue;
      ++there;
      rose = std::min(rose, score.rose);
    }
    is_present = there >= 2;
  }
  const Presence presence =
      PresenceOf(observations, scene.attendance,
                 {.domain = active->domain,
                  .severity = active->severity,
                  .since = std::min({rose, active->lasts_since, active->clock, scene.now})},
                 active->hit, active->was_there, scene.now);
  active->was_there = presence.is_there;
  is_present = is_present && presence.is_there;
  // After a restart it goes on until the evidence has had time to speak.
  if (!is_present && active->is_restored && scene.now < active->counted_from + kRestoredFor) return;
  active->is_restored = false;
  active->clock = presence.since;
  active->lasts_since = is_present ? active->clock : absl::InfiniteFuture();
}

}  // namespace dialtone::detector
