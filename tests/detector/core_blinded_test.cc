// Stories of a branch that reaches neither Teams nor the internet's witnesses, while its voice
// layer, its ISP and its resolver answer: nobody may be accused, whatever is heard first.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/core.h"
#include "detector/domains.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;

// The lab's company with all that its agents probe.
Fleet FullFleet() {
  Fleet fleet = Story::LabFleet();
  const std::vector<SiteIndex> all = {Story::kLon, Story::kPar, Story::kNyc, Story::kVantage};
  const auto add = [&](std::string name, TargetRole role, bool by_name = false) {
    fleet.targets.push_back(
        {.name = std::move(name), .role = role, .found_by_name = by_name, .sites = all});
  };
  for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3; ++hub) {
    fleet.targets[static_cast<std::size_t>(hub)].found_by_name = true;
  }
  add("relay1", TargetRole::kTeamsMediaRelay);
  add("relay2", TargetRole::kTeamsMediaRelay);
  add("sign-in", TargetRole::kSignIn, true);
  add("outlook", TargetRole::kMicrosoft365Witness, true);
  add("internet-sip", TargetRole::kInternetWitness);
  add("vl1-media", TargetRole::kVoiceLayerMedia);
  add("resolver", TargetRole::kDnsResolver);
  add("pbx-2", TargetRole::kBackupHop);
  return fleet;
}

bool IsCutOff(TargetRole role) {
  return IsTeams(role) || role == TargetRole::kMicrosoft365Witness ||
         role == TargetRole::kInternetWitness;
}

std::vector<std::string> Named(const View& view) {
  std::vector<std::string> names;
  for (const Diagnosis& one : view.diagnoses) {
    const bool is_confirmed = one.state == DiagnosisState::kConfirmed;
    names.push_back(absl::StrCat(is_confirmed ? "confirmed " : "suspected ", Word(one.domain)));
  }
  return names;
}

class Blinded : public ::testing::TestWithParam<int> {};

TEST_P(Blinded, AccusesNobody) {
  const Fleet fleet = FullFleet();
  Story story(Story::LabPolicy(), fleet);
  story.Run(absl::Seconds(40) + GetParam() * absl::Milliseconds(50));
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    if (IsCutOff(fleet.targets[static_cast<std::size_t>(target)].role)) {
      story.Break(Story::kLon, target);
    }
  }
  story.Run(absl::Seconds(8));
  for (int i = 0; i < 40; ++i) {
    story.Run(absl::Seconds(1));
    const View view = story.Look();
    ASSERT_THAT(Named(view), ElementsAre("confirmed unknown")) << i;
  }
  story.Heal().Run(absl::Seconds(20));
  EXPECT_TRUE(story.Look().all_healthy);
  EXPECT_THAT(story.accused(), ElementsAre(FaultDomain::kUnknown));
  EXPECT_FALSE(story.Told(OccurrenceKind::kFlip));
}

INSTANTIATE_TEST_SUITE_P(Phases, Blinded, ::testing::Range(0, 20));

}  // namespace
}  // namespace dialtone::detector
