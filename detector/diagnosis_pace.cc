// How often the diagnoses are judged anew.
#include <algorithm>

#include "detector/diagnosis.h"

namespace dialtone::detector {

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
      !active_.empty() && scene.changes.empty() &&
      std::all_of(active_.begin(), active_.end(), [](const ActiveDiagnosis& active) {
        return active.diagnosis.state == DiagnosisState::kConfirmed;
      });
  return (is_settled ? kSettledPause : kLeastPause) * static_cast<double>(hundreds);
}

}  // namespace dialtone::detector
