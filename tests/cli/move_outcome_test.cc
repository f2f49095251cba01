#include "cli/move_outcome.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two groups of two voice layers that were told to go to pbx by table 8.
class MoveOutcomeTest : public ::testing::Test {
 protected:
  MoveOutcomeTest() {
    for (const char* name : {"g-lon", "g-par"}) {
      v1::PlannedMove* move = plan_.add_moves();
      move->set_group(name);
      move->set_numbers(100);
      move->set_from_route("teams");
      move->set_to_route("pbx");
    }
    applied_.set_generation(8);
    AddGroup("g-lon", "vl1");
    AddGroup("g-par", "vl2");
  }

  void AddGroup(const std::string& name, const std::string& voice_layer) {
    v1::OperatorGroupStatus* group = status_.add_groups();
    group->set_group(name);
    group->set_voice_layer(voice_layer);
    v1::RouterStatus* router = status_.add_routers();
    router->set_voice_layer(voice_layer);
    router->set_up(true);
    router->set_generation(7);
  }

  void Confirm(int index) {
    v1::OperatorGroupStatus* group = status_.mutable_groups(index);
    v1::Share* share = group->add_confirmed();
    share->set_route("pbx");
    share->set_percent(100);
    group->set_in_sync(true);
    status_.mutable_routers(index)->set_generation(8);
  }

  MoveOutcome Outcome() const { return OutcomeOf(plan_, applied_, status_); }

  v1::PlanResponse plan_;
  v1::ApplyResponse applied_;
  v1::StatusResponse status_;
};

TEST_F(MoveOutcomeTest, IsDoneWhenEveryRouterHasConfirmed) {
  Confirm(0);
  Confirm(1);
  EXPECT_EQ(Outcome().exit_code, ExitCode::kDone);
  EXPECT_THAT(Outcome().done, ElementsAre("g-lon", "g-par"));
  EXPECT_EQ(Outcome().sentence,
            "Done: 2 groups with 200 numbers moved; every router has confirmed it.");
}

TEST_F(MoveOutcomeTest, IsPartialWhenOneRouterIsSilentAndSaysWhich) {
  Confirm(0);
  status_.mutable_routers(1)->set_up(false);
  EXPECT_EQ(Outcome().exit_code, ExitCode::kPartial);
  EXPECT_THAT(Outcome().waiting, ElementsAre("g-par"));
  EXPECT_THAT(Outcome().sentence, HasSubstr("no answer from router vl2"));
}

TEST_F(MoveOutcomeTest, IsUnknownWhenNoneHasConfirmed) {
  EXPECT_EQ(Outcome().exit_code, ExitCode::kUnknown);
  EXPECT_THAT(Outcome().done, IsEmpty());
  EXPECT_THAT(Outcome().sentence, HasSubstr("UNKNOWN"));
}

TEST_F(MoveOutcomeTest, AnOlderTableThatHappensToLeadThereIsNotAConfirmation) {
  Confirm(0);
  Confirm(1);
  status_.mutable_routers(0)->set_generation(7);
  EXPECT_THAT(Outcome().waiting, ElementsAre("g-lon"));
}

TEST_F(MoveOutcomeTest, AShareIsNotAMove) {
  Confirm(0);
  Confirm(1);
  status_.mutable_groups(1)->mutable_confirmed(0)->set_percent(25);
  EXPECT_THAT(Outcome().waiting, ElementsAre("g-par"));
}

TEST_F(MoveOutcomeTest, ARouterThatDiedAfterwardsIsNotBelieved) {
  Confirm(0);
  Confirm(1);
  status_.mutable_routers(0)->set_up(false);
  EXPECT_THAT(Outcome().waiting, ElementsAre("g-lon"));
}

}  // namespace
}  // namespace dialtone::cli
