// What is shown of a diagnosis in force: its sentence, as it was judged, and its evidence, as it
// is.
#include "detector/diagnosis.h"
#include "detector/evidence.h"
#include "detector/sentence.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostEvidence = 20;
constexpr absl::Duration kRenewEvery = absl::Seconds(1);

}  // namespace

void Diagnostician::Describe(const Scene& scene, ActiveDiagnosis* active) const {
  active->told_of = 0;
  active->shown = absl::InfinitePast();
  active->remembered.clear();
  Renew(scene, active);
  if (active->told_of == 0) {
    active->diagnosis.sentence = DiagnosisSentence(fleet_, active->diagnosis);
  }
}

// The sentence stays as it was said, for it is the reason of what follows from it, while it is
// about as many sites; one that was said without evidence gets it.
void Diagnostician::Renew(const Scene& scene, ActiveDiagnosis* active) const {
  if (scene.now < active->shown + kRenewEvery) return;
  active->shown = scene.now;
  Diagnosis& diagnosis = active->diagnosis;
  diagnosis.evidence = EvidenceFor(fleet_, *scene.observations, scene.attendance, diagnosis,
                                   active->domain, scene.now);
  if (active->told_of != diagnosis.sites.size() && HasBad(diagnosis.evidence)) {
    active->told_of = diagnosis.sites.size();
    diagnosis.sentence = DiagnosisSentence(fleet_, diagnosis);
  }
  if (diagnosis.evidence.size() > kMostEvidence) diagnosis.evidence.resize(kMostEvidence);
  // What is remembered of it is the fault, not its recovery.
  if (IsSpecial(diagnosis.domain) || active->lasts_since < absl::InfiniteFuture() ||
      active->remembered.empty()) {
    active->remembered = diagnosis.evidence;
  }
}

}  // namespace dialtone::detector
