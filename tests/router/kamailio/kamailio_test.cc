#include "router/kamailio/kamailio.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_kamailio.h"
#include "tests/fakes/temporary_directory.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const char kHome[] = "0;-|100:teams,pbx;";
const char kAway[] = "0;-|100:pbx,teams;";

class KamailioTest : public ::testing::Test {
 protected:
  KamailioTest() : plan_file_(*PlanFile::Open(directory_.File("plan.sqlite"), absl::UnixEpoch())) {
    RestartWithPlans();
  }

  void RestartWithPlans() { kamailio_.Restart({{"lon", kHome}, {"nyc", kHome}, {"par", kHome}}); }

  static Plan PlanOf(const std::string& record) { return ParseRecord(record)->plan; }

  // All at home but the groups given.
  static std::vector<GroupPlan> Wanted(const std::vector<std::string>& away) {
    std::vector<GroupPlan> wanted;
    for (const char* group : {"lon", "nyc", "par"}) {
      const bool moves = std::find(away.begin(), away.end(), group) != away.end();
      wanted.push_back({group, PlanOf(moves ? kAway : kHome)});
    }
    return wanted;
  }

  const TemporaryDirectory directory_;
  const Inventory inventory_ = SampleInventory();
  std::unique_ptr<PlanFile> plan_file_;
  FakeKamailio kamailio_;
  Kamailio driver_{{"t1", "t2"}, inventory_, &kamailio_, plan_file_.get()};
};

TEST_F(KamailioTest, ALookShowsStartCountersAndHopStates) {
  kamailio_.Set("cnt", "t1.sent", "12");
  kamailio_.Set("cnt", "t1.answered", "9");
  kamailio_.Set("hs", "t2", "A;50");
  const auto look = driver_.Look();
  ASSERT_TRUE(look.ok()) << look.status();
  EXPECT_EQ(look->start, "start 2");
  EXPECT_THAT(look->counters, ElementsAre(HopCounters{"t1", 12, 9}, HopCounters{"t2", 0, 0}));
  EXPECT_THAT(look->hop_states, ElementsAre(HopReading{"t2", HopState::kAfterBackups, 50}));
  EXPECT_FALSE(look->numbers_current);
}

TEST_F(KamailioTest, AHopStateThatCannotBeReadIsShownWithoutAKind) {
  kamailio_.Set("hs", "t1", "nonsense");
  EXPECT_THAT(driver_.Look()->hop_states, ElementsAre(HopReading{"t1", HopState::kUnset, 0}));
}

TEST_F(KamailioTest, ACounterThatIsNoCountIsAnError) {
  kamailio_.Set("cnt", "t1.sent", "many");
  EXPECT_THAT(driver_.Look().status().message(), HasSubstr("\"many\" for t1.sent"));
}

TEST_F(KamailioTest, AnotherConfigurationThanOursIsRecognised) {
  kamailio_.Erase("ctl", "boot");
  EXPECT_THAT(driver_.Look().status().message(), HasSubstr("expected the configuration of"));
}

TEST_F(KamailioTest, ReadsThePlansInForce) {
  kamailio_.Set("grp", "lon", "3;-|100:pbx,teams;-|100:teams,pbx");
  kamailio_.Set("grp", "nyc", "nonsense");
  EXPECT_THAT(*driver_.ReadPlans({"lon", "nyc", "rome"}),
              ElementsAre(PlanReading{"lon", PlanOf(kHome)}, PlanReading{"nyc", std::nullopt},
                          PlanReading{"rome", std::nullopt}));
  kamailio_.Set("ctl", "commit", "3");
  EXPECT_THAT(*driver_.ReadPlans({"lon"}), ElementsAre(PlanReading{"lon", PlanOf(kAway)}));
}

TEST_F(KamailioTest, MovesGroupsInTwoStepsAndReadsThemBack) {
  const auto readings = driver_.Apply(Wanted({"lon", "par"}));
  ASSERT_TRUE(readings.ok()) << readings.status();
  EXPECT_THAT(kamailio_.Writes(),
              ElementsAre(TableRequest::SetText("grp", "lon", "1;-|100:pbx,teams;-|100:teams,pbx"),
                          TableRequest::SetText("grp", "par", "1;-|100:pbx,teams;-|100:teams,pbx"),
                          TableRequest::SetNumber("ctl", "commit", 1)));
  // All three were read first; what was written is given last.
  ASSERT_EQ(readings->size(), 5u);
  EXPECT_EQ(readings->at(3), (PlanReading{"lon", PlanOf(kAway)}));
  EXPECT_EQ(readings->at(4), (PlanReading{"par", PlanOf(kAway)}));
}

TEST_F(KamailioTest, WritesNothingWhenAllIsAsWanted) {
  ASSERT_TRUE(driver_.Apply(Wanted({})).ok());
  EXPECT_THAT(*driver_.Apply(Wanted({})), IsEmpty());
  EXPECT_THAT(kamailio_.Writes(), IsEmpty());
}

TEST_F(KamailioTest, WritesAPlanThatIsMissing) {
  kamailio_.Erase("grp", "nyc");
  ASSERT_TRUE(driver_.Apply(Wanted({})).ok());
  EXPECT_THAT(kamailio_.Writes(), ElementsAre(TableRequest::SetText("grp", "nyc", kHome)));
}

TEST_F(KamailioTest, WhereverAFlipBreaksOffTheGroupsMoveTogetherAndTheNextAttemptEndsIt) {
  for (int lives = 0;; ++lives) {
    SCOPED_TRACE(lives);
    RestartWithPlans();
    kamailio_.dies_after = lives;
    const bool done = driver_.Apply(Wanted({"lon", "par"})).ok();
    // It was only a pause: the same start, and a new driver, as after a crash of the router.
    kamailio_.dies_after = -1;
    kamailio_.down = false;
    Kamailio next({"t1", "t2"}, inventory_, &kamailio_, plan_file_.get());
    const auto found = next.ReadPlans({"lon", "par"});
    ASSERT_EQ(found->at(0).plan, found->at(1).plan);
    for (Kamailio* driver : {&driver_, &next}) {
      ASSERT_TRUE(driver->Apply(Wanted({"par"})).ok());
      ASSERT_THAT(*next.ReadPlans({"lon", "par"}), ElementsAre(PlanReading{"lon", PlanOf(kHome)},
                                                               PlanReading{"par", PlanOf(kAway)}));
    }
    if (done) break;
  }
}

TEST_F(KamailioTest, AWriteThatDoesNotTakeIsAnError) {
  kamailio_.ignores_texts = true;
  EXPECT_THAT(driver_.Apply(Wanted({"lon"})).status().message(),
              HasSubstr("has \"0;-|100:teams,pbx;\" for grp.lon"));
  EXPECT_EQ(kamailio_.Value("ctl", "commit"), "0");
  // What it may hold is uncertain: it is read again, and written again.
  kamailio_.ignores_texts = false;
  ASSERT_TRUE(driver_.Apply(Wanted({"lon"})).ok());
  EXPECT_THAT(*driver_.ReadPlans({"lon"}), ElementsAre(PlanReading{"lon", PlanOf(kAway)}));
}

TEST_F(KamailioTest, ForgetsWhatItKnewWhenKamailioBeganAnew) {
  ASSERT_TRUE(driver_.Apply(Wanted({"lon"})).ok());
  RestartWithPlans();
  ASSERT_TRUE(driver_.Apply(Wanted({"lon"})).ok());
  EXPECT_EQ(kamailio_.Value("grp", "lon"), "1;-|100:pbx,teams;-|100:teams,pbx");
  EXPECT_EQ(kamailio_.Value("ctl", "commit"), "1");
}

TEST_F(KamailioTest, KeepsPlansForTheNextStart) {
  ASSERT_TRUE(driver_.Keep(Wanted({"lon"})).ok());
  EXPECT_THAT(*plan_file_->ReadPlans(), ::testing::Contains(PlanReading{"lon", PlanOf(kAway)}));
  EXPECT_THAT(kamailio_.Writes(), IsEmpty());
}

TEST_F(KamailioTest, SetsAndClearsHopStates) {
  ASSERT_TRUE(driver_
                  .SetHopStates({{"t1", HopState::kLastInRoute, 100, "suspected"},
                                 {"t2", HopState::kAfterBackups, 50, "silent"}})
                  .ok());
  EXPECT_EQ(kamailio_.Value("hs", "t1"), "L;100");
  EXPECT_EQ(kamailio_.Value("hs", "t2"), "A;50");
  ASSERT_TRUE(driver_.ClearHopStates({"t1", "t2"}).ok());
  EXPECT_EQ(kamailio_.Value("hs", "t1"), "");
  EXPECT_EQ(kamailio_.Value("hs", "t2"), "");
  ASSERT_TRUE(driver_.ClearHopStates({"t1"}).ok());
}

TEST_F(KamailioTest, AHopStateThatDoesNotTakeIsAnError) {
  kamailio_.ignores_texts = true;
  EXPECT_THAT(driver_.SetHopStates({{"t1", HopState::kLastInRoute, 100, ""}}).message(),
              HasSubstr("has nothing for hs.t1, where \"L;100\" was written"));
}

TEST_F(KamailioTest, LoadsNumbersFromThePlanFile) {
  kamailio_.numbers_in_file = {{"12025550199", "nyc"},
                               {PlanFile::kInventoryKey, InventoryMark(inventory_)}};
  EXPECT_EQ(*driver_.LoadNumbers(), true);
  EXPECT_EQ(kamailio_.Value("num", "12025550199"), "nyc");
  EXPECT_TRUE(driver_.Look()->numbers_current);
}

TEST_F(KamailioTest, WritesNumbersOneByOneWhereThePlanFileIsNotLoaded) {
  EXPECT_EQ(*driver_.LoadNumbers(), false);  // the reload gave nothing
  EXPECT_EQ(*driver_.LoadNumbers(), true);
  EXPECT_EQ(kamailio_.Value("num", "12025550199"), "nyc");
  EXPECT_TRUE(driver_.Look()->numbers_current);
}

TEST_F(KamailioTest, WritesManyNumbersInPiecesAndTheMarkLast) {
  std::string csv = "number,group\n";
  for (size_t i = 0; i <= 2 * Kamailio::kNumbersAtATime; ++i) {
    absl::StrAppend(&csv, "+", 1'000'000'000 + i, ",lon\n");
  }
  const Inventory large = *Inventory::Parse(csv, "large.csv", {"lon"});
  Kamailio driver({}, large, &kamailio_, plan_file_.get());
  for (const bool done : {false, false, false, true}) {
    EXPECT_FALSE(driver.Look()->numbers_current);
    EXPECT_EQ(*driver.LoadNumbers(), done);
  }
  EXPECT_TRUE(driver.Look()->numbers_current);
}

TEST_F(KamailioTest, AMissingTableIsNotTakenForAMissingKamailio) {
  kamailio_.DropTable("grp");
  EXPECT_EQ(driver_.Apply(Wanted({})).status().code(), absl::StatusCode::kInternal);
  kamailio_.down = true;
  EXPECT_EQ(driver_.Apply(Wanted({})).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace dialtone::router
