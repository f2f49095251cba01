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
#include "detector/presence.h"
#include "detector/view.h"

namespace dialtone::detector {

// A diagnosis in force, and what its own arithmetic needs.
struct ActiveDiagnosis {
  Diagnosis diagnosis = {};
  DomainIndex domain = kNone;
  ScopeIndex pool = kNone;  // the scope whose evidence is pooled; kNone: one site
  int severity = 0;         // below kWithLossy: the mildest it was, against which it recovers
  int severity_now = 0;     // the same as it was last seen
  // Since when its evidence has been there without a pause: the clock of persistence. Infinite
  // while it is not there: a fault that is over moves nothing, although its diagnosis lasts until
  // its recovery is proven. (The onset may be a lone loss from long before.)
  absl::Time lasts_since = absl::InfiniteFuture();
  absl::Time clock = absl::InfiniteFuture();       // lasts_since, kept while it is not there
  bool was_there = true;                           // its results said so when last asked
  absl::Time supported = absl::InfinitePast();     // its own hypothesis was last up then
  absl::Time counted_from = absl::InfinitePast();  // good results before this say nothing
  // Those of its sites whose own evidence said so, once: they stay in it until it ends. Others
  // leave as soon as they prove health.
  std::vector<SiteIndex> hit = {};
  // Since when the evidence of a site lasts that joined after the diagnosis was confirmed, or that
  // nothing spoke against since: its numbers wait for its own persistence. A blip elsewhere during
  // a long outage, or in its first second, must not move any.
  std::map<SiteIndex, absl::Time> joined = {};
  bool is_restored = false;                 // from the journal, and nothing was heard of it since
  std::size_t told_of = 0;                  // sites of its sentence; 0: it names no evidence yet
  absl::Time shown = absl::InfinitePast();  // since then its evidence is as it is
  std::vector<Evidence> remembered = {};    // as it last was while the fault was there
};

// A diagnosis that began, was confirmed or named anew, or ended.
struct DiagnosisChange {
  Diagnosis diagnosis = {};
};

inline bool IsConfirmed(const ActiveDiagnosis& active) {
  return active.diagnosis.state == DiagnosisState::kConfirmed;
}
// What speaks for a diagnosis where it stands.
const Score& ScoreOf(const Observations& observations, const ActiveDiagnosis& active);

// Whether a domain is no likelihood's: what is, is judged anew at every look.
bool IsSpecial(FaultDomain name);

// Keeps the diagnoses in force.
//
// Entering and leaving are different questions. A diagnosis enters by likelihood (hypothesis.h). It
// leaves when its sites have recovered, each by its own good results, tested against half the
// severity that was seen; where a site's own evidence is slow (one call in ten seconds), what all
// its sites say together counts. What is left of it then is less than a wide fault needs, and
// begins anew where it is. Silence ends nothing. While it lasts, a better or wider explanation of
// the same evidence replaces its name and keeps its id.
//
// All is judged anew when something changed, but not at every event: good news waits for
// kLookAgain, bad news for a pause. The larger the part of the fleet that shows signs, the longer
// the pause (for each hundred sites kLeastPause, or kSettledPause once all is confirmed and nothing
// changes), so that a fleet of any size costs a core the same share of its time.
class Diagnostician {
 public:
  // The ends of an hour; `explain` shows them.
  static constexpr absl::Duration kRemembered = absl::Hours(1);
  static constexpr std::size_t kMostRemembered = 200;
  // Between two judgements, per hundred sites with signs.
  static constexpr absl::Duration kLeastPause = absl::Milliseconds(20);
  static constexpr absl::Duration kSettledPause = absl::Milliseconds(100);
  // While nothing but health is heard, and while something is suspected though nothing is heard.
  static constexpr absl::Duration kLookAgain = absl::Milliseconds(100);
  // Who joins late has had its evidence for at most so long.
  static constexpr absl::Duration kJoinsFrom = absl::Seconds(2);
  // A suspicion that nothing supports any more (a target that answers refutes it, or its evidence
  // is stale) ends after this: longer than a lone good result among bad ones.
  static constexpr absl::Duration kUnsupported = absl::Seconds(3);
  // Whom it reaches is found out within this; who has no evidence of its own and joins later waits.
  static constexpr absl::Duration kReachesWithin = absl::Seconds(2);
  // What was confirmed at a site in the first moments of a fault, before its witnesses were heard,
  // is given up for `unknown` this long; sooner than anything moves for a site.
  static constexpr absl::Duration kRevisable = absl::Seconds(8);
  // What fails elsewhere so long after a fault of some sites was found, while that lasts, is
  // another fault: a change that is rolled out region by region, not an outage that spreads.
  static constexpr absl::Duration kSpreadsWithin = absl::Seconds(30);
  // How long the clock of a diagnosis from the journal runs on without evidence.
  static constexpr absl::Duration kRestoredFor = absl::Seconds(10);

  explicit Diagnostician(const Fleet& fleet);

  // Brings the diagnoses up to date with what was observed.
  std::vector<DiagnosisChange> Update(Observations* observations, const Attendance& attendance,
                                      Agenda* agenda);

  const std::vector<ActiveDiagnosis>& active() const { return active_; }
  const std::vector<Diagnosis>& past() const { return past_; }  // newest first
  // Counts up whenever anything of active() or past() may have changed.
  std::uint64_t revision() const { return revision_; }

  // What must survive a restart: the confirmed ones, as journal values by key, and back.
  void Save(std::map<std::string, std::string>* journal) const;
  void Restore(const std::map<std::string, std::string>& journal, const Observations& observations,
               absl::Time now);

 private:
  // What an update works with.
  struct Scene {
    Observations* observations;
    const Attendance& attendance;
    absl::Time now;
    std::vector<DiagnosisChange> changes = {};
  };

  static Presence PresenceNow(const Scene& scene, const Hypothesis& hypothesis, bool was_there);

  // diagnosis_pace.cc
  void RunClock(const Scene& scene, ActiveDiagnosis* active) const;
  bool IsDue(const Observations& observations, const Attendance& attendance, Agenda* agenda);
  absl::Duration PauseAfter(const Scene& scene) const;
  bool EndThoseOver(const std::vector<Hypothesis>& hypotheses, Scene* scene);
  bool IsOver(const Scene& scene, bool is_explained, ActiveDiagnosis* active) const;
  int DropRecovered(const Scene& scene, ActiveDiagnosis* active) const;
  void Forget(const Scene& scene, const ActiveDiagnosis& active) const;
  void Begin(const std::vector<Hypothesis>& hypotheses, Scene* scene);
  bool IsCovered(const Hypothesis& hypothesis, const Scene& scene);
  bool Take(const Hypothesis& hypothesis, const Scene& scene, ActiveDiagnosis* active);
  static void NoteNewSites(const Scene& scene, const Hypothesis& hypothesis,
                           const std::vector<SiteIndex>& expected, ActiveDiagnosis* active);
  static void LetGo(const Scene& scene, const Hypothesis& hypothesis, ActiveDiagnosis* active);
  void DropExplained(const std::set<std::uint64_t>& taken, Scene* scene);
  // diagnosis_scope.cc
  std::vector<Hypothesis> Explanations(const Scene& scene) const;
  std::vector<Hypothesis> OfLikelihood(const Scene& scene) const;
  void NoteLines(const Scene& scene) const;
  const ActiveDiagnosis* OlderPart(const Hypothesis& wide, const Scene& scene) const;
  static bool IsFarBetter(const Scene& scene, const Hypothesis& hypothesis,
                          const ActiveDiagnosis& active);
  // diagnosis_evidence.cc
  void Describe(const Scene& scene, ActiveDiagnosis* active) const;
  void Renew(const Scene& scene, ActiveDiagnosis* active) const;
  void End(std::size_t position, Scene* scene);

  const Fleet& fleet_;
  std::vector<TargetIndex> uplinks_;
  std::vector<ActiveDiagnosis> active_;
  std::vector<Diagnosis> past_;
  std::uint64_t last_id_ = 0;
  std::uint64_t revision_ = 0;
  std::uint64_t seen_observations_ = 0;
  std::uint64_t seen_bad_ = 0;
  std::uint64_t seen_attendance_ = 0;
  absl::Time last_ = absl::InfinitePast();          // judged
  absl::Time next_ = absl::InfinitePast();          // not judged anew before
  absl::Time look_again_ = absl::InfiniteFuture();  // judged anew then in any case
};

}  // namespace dialtone::detector
