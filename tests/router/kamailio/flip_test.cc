#include "router/kamailio/flip.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::IsEmpty;

Plan At(const std::string& route) {
  return MakePlan({"lon", "teams", {"pbx", "pstn"}}, {{route, 100}}, /*ignore_hop_states=*/false);
}

GroupPlan Wants(const std::string& group, const std::string& route) { return {group, At(route)}; }

PlanRecord InForce(const std::string& route) { return {0, At(route), std::nullopt}; }

TEST(PlanFlip, NothingToDoWhenAllIsAsWanted) {
  const Flip flip =
      PlanFlip({Wants("lon", "teams"), Wants("par", "pbx")},
               {{"lon", InForce("teams")}, {"par", PlanRecord{3, At("pbx"), At("teams")}}}, 3);
  EXPECT_EQ(flip, Flip());
}

TEST(PlanFlip, ManyGroupsChangeAtOneCommit) {
  const Flip flip = PlanFlip({Wants("lon", "pbx"), Wants("par", "pbx"), Wants("nyc", "teams")},
                             {{"lon", InForce("teams")},
                              {"par", PlanRecord{2, At("teams"), At("pstn")}},
                              {"nyc", InForce("teams")}},
                             5);
  EXPECT_EQ(flip.commit, 6u);
  EXPECT_EQ(flip.prepare, (std::vector<RecordWrite>{{"lon", {6, At("pbx"), At("teams")}},
                                                    {"par", {6, At("pbx"), At("teams")}}}));
}

TEST(PlanFlip, WhereNothingIsInForceThePlanIsInForceAtOnce) {
  const Flip flip = PlanFlip({Wants("lon", "pbx")}, {{"lon", std::nullopt}}, 5);
  EXPECT_EQ(flip.commit, std::nullopt);
  EXPECT_EQ(flip.prepare, (std::vector<RecordWrite>{{"lon", InForce("pbx")}}));
}

TEST(PlanFlip, ARecordLeftByAnUnfinishedFlipIsNotCommittedByTheNext) {
  // An earlier router prepared lon and par for 6 and died. Now only par is to move.
  const KnownRecords known = {{"lon", PlanRecord{6, At("pbx"), At("teams")}},
                              {"par", PlanRecord{6, At("pbx"), At("teams")}}};
  const Flip flip = PlanFlip({Wants("lon", "teams"), Wants("par", "pbx")}, known, 5);
  EXPECT_EQ(flip.commit, 6u);
  EXPECT_EQ(flip.prepare, (std::vector<RecordWrite>{{"lon", InForce("teams")},
                                                    {"par", {6, At("pbx"), At("teams")}}}));
}

TEST(PlanFlip, ARecordThatWaitsForALaterCounterIsPreparedForTheNext) {
  const Flip flip =
      PlanFlip({Wants("lon", "pbx")}, {{"lon", PlanRecord{9, At("pbx"), At("teams")}}}, 5);
  EXPECT_EQ(flip.commit, 6u);
  EXPECT_EQ(flip.prepare, (std::vector<RecordWrite>{{"lon", {6, At("pbx"), At("teams")}}}));
}

TEST(PlanFlipDeathTest, EveryGroupMustHaveBeenRead) {
  EXPECT_DEATH((void)PlanFlip({Wants("lon", "pbx")}, {}, 0), "group lon was not read");
}

// What Kamailio holds, and a router that may die after any single write of a flip.
class World {
 public:
  explicit World(std::mt19937* random) : random_(*random) {
    for (const char* group : {"lon", "par", "nyc"}) records_[group] = InForce("teams");
  }

  // Writes of one flip, the first `writes` of them.
  void Carry(const Flip& flip, size_t writes) {
    for (const RecordWrite& write : flip.prepare) {
      if (writes-- == 0) return;
      records_[write.group] = write.record;
    }
    if (flip.commit && writes > 0) committed_ = *flip.commit;
  }

  std::map<std::string, std::string> Routes() const {
    std::map<std::string, std::string> routes;
    for (const auto& [group, record] : records_) {
      routes[group] = record->InForce(committed_).shares[0].routes[0];
    }
    return routes;
  }

  std::vector<GroupPlan> RandomWish() {
    std::vector<GroupPlan> wish;
    for (const auto& [group, record] : records_) {
      wish.push_back(Wants(group, random_() % 2 == 0 ? "pbx" : "teams"));
    }
    return wish;
  }

  KnownRecords records_;
  uint64_t committed_ = 0;
  std::mt19937& random_;
};

TEST(PlanFlip, BrokenOffAnywhereItMovesAllGroupsOrNone) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    World world(&random);
    for (int round = 0; round < 6; ++round) {
      const std::vector<GroupPlan> wish = world.RandomWish();
      const std::map<std::string, std::string> before = world.Routes();
      const Flip flip = PlanFlip(wish, world.records_, world.committed_);
      std::map<std::string, std::string> wanted;
      for (const GroupPlan& plan : wish) wanted[plan.group] = plan.plan.shares[0].routes[0];
      const size_t steps = flip.prepare.size() + (flip.commit ? 1 : 0);
      const size_t done = random() % (steps + 1);
      world.Carry(flip, done);
      ASSERT_EQ(world.Routes(), done == steps ? wanted : before);
    }
  }
}

}  // namespace
}  // namespace dialtone::router
