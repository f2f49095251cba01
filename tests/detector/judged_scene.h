// A scene whose evidence is judged as it comes, for the tests of what is diagnosed.
#pragma once

#include <vector>

#include "gtest/gtest.h"

#include "detector/diagnosis.h"
#include "tests/detector/scene.h"

namespace dialtone::detector {

// All hubs, from everywhere.
inline bool Hubs(SiteIndex, TargetIndex target) { return IsHub(target); }

class JudgedScene : public ::testing::Test {
 protected:
  JudgedScene() { scene_.Quiet(20); }

  // Rounds, judged after each; what changed meanwhile.
  template <typename IsLost>
  std::vector<Diagnosis> Judge(int seconds, const IsLost& is_lost) {
    std::vector<Diagnosis> changes;
    for (int i = 0; i < seconds; ++i) {
      scene_.Rounds(1, is_lost);
      for (const DiagnosisChange& change : scene_.Diagnose()) changes.push_back(change.diagnosis);
    }
    return changes;
  }
  const std::vector<ActiveDiagnosis>& active() const { return scene_.diagnostician.active(); }

  Scene scene_;
};

}  // namespace dialtone::detector
