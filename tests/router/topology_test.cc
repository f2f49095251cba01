#include "router/topology.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Group, RoutesBeginAtHome) {
  const Group group{"lon", "teams", {"pbx", "pstn"}};
  EXPECT_THAT(group.Routes(), ElementsAre("teams", "pbx", "pstn"));
}

TEST(Topology, ProtectsTheHopsOfBackupRoutesAndEmergencyTables) {
  EXPECT_THAT(SampleTopology().ProtectedHops(), ElementsAre("carrier-a", "carrier-b", "pbx1"));
}

TEST(Topology, AHomeRouteThatIsAnotherGroupsBackupIsProtected) {
  Topology topology = SampleTopology();
  topology.groups.push_back({"hq", "pbx", {"teams"}});
  EXPECT_THAT(topology.ProtectedHops(),
              ElementsAre("carrier-a", "carrier-b", "pbx1", "t1", "t2", "t3"));
}

TEST(Topology, WithoutBackupsNothingIsProtected) {
  Topology topology = SampleTopology();
  topology.groups.clear();
  topology.emergency_tables.clear();
  EXPECT_THAT(topology.ProtectedHops(), IsEmpty());
}

}  // namespace
}  // namespace dialtone::router
