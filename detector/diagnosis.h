// Judges all paths together: what broke, for whom, since when; and remembers it until it is over.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/attendance.h"
#include "detector/hypothesis.h"
#include "detector/observations.h"
#include "detector/view.h"

namespace dialtone::detector {

// A diagnosis in force, and what its own arithmetic needs.
struct ActiveDiagnosis {
  Diagnosis diagnosis = {};
  DomainIndex domain = kNone;
  int severity = 0;
  // Since when its evidence has been off the ground: the clock of persistence. (The onset may be a
  // lone loss from long before.)
  absl::Time lasts_since = absl::InfiniteFuture();
  absl::Time counted_from = absl::InfinitePast();  // good results before this say nothing
};

// A diagnosis that began, was confirmed or named anew, or ended.
struct DiagnosisChange {
  Diagnosis diagnosis = {};
};

// Keeps the diagnoses in force.
//
// Entering and leaving are different questions. A diagnosis enters by likelihood (hypothesis.h). It
// leaves by its own evidence: enough of its paths gave good results in a row, more of them the less
// severe the fault was. Silence ends nothing. While it lasts, a better or wider explanation of the
// same evidence replaces its name and keeps its id.
class Diagnostician {
 public:
  // The ends of an hour; `explain` shows them.
  static constexpr absl::Duration kRemembered = absl::Hours(1);
  static constexpr std::size_t kMostRemembered = 200;
  // Good results in a row that a path needs, by severity.
  static constexpr int kGoodRun[] = {3, 8, 16, 16};
  // Share of the paths that must have them, of a hard fault and of a partial one.
  static constexpr double kRecoveredHard = 0.5;
  static constexpr double kRecoveredPartial = 0.8;

  explicit Diagnostician(const Fleet& fleet) : fleet_(fleet) {}

  // Brings the diagnoses up to date with what was observed.
  std::vector<DiagnosisChange> Update(Observations* observations, const Attendance& attendance,
                                      Agenda* agenda);

  const std::vector<ActiveDiagnosis>& active() const { return active_; }
  const std::vector<Diagnosis>& past() const { return past_; }  // newest first

  // What must survive a restart: the confirmed ones, as journal values by key, and back.
  void Save(std::map<std::string, std::string>* journal) const;
  void Restore(const std::map<std::string, std::string>& journal, const Observations& observations,
               absl::Time now);

 private:
  std::vector<Hypothesis> Explanations(const Observations& observations,
                                       const Attendance& attendance) const;
  bool IsOver(const ActiveDiagnosis& active, const Observations& observations,
              const Attendance& attendance, bool is_explained) const;
  bool HasRecovered(const ActiveDiagnosis& active, const Observations& observations,
                    const Attendance& attendance) const;
  bool Take(const Hypothesis& hypothesis, const Observations& observations, absl::Time now,
            ActiveDiagnosis* active);
  bool IsCovered(const Hypothesis& hypothesis, const Domains& domains);
  void DropExplained(const std::set<std::uint64_t>& taken, const Domains& domains, absl::Time now,
                     std::vector<DiagnosisChange>* changes);
  void Describe(const Observations& observations, ActiveDiagnosis* active) const;

  const Fleet& fleet_;
  std::vector<ActiveDiagnosis> active_;
  std::vector<Diagnosis> past_;
  std::uint64_t last_id_ = 0;
};

}  // namespace dialtone::detector
